import { expect, test } from 'vitest';
import { NewestTime } from '../../../apps/cli/publish/shift-to-now.ts';

const DAY_US = 86_400e6;

test.each([
  ['in order', [1, 2, 3], 3],
  ['out of order, as devices that upload', [5, 6, 1, 2], 6],
  ['one bad date is none', [1, 2, 3 + 900 * DAY_US, 4], 4],
  ['one at the end neither', [1, 2, 3 + 900 * DAY_US], 2],
  ['a gap is confirmed by the next', [1, 2, 3 * DAY_US, 3 * DAY_US - 5], 3 * DAY_US],
  ['one a week', [0, 7 * DAY_US, 14 * DAY_US, 21 * DAY_US], 14 * DAY_US],
  ['nothing', [], Number.NaN],
])('the newest time, %s', (_, times, newest) => {
  const time = new NewestTime();
  for (const us of times) time.add(us);
  expect(time.us).toBe(newest);
});

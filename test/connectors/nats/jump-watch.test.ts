import { expect, it } from 'vitest';
import type { JetStreamApi } from '../../../connectors/nats/jetstream-api.ts';
import { JumpWatch } from '../../../connectors/nats/jump-watch.ts';
import type { ReadingPlace } from '../../../connectors/nats/reading-place.ts';
import { pause } from './streams.ts';

/** A stream that begins at these sequences, by question; null: the server is away. */
function watchOver(firstSequences: (number | null)[]): JumpWatch {
  const streamInfo = async () => {
    const first_seq = firstSequences.shift()!;
    if (first_seq === null) throw new Error('away');
    return { state: { first_seq } };
  };
  // as: all that is asked of them
  const api = { streamInfo } as unknown as JetStreamApi;
  const place = { stream: 'PLANT' } as ReadingPlace;
  return new JumpWatch({ api, place, settings: { servers: [], tickEveryMs: 0 } });
}

it('tells what was jumped over in front of where the stream begins, and stands before it until then', async () => {
  const watch = watchOver([null, 1, 21]);
  expect(watch.from).toBe(null);
  watch.jumped(5, 9);
  watch.jumped(12, 12);
  expect(watch.from).toBe(5);
  watch.ask();
  watch.jumped(14, 14);
  expect(watch.from).toBe(5);
  await pause(1);
  expect(watch.from).toBe(5); // the server was away
  watch.ask();
  await pause(1);
  expect(watch.from).toBe(null); // nothing was removed
  watch.jumped(16, 30);
  watch.jumped(32, 40);
  watch.ask();
  await pause(1);
  expect(watch.from).toBe(16);
  expect(watch.takeRemoved()).toEqual({ count: 5, isExact: false, from: 16, to: 20 });
  expect(watch.takeRemoved()).toBe(null);
  expect(watch.from).toBe(null);
});

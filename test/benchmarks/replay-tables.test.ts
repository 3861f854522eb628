import { expect, test } from 'vitest';
import { type ReplayResult, withTables } from '../../benchmarks/replay/page.ts';
import { textOf } from '../repository/tree.ts';

const spread = (median: number) => ({ median, least: median / 2, greatest: median * 2 });

const RESULT: ReplayResult = {
  machine: { cpu: 'a processor', cores: 2, node: 'v24.0.0' },
  hour: {
    ...{ rows: 3_600_000, values: 72_000_000, fileBytes: 612e6 },
    ...{ seconds: spread(10), valuesPerSecond: spread(7_200_000), dayMinutes: spread(4) },
  },
  sideBySide: {
    ...{ events: 400_000, messageBytes: 527 },
    ...{ parquetPerSecond: spread(360_000), jetstreamPerSecond: spread(60_000), ratio: spread(6) },
  },
};

test('the tables of a replay take the place of those that the page had', () => {
  const page = textOf('docs/history.md');
  const written = withTables(page, RESULT);
  expect(written).toContain('| replayed in | 10.0 s | 5.0 s … 20.0 s |');
  expect(written).toContain('| Parquet is faster | 6.0 × | 3.0 × … 12.0 × |');
  expect(withTables(written, RESULT)).toBe(written);
  const [before] = page.split('<!-- replay:');
  const [, behind] = page.split('<!-- /replay -->');
  expect(written.startsWith(before!)).toBe(true);
  expect(written.endsWith(behind!)).toBe(true);
});

test('a page without a place for them is told', () => {
  expect(() => withTables('# History\n', RESULT)).toThrow('has no <!-- replay:');
});

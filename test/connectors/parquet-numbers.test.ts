import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetScan } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Instant } from '../../connectors/codecs/instant.ts';
import { ParquetNumbers } from '../../connectors/file/parquet-numbers.ts';
import { readSample } from '../../connectors/file/sample.ts';

const COLUMNS = {
  wave: 'sin(i)::DOUBLE',
  small: 'cos(i)::FLOAT',
  count: 'i::INTEGER',
  flag: '(i % 200)::UTINYINT',
  price: '(i / 7.0)::DECIMAL(9, 3)',
  few: '(i % 3) * 0.25::DOUBLE', // a dictionary
  gaps: 'CASE WHEN i % 5 = 0 THEN NULL ELSE i * 0.1::DOUBLE END',
  none: 'NULL::DOUBLE',
  odd: "CASE i % 3 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN 'inf'::DOUBLE ELSE -0.0::DOUBLE END",
  day: "DATE '2026-01-01' + i::INTEGER",
  ms: 'make_timestamp_ms(1767225600000 + i)',
  us: 'make_timestamp(1767225600000001 + i)',
  zoned: "make_timestamp(1767225600000001 + i) AT TIME ZONE 'UTC'",
  ns: 'make_timestamp_ns(1767225600000001999 + i)',
  sparse: 'CASE WHEN i % 4 = 1 THEN make_timestamp(1767225600000000 + i) END',
} as const;
const OTHERS = { text: "'t' || i", whole: 'i::BIGINT', truth: 'i % 2 = 0', list: '[i * 1.5::DOUBLE]' } as const;

const INSTANTS = ['day', 'ms', 'us', 'zoned', 'ns', 'sparse'];

async function fileWith(options: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-parquet-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'numbers.parquet');
  const columns = Object.entries({ ...COLUMNS, ...OTHERS }).map(([name, sql]) => `${sql} AS "${name}"`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT ${columns.join(', ')} FROM range(5000) AS t(i)) TO '${path}' (FORMAT parquet${options})`,
  );
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** As hyparquet itself has them, with times in microseconds. */
const MICROSECONDS = {
  timestampFromMilliseconds: (ms: bigint) => Number(ms) * 1000,
  timestampFromMicroseconds: (us: bigint) => Number(us),
  timestampFromNanoseconds: (ns: bigint) => Number(ns / 1000n),
  dateFromDays: (days: number) => days * 86_400_000_000,
};

describe('numbers of a Parquet file are those that hyparquet reads', () => {
  test.each([
    ['by default', ''],
    ['in small groups', ', ROW_GROUP_SIZE 2048'],
    ['as zstd', ', COMPRESSION zstd'],
    ['as they are', ', COMPRESSION uncompressed'],
    ['with the encodings of version 2', ', PARQUET_VERSION v2'],
  ])('%s', async (_, options) => {
    const file = await asyncBufferFromFile(await fileWith(options));
    const scan = await parquetScan({ file, compressors, parsers: MICROSECONDS });
    const numbers = new ParquetNumbers(file, { metadata: scan.metadata, compressors });
    for (const range of scan.ranges) {
      for (const column of Object.keys(COLUMNS)) {
        const read = (await numbers.read(column, range.rowStart))!;
        const values = Array.from(read.numbers, (value, at) => (read.isNull?.[at] === 1 ? null : value));
        expect(values, column).toEqual(Array.from(await scan.readColumn({ column, ...range })));
      }
      for (const column of Object.keys(OTHERS)) expect(await numbers.read(column, range.rowStart), column).toBeNull();
    }
    const instants = Object.keys({ ...COLUMNS, ...OTHERS }).filter(column => numbers.isInstant(column));
    expect(instants).toEqual(INSTANTS);
  });

  test('where nothing is declared they are numbers and instants as well', async () => {
    const { columns } = await readSample(await fileWith(''), { maxRows: 10 });
    const cellsOf = (name: string) => columns.find(({ path }) => path.join('.') === name)!.cells.slice(0, 3);
    expect(cellsOf('wave')).toEqual([0, Math.sin(1), Math.sin(2)]);
    expect(cellsOf('gaps')).toEqual([null, 0.1, 0.2]);
    expect(cellsOf('count')).toEqual([0, 1, 2]);
    expect(cellsOf('us')).toEqual([1, 2, 3].map(more => new Instant(1_767_225_600_000_000 + more)));
  });

  test('a file that is cut off is told', async () => {
    const file = await asyncBufferFromFile(await fileWith(''));
    const { metadata } = await parquetScan({ file, compressors });
    const half = { ...file, slice: async (from: number, to?: number) => (await file.slice(from, to)).slice(0, 100) };
    const numbers = new ParquetNumbers(half, { metadata, compressors });
    await expect(numbers.read('wave', 0)).rejects.toThrow();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { exactJson } from '../../connectors/codecs/exact-json.ts';
import { createFileConnector } from '../../connectors/file/index.ts';
import { type RecordOptions, RecordReader } from '../../connectors/file/records.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { field, motorNode, openSource, readAll } from '../connectors/sources.ts';
import { runs } from '../oracle/runs.ts';

const all = runs(2000);
const parameters = { ...all, numRuns: Math.ceil(all.numRuns / 10) }; // each writes files

const connector = createFileConnector(new NodeDisk());
const directory = mkdtempSync(join(tmpdir(), 'millrace-records-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('exact JSON reads back to the same values', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), object => {
      // Through JSON once, so that the names are in JSON's order and -0 is one.
      const value = JSON.parse(JSON.stringify(object)) as object;
      expect(JSON.parse(exactJson(value))).toEqual(value);
    }),
    parameters,
  );
  expect(JSON.parse(exactJson({ a: [-0] })).a[0]).toBe(-0);
  expect(exactJson({ a: -0, b: 2n ** 70n, c: Infinity, d: -Infinity, e: Number.NaN })).toBe(
    '{"a":-0,"b":1180591620717411303424,"c":1e999,"d":-1e999,"e":"NaN"}',
  );
});

const TYPES = ['float', 'int', 'bool', 'symbol', 'string', 'time', 'duration', 'quality', 'severity'] as const;
const FORMATS = ['s', 'ms', 'us', 'ns', 'iso'] as const;

const CELL = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '0', '1', '-0', '007', ' 12 ', '.5', '+3', '1e3', '1e400', '9007199254740993', '12345678901234567890'],
    ...['true', 'TRUE', 'false', 'NaN', '-inf', '0x10', '1,5', 'good', 'Bad', 'high', 'x', 'null', '1073741824', '{}'],
    ...['2025-03-10', '2025-03-10T08:00:00.123456+02:00'],
  ),
  fc.double().map(String),
  fc.integer().map(String),
);

const TIME = fc.oneof(
  CELL,
  fc.nat({ max: 4_000_000_000 }).map(String),
  fc.tuple(fc.nat({ max: 2_000_000_000 }), fc.nat({ max: 9_999_999 })).map(([s, digits]) => `${s}.${digits}`),
  fc.bigInt({ min: 1_600_000_000_000_000_000n, max: 1_800_000_000_000_000_000n }).map(String),
  fc.nat({ max: 4_000_000_000_000 }).map(ms => new Date(ms).toISOString()),
);

test('a stream takes from the messages of a CSV file what it takes from the file', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TYPES),
      fc.constantFrom(...FORMATS),
      fc.array(fc.tuple(TIME, CELL), { minLength: 1, maxLength: 30 }),
      async (type, format, rows) => {
        const lines = rows.map(([time, cell]) => `${quoted(time)},${quoted(cell)}`);
        writeFileSync(join(directory, 'a.csv'), ['ts,x', ...lines, ''].join('\n'));
        const time = { from: { kind: 'path', path: ['ts'] }, format } as const;
        const columns = [
          { name: 'ts', type: null },
          { name: 'x', type },
        ];
        const json = await jsonOf({ path: join(directory, 'a.csv'), columns, time, shiftUs: 0 });
        writeFileSync(join(directory, 'a.ndjson'), json.map(line => `${line}\n`).join(''));
        const node = { key: [], fields: [field('x', type)], time };
        expect(await read('a.ndjson', node)).toEqual(await read('a.csv', node));
      },
    ),
    parameters,
  );
});

async function jsonOf(options: RecordOptions): Promise<string[]> {
  const reader = await RecordReader.open(options);
  const found: string[] = [];
  const { signal } = new AbortController();
  for (let batch = await reader.read(signal); batch !== null; batch = await reader.read(signal)) {
    expect(batch.unreadable).toEqual([]);
    found.push(...batch.records.map(({ json }) => json));
  }
  await reader.close();
  return found;
}

async function read(address: string, node: Parameters<typeof motorNode>[0]): Promise<object> {
  const opened = await openSource(connector, motorNode({ ...node, address, directory }));
  const { rows, rejected } = await readAll(opened);
  await opened.source.close();
  // JSON has no words for what is not finite, so that it is text there: no number, where CSV's is not finite.
  const codes = rejected.map(({ code }) => code.replace('MR4011', 'MR4010'));
  return { rows: rows.map(row => ({ ...row, timeUs: row.timeUs + 0 })), codes }; // `-0` is a time
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

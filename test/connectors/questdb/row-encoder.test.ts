import { SenderBufferV2 } from '@questdb/nodejs-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkColumnName, checkTableName } from '../../../connectors/questdb/names.ts';
import { RowBuffer } from '../../../connectors/questdb/row-buffer.ts';
import { RowEncoder, type RowFault } from '../../../connectors/questdb/row-encoder.ts';
import { tableColumns } from '../../../connectors/questdb/table-columns.ts';
import { type Scalar, SymbolTable } from '../../../engine/batch.ts';
import { SERIES_FIELDS } from '../../../dsl/plan.ts';
import type { Series } from '../../../engine/connector.ts';
import { partOf, type PlainRow } from '../series-rows.ts';
import { runs } from '../../oracle/runs.ts';

const SERIES: Series = {
  stream: 'odd name=é',
  keepUs: null,
  key: [
    { name: 'device', type: 'symbol' },
    { name: 'place', type: 'string' },
    { name: '__proto__', type: 'symbol' },
  ],
  fields: [
    { name: 'temp', type: 'float' },
    { name: 'n', type: 'int' },
    { name: 'is on', type: 'bool' },
    { name: 'till=', type: 'time' },
    { name: 'note', type: 'string' },
    { name: 'took', type: 'duration' },
    { name: 'how', type: 'quality' },
    { name: 'grade', type: 'severity' },
  ],
  kind: 'derived',
};

const LONG = ['q"'.repeat(32_768), '\\\n'.repeat(32_768), 'x'.repeat(65_536), '😀'.repeat(16_384)];
const HOSTILE = [
  '',
  ' ',
  '"',
  '\\',
  '\n',
  '\r',
  ',',
  '=',
  'a b',
  'ä',
  '😀',
  '__proto__',
  '\0',
  '\u0007',
  '\ud800',
  "'",
  'a\\"\n,= b',
];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG) },
);
const keyText = text.filter(value => value.isWellFormed() && !value.includes('\0'));
const double = fc.oneof(fc.double(), fc.constantFrom(-0, 5e-324, -5e-324, 2 ** -1_074, 1.7976931348623157e308, 1 / 3));
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.constantFrom(-0, 2 ** 53, 99_999_999, 1e8),
);
const orNull = (value: fc.Arbitrary<Scalar>) => fc.option(value, { nil: null });
const row: fc.Arbitrary<PlainRow> = fc.record({
  timeUs: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, 9, 10, 99_999_999, 1e8, 1_700_000_000_000_000)),
  key: fc.tuple(orNull(keyText), orNull(keyText), orNull(keyText)),
  values: fc.tuple(
    orNull(double),
    orNull(whole),
    orNull(fc.boolean()),
    orNull(whole),
    orNull(text),
    orNull(whole),
    orNull(fc.constantFrom('good', 'uncertain', 'bad')),
    orNull(fc.constantFrom('info', 'low', 'medium', 'high', 'critical')),
  ),
  own: fc.tuple(fc.nat(), fc.boolean()),
});

describe('encoding rows', () => {
  it('gives the bytes of the official client', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), rows => {
        expect(encode(rows).bytes.equals(official(rows))).toBe(true);
      }),
      { numRuns: Number(process.env['FAST_CHECK_RUNS'] ?? 200) },
    );
  });

  it('gives the same bytes in requests of any size', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), fc.integer({ min: 1, max: 2_000 }), (rows, maxBytes) => {
        const { bytes, requests } = encode(rows, { maxBytes });
        expect(bytes.equals(official(rows))).toBe(true);
        for (const { sizeBytes, count } of requests) expect(count === 1 || sizeBytes <= maxBytes).toBe(true);
      }),
      runs(50),
    );
  });

  const good: PlainRow = { timeUs: 5, key: ['m1', 'hall', null], values: [1, 2, true, 3, 'n', 4, 'good', 'low'] };

  it.each([
    ['a time before 1970', { ...good, timeUs: -1 }, 'MR5208'],
    ['no time', { ...good, timeUs: Number.NaN }, 'MR5208'],
    ['a time of part of a microsecond', { ...good, timeUs: 7.5 }, 'MR5208'],
    ['a time after 2255', { ...good, timeUs: 2 ** 53 }, 'MR5208'],
    ['half a character in the key, which is a symbol', { ...good, key: ['\ud800', 'hall', null] }, 'MR5209'],
    ['half a character in the key, which is a string', { ...good, key: ['m1', '\ud800', null] }, 'MR5209'],
    ['a NUL in a symbol', { ...good, key: ['m1', 'hall', 'a\0b'] }, 'MR5209'],
    ['an int that is none', { ...good, values: [1, 0.5, true, 3, 'n', 4, 'good', 'low'] }, 'MR5209'],
    ['an int of more than 64 bits', { ...good, values: [1, 2 ** 63, true, 3, 'n', 4, 'good', 'low'] }, 'MR5209'],
    ['an infinite duration', { ...good, values: [1, 2, true, 3, 'n', Infinity, 'good', 'low'] }, 'MR5209'],
  ] satisfies [string, PlainRow, string][])('refuses %s, and takes the rows beside it', (_, bad, code) => {
    const { bytes, faults } = encode([good, bad, good]);
    expect(faults.map(fault => fault.code)).toEqual([code]);
    expect(bytes.equals(official([good, good]))).toBe(true);
  });

  it('refuses what is older than the series is kept', () => {
    const { bytes, faults } = encode([good, { ...good, timeUs: 10 }], { oldestUs: 6 });
    expect(faults.map(fault => fault.code)).toEqual(['MR5207']);
    expect(bytes.equals(official([{ ...good, timeUs: 10 }]))).toBe(true);
  });

  it('leaves out doubles that are not finite, which is null', () => {
    const values = (temp: number | null) => [temp, 2, true, 3, 'n', 4, 'good', 'low'] as const;
    const odd = [Number.NaN, Infinity, -Infinity].map(temp => ({ ...good, values: values(temp) }));
    expect(encode(odd).bytes.equals(official(odd.map(one => ({ ...one, values: values(null) }))))).toBe(true);
  });

  it('writes ints beyond 2^53 exactly, of which the official client rounds the digits', () => {
    const values = [1, -(2 ** 62), true, 3, 'n', 4, 'good', 'low'];
    expect(encode([{ ...good, values }]).bytes.toString('latin1')).toContain(',n=-4611686018427387904i,');
  });

  it('writes revision 0 and not void where nothing is said', () => {
    expect(encode([good]).bytes.toString('latin1')).toMatch(/,revision=0i,void=0i 5t\n$/);
  });

  it.each([
    '',
    '.a',
    'a.',
    'a..b',
    'a?',
    'a,b',
    "a'b",
    'a"b',
    'a\\b',
    'a/b',
    'a:b',
    'a\nb',
    'a\0b',
    'x'.repeat(128),
    '\ud800',
  ])('refuses the table %j, as the official client does', name => {
    expect(() => checkTableName(name)).toThrow(expect.objectContaining({ code: 'MR5204' }));
    if (name.isWellFormed()) expect(() => new SenderBufferV2({ protocol: 'http' } as never).table(name)).toThrow();
  });

  it('refuses the names of columns that the official client refuses, and no others', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE, 'a-b', 'a.b', 'ok', '%')),
        name => {
          fc.pre(name.isWellFormed());
          const official = new SenderBufferV2({ protocol: 'http' } as never).table('t'); // as: it needs no more
          expect(isRefused(() => checkColumnName(name))).toBe(isRefused(() => official.symbol(name, 'v')));
        },
      ),
    );
  });
});

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

function encode(rows: readonly PlainRow[], { maxBytes = 1e9, oldestUs = 0 } = {}) {
  const symbols = new SymbolTable();
  const part = partOf(SERIES, rows, symbols);
  const encoder = new RowEncoder(SERIES.stream, tableColumns(SERIES));
  const into = new RowBuffer();
  const faults: RowFault[] = [];
  const bytes: Buffer[] = [];
  const requests: { sizeBytes: number; count: number }[] = [];
  for (let from = 0; from < part.length; ) {
    from = encoder.encode(part, { from, symbols, into, maxBytes, oldestUs, onFault: fault => faults.push(fault) });
    bytes.push(Buffer.from(into.bytes.subarray(0, into.usedBytes)));
    requests.push({ sizeBytes: into.usedBytes, count: into.rows });
    into.clear();
  }
  return { bytes: Buffer.concat(bytes), faults, requests };
}

function official(rows: readonly PlainRow[]): Buffer {
  const buffer = new SenderBufferV2({ protocol: 'http', init_buf_size: 2 ** 24 } as never); // as: it needs no more
  const fields = [
    ...SERIES.key.map(({ name, type }, index) => ({ name, type, read: (one: PlainRow) => one.key[index]! })),
    ...SERIES.fields.map(({ name, type }, index) => ({ name, type, read: (one: PlainRow) => one.values[index]! })),
    ...SERIES_FIELDS.derived.map(({ name, type }, index) => ({
      name,
      type,
      read: (one: PlainRow) => one.own?.[index] ?? 0,
    })),
  ];
  const isSymbol = (type: string) => ['symbol', 'quality', 'severity'].includes(type);
  for (const one of rows) {
    buffer.table(SERIES.stream);
    for (const { name, type, read } of fields) {
      if (isSymbol(type) && read(one) !== null) buffer.symbol(name, read(one));
    }
    for (const { name, type, read } of fields) {
      const value = read(one);
      if (isSymbol(type) || value === null) continue;
      if (type === 'float') {
        if (Number.isFinite(value)) buffer.floatColumn(name, Number(value));
      } else if (type === 'string') buffer.stringColumn(name, String(value));
      else if (type === 'time') buffer.timestampColumn(name, Number(value), 'us');
      else buffer.intColumn(name, Number(value));
    }
    buffer.at(one.timeUs, 'us');
  }
  return Buffer.from(buffer.toBufferView() ?? '');
}

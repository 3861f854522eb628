import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder, type TextFormat } from '../../connectors/codecs/decoder.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { parseDecimal } from '../../engine/batch/decimal.ts';
import { field, motorNode, type ReadRow, type ReadRejection, rowsOf } from '../connectors/sources.ts';
import { runs } from '../oracle/runs.ts';

/** Decodes an input that comes in pieces cut at `cuts`, into batches of at most `maxEvents`. */
function decode(options: {
  readonly format: TextFormat;
  readonly bytes: Buffer;
  readonly cuts: readonly number[];
  readonly maxEvents: number;
  readonly columns: readonly string[];
  readonly maxEventBytes?: number;
}): { readonly rows: ReadRow[]; readonly rejected: ReadRejection[] } {
  const symbols = new SymbolTable();
  const node = motorNode({
    key: [],
    time: null,
    fields: options.columns.map(name =>
      field(name, name.startsWith('n') ? 'float' : name.startsWith('s') ? 'symbol' : 'string'),
    ),
  });
  const builder = new BatchBuilder(node, symbols);
  builder.arrivalUs = 0;
  const rows: ReadRow[] = [];
  const rejected: ReadRejection[] = [];
  const build = (): void => {
    const batch = builder.build();
    rows.push(...rowsOf(batch, options.columns, symbols));
    rejected.push(...batch.rejected.map(({ code, reason, raw }) => ({ code, reason, raw })));
    builder.limit({ maxEvents: options.maxEvents });
  };
  let pending = Buffer.alloc(0);
  let opened: ReturnType<typeof createDecoder> = null;
  const ends = [...new Set([...options.cuts.filter(cut => cut < options.bytes.length), options.bytes.length])].sort(
    (a, b) => a - b,
  );
  builder.limit({ maxEvents: options.maxEvents });
  ends.forEach((end, index) => {
    const isLast = index === ends.length - 1;
    pending = Buffer.concat([pending, options.bytes.subarray(index === 0 ? 0 : ends[index - 1]!, end)]);
    const { format, maxEventBytes } = options;
    const isNew = opened === null;
    opened ??= createDecoder({
      format,
      builder,
      bytes: pending,
      from: 0,
      to: pending.length,
      isLast,
      ...(maxEventBytes === undefined ? {} : { maxEventBytes }),
    });
    if (opened === null) return;
    if (isNew) pending = pending.subarray(opened.at);
    for (let isMoved = true; isMoved; ) {
      const at = opened.decoder.decode(pending, 0, pending.length, isLast);
      isMoved = at > 0 || builder.size > 0;
      pending = pending.subarray(at);
      build();
    }
  });
  if (ends.length > 0) expect(pending.length).toBe(0);
  return { rows, rejected };
}

const separator = fc.constantFrom(',', ';', '\t', '|');
const lineEnd = fc.constantFrom('\n', '\r\n');
const cuts = fc.array(fc.nat(600), { maxLength: 6 });
const maxEvents = fc.constantFrom(1, 3, 1000);
const cellText = fc.string({
  unit: fc.constantFrom('a', 'b', '"', ',', ';', '\t', '|', '\n', '\r', ' ', 'ö', '€', '😀', '1'),
  maxLength: 8,
});

describe('CSV', () => {
  it('reads back what a naive printer wrote, however it is quoted, separated, ended and cut', () => {
    const table = fc.record({
      rows: fc.array(
        fc.tuple(
          fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
          fc.option(cellText),
          fc.option(cellText),
          cellText,
        ),
        { maxLength: 20 },
      ),
      quotes: fc.infiniteStream(fc.boolean()),
      separator,
      lineEnd,
      cuts,
      maxEvents,
      hasLastEnd: fc.boolean(),
      hasMark: fc.boolean(),
    });
    fc.assert(
      fc.property(table, options => {
        const print = (text: string): string =>
          options.quotes.next().value || /["\r\n]/.test(text) || text.includes(options.separator)
            ? `"${text.replaceAll('"', '""')}"`
            : text;
        const lines = [
          ['n', 'other column', 's', 'text'],
          ...options.rows.map(([n, s, text, other]) => [
            n === null ? '' : Object.is(n, -0) ? '-0' : String(n),
            other,
            s ?? '',
            text ?? '',
          ]),
        ];
        const text = lines.map(cells => cells.map(print).join(options.separator)).join(options.lineEnd);
        const bytes = Buffer.from(
          (options.hasMark ? '\ufeff' : '') + text + (options.hasLastEnd ? options.lineEnd : ''),
        );
        const { rows, rejected } = decode({ ...options, format: 'csv', bytes, columns: ['n', 's', 'text'] });
        expect(rejected).toEqual([]);
        expect(rows).toEqual(options.rows.map(([n, s, text]) => ({ timeUs: 0, n, s: s || null, text: text || null })));
      }),
    );
  });

  it('takes or rejects any bytes, the same however they are cut, and never more than it was given', () => {
    const byte = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...Buffer.from('",;\n\r1a')) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), cuts, maxEvents, (body, at, size) => {
        const bytes = Buffer.concat([Buffer.from('n,text\n'), Buffer.from(body)]);
        const options = { format: 'csv', bytes, columns: ['n', 'text'], maxEventBytes: 60 } as const;
        const cut = decode({ ...options, cuts: at, maxEvents: size });
        expect(cut).toEqual(decode({ ...options, cuts: [], maxEvents: 1000 }));
        expect(cut.rows.length + cut.rejected.length).toBeLessThanOrEqual(bytes.filter(each => each === 0x0a).length);
      }),
    );
  });

  it('skips lines that are too long, the same however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 10 }), cuts, maxEvents, (lengths, at, size) => {
        const bytes = Buffer.from(`n,text\n${lengths.map(length => `1,${'x'.repeat(length)}`).join('\n')}`);
        const { rows, rejected } = decode({
          format: 'csv',
          bytes,
          columns: ['n', 'text'],
          cuts: at,
          maxEvents: size,
          maxEventBytes: 32,
        });
        expect(rows).toHaveLength(lengths.length - rejected.length);
        for (const rejection of rejected) expect(rejection.code).toBe('MR4003');
        expect(rejected).toHaveLength(lengths.filter(length => length + 3 > 32).length);
      }),
    );
  });
});

describe('JSON', () => {
  const format = fc.constantFrom<TextFormat>('json', 'ndjson');

  it('gives every object back, whatever is in it, however it is cut', () => {
    const event = fc.record({
      n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      text: fc.string({ unit: 'binary' }),
      other: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 10 }),
        format,
        cuts,
        maxEvents,
        fc.boolean(),
        (events, format, at, size, isList) => {
          const items = events.map(each => JSON.stringify(each));
          const bytes = Buffer.from(format === 'json' && isList ? `[${items.join(',\n')}]` : items.join('\n'));
          const { rows, rejected } = decode({ format, bytes, cuts: at, maxEvents: size, columns: ['n', 'text'] });
          expect(rejected).toEqual([]);
          // JSON.stringify writes -0 as 0.
          expect(rows).toEqual(
            events.map(({ n, text }) => ({
              timeUs: 0,
              n: n === null ? null : n + 0,
              text: Buffer.from(text).toString(),
            })),
          );
        },
      ),
    );
  });

  it('takes or rejects any bytes, the same however they are cut', () => {
    const byte = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...Buffer.from('{}[]",:\\ \n"n1')) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), format, cuts, maxEvents, (body, format, at, size) => {
        const options = { format, bytes: Buffer.from(body), columns: ['n', 'text'], maxEventBytes: 50 };
        expect(decode({ ...options, cuts: at, maxEvents: size })).toEqual(
          decode({ ...options, cuts: [], maxEvents: 1000 }),
        );
      }),
    );
  });
});

describe('numbers', () => {
  const parse = (text: string): number => parseDecimal(Buffer.from(text), 0, Buffer.byteLength(text));

  it('are what Number() reads', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 });
    const decimal = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        digits,
        fc.option(digits),
        fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.integer({ min: -330, max: 330 }))),
      )
      .map(
        ([sign, whole, places, exponent]) =>
          `${sign}${whole}${places === null ? '' : `.${places}`}${exponent === null ? '' : exponent.join('')}`,
      )
      .filter(text => /\d/.test(text.split(/e/i)[0]!));
    // Half-way between two doubles, and beside it.
    const half = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }).map(integer => 2n * integer + 1n);
    const beside = fc.bigInt({ min: -1n, max: 1n });
    const halfway = fc.oneof(
      fc.tuple(half, fc.bigInt({ min: 0n, max: 32n }), beside).map(([odd, bits, by]) => String((odd << bits) + by)),
      fc
        .tuple(half, fc.integer({ min: 1, max: 8 }), beside)
        .map(([odd, places, by]) => String(odd * 5n ** BigInt(places) + by).replace(RegExp(`(?=.{${places}}$)`), '.')),
    );
    const printed = fc.double({ noNaN: true }).filter(Number.isFinite).map(String);
    fc.assert(
      fc.property(fc.oneof(decimal, halfway, printed), text => {
        expect(parse(text)).toBe(Number(text));
      }),
      runs(2000),
    );
  });

  it('are nothing else', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.eE+- xNaInf_,'), maxLength: 10 });
    fc.assert(
      fc.property(text, each => {
        const isDecimal = /^[ ]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ ]*$/.test(each);
        expect(parse(each)).toBe(isDecimal ? Number(each) : Number.NaN);
      }),
      runs(2000),
    );
  });
});

import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../connectors/codecs/json-reader.ts';
import { JSON_VALUE } from '../../connectors/codecs/json-scanner.ts';
import { runs } from '../oracle/runs.ts';

const PATHS = [['a'], ['b'], ['ts'], ['__proto__'], ['über'], ['in', 'x'], ['in', 'y', 'z'], ['a']] as const;

/** What was read, event by event and path by path; null: nothing was. */
function read(bytes: Buffer, options: { readonly from?: number; readonly to?: number } = {}): unknown {
  const { from = 0, to = bytes.length } = options;
  const { reader, places } = JsonReader.of(PATHS, { hasBigIntegers: true })!;
  const count = reader.read(bytes, from, to);
  if (count < 0) return null;
  const events = Array.from({ length: count }, (_, event) => places.map(place => valueOf(reader, event, place)));
  return reader.isList ? events : events[0];
}

function valueOf(reader: JsonReader, event: number, place: number): unknown {
  switch (reader.kind(event, place)) {
    case JSON_VALUE.null:
      return null;
    case JSON_VALUE.true:
      return true;
    case JSON_VALUE.false:
      return false;
    case JSON_VALUE.number:
      return reader.number(event, place);
    case JSON_VALUE.bigInteger:
      return BigInt(textOf(reader, event, place));
    case JSON_VALUE.text:
      return textOf(reader, event, place);
    case JSON_VALUE.escapedText:
      return JSON.parse(textOf(reader, event, place));
    default:
      return undefined;
  }
}

function textOf(reader: JsonReader, event: number, place: number): string {
  return reader.bytes.toString('utf8', reader.from(event, place), reader.to(event, place));
}

/** The same by JSON.parse; throws where the text is none that the reader may read. */
function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Error('not UTF-8');
  const keepBig = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context!.source!)
      : value;
  const message = JSON.parse(bytes.toString(), keepBig);
  const eventOf = (event: unknown): unknown => {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new Error('no event');
    return PATHS.map(path => {
      let value: unknown = event;
      for (const part of path) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
        value = Object.hasOwn(value, part) ? (value as Readonly<Record<string, unknown>>)[part] : undefined;
      }
      return value;
    });
  };
  return Array.isArray(message) ? message.map(eventOf) : eventOf(message);
}

const blank = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t');
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc.constantFrom(
    '-0',
    '0.5',
    '1e3',
    '1E-3',
    '123456789012345678',
    '0.1234567890123456789012345',
    '1e999',
    '5.00',
    '0.00000000000000000000001',
  ),
);
const ESCAPES = String.raw`\" \\ \/ \b \f \n \r \t \u00e9 \uD83D\ude00 \udc00`.split(' ');
const plainText = fc.string({
  unit: fc.constantFrom('a', 'Z', '7', ' ', 'ü', '€', '😀', '/', "'", ...ESCAPES),
  maxLength: 12,
});
const scalar = fc.oneof(number, plainText.map(quoted), fc.constantFrom('true', 'false', 'null'));
const { value } = fc.letrec<{ value: string }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }).map(items => `[${items.join(',')}]`),
    fc.array(tie('value'), { maxLength: 3 }).map(items => `{${items.map((item, i) => `"n${i}":${item}`).join(',')}}`),
  ),
}));

function quoted(text: string): string {
  return `"${text}"`;
}

/** Objects that the reader has to read: each name once, what is wanted is a single value. */
const plainEvent = fc
  .tuple(
    fc.shuffledSubarray(['a', 'b', 'ts', '__proto__', 'über']),
    fc.array(scalar, { minLength: 5, maxLength: 5 }),
    fc.array(value, { maxLength: 3 }),
    fc.option(
      fc.tuple(
        scalar,
        fc.oneof(
          value,
          scalar.map(z => `{"z":${z}}`),
        ),
      ),
    ),
    blank,
  )
  .map(([names, values, others, inner, space]) => {
    const members = [
      ...names.map((name, i) => `"${name}"${space}:${values[i]}`),
      ...others.map((other, i) => `"other${i}":${space}${other}`),
      ...(inner === null ? [] : [`"in":{"x":${inner[0]},"y"${space}:${inner[1]}}`]),
    ];
    return `{${space}${members.join(`${space},`)}${space}}`;
  });
const plain = fc.oneof(
  plainEvent,
  fc
    .tuple(fc.array(plainEvent, { maxLength: 4 }), blank)
    .map(([events, space]) => `[${space}${events.join(`${space},`)}]`),
);
const mutation = fc.tuple(
  fc.nat(),
  fc.nat({ max: 2 }),
  fc.constantFrom(...'{}[]:,"\\ \n-+.0123eEtfn\u0000', 'true', '"a":1,', '\\u0061', '\xff'),
);

describe('JSON that is read from its bytes', () => {
  it('is read, and gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(plain, blank, blank, (text, before, after) => {
        const bytes = Buffer.from(before + text + after);
        expect(read(bytes)).toEqual(parsed(bytes));
        expect(read(bytes)).not.toBeNull();
      }),
      runs(2_000),
    );
  });

  it('is left to JSON.parse, or gives the same, whatever is wrong with it', () => {
    fc.assert(
      fc.property(plain, fc.array(mutation, { minLength: 1, maxLength: 3 }), (text, mutations) => {
        let bytes = Buffer.from(text);
        for (const [at, cut, put] of mutations) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(put, 'latin1'), bytes.subarray(from + cut)]);
        }
        const found = read(bytes);
        if (found !== null) expect(found).toEqual(parsed(bytes));
      }),
      runs(5_000),
    );
  });

  it('ends where it ends, whatever stands behind it', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.string({ maxLength: 3 }), (text, cut, before) => {
        const head = Buffer.from(before);
        const body = Buffer.from(text);
        const bytes = Buffer.concat([head, body, body]);
        const to = head.length + body.length;
        expect(read(bytes, { from: head.length, to })).toEqual(parsed(body));
        const short = cut % body.length;
        expect(read(bytes, { from: head.length, to: head.length + short })).toBeNull();
      }),
    );
  });

  it.each([
    ['an escape in a name', String.raw`{"\u0061":1}`],
    ['an escape that there is not', String.raw`{"a":"\x"}`],
    ['half an escape', String.raw`{"a":"\u00e"}`],
    ['a member that stands there twice', '{"a":1,"a":2}'],
    ['an object that stands there twice', '{"in":{"x":1},"in":{}}'],
    ['a list where one value is wanted', '{"a":[1]}'],
    ['a list of what are no events', '[1]'],
    ['a number with a plus', '{"a":+1}'],
    ['a leading zero', '{"a":01}'],
    ['a point without digits', '{"a":1.}'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['nothing', ''],
  ])('leaves %s to JSON.parse', (_, text) => {
    expect(read(Buffer.from(text))).toBeNull();
  });

  it('is not for paths into lists, into values, or to the whole', () => {
    for (const paths of [[['a', 0]], [['a'], ['a', 'b']], [['a', 'b'], ['a']], [[]]]) {
      expect(JsonReader.of(paths, { hasBigIntegers: false })).toBeNull();
    }
  });

  it('has a bound for events and for depth', () => {
    const events = (count: number) => Buffer.from(`[${new Array(count).fill('{"a":1}').join(',')}]`);
    expect(read(events(16_384))).toHaveLength(16_384);
    expect(read(events(16_385))).toBeNull();
    const deep = (depth: number) => Buffer.from(`{"other":${'['.repeat(depth)}${']'.repeat(depth)},"a":1}`);
    expect(read(deep(64))).toEqual([1, undefined, undefined, undefined, undefined, undefined, undefined, 1]);
    expect(read(deep(65))).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapedEvents } from '../../connectors/codecs/shaped-events.ts';
import { createMessageDecoder, type MessageCodec } from '../../connectors/codecs/message-decoder.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { decodeMessages } from '../connectors/codecs/messages.ts';
import { field, motorNode } from '../connectors/sources.ts';
import { runs } from '../oracle/runs.ts';

const RUNS = runs(800);

const FIELDS = [
  field('device', 'symbol', { default: 'none' }),
  field('temp', 'float', { range: { low: -1e300, high: 1e300 } }),
  field('same', 'float', { from: { kind: 'path', path: ['temp'] }, scaling: [{ operator: '*', by: 3 }] }),
  field('n', 'int', { default: 5 }),
  field('ok', 'bool'),
  field('q', 'quality'),
  field('note', 'string', { from: { kind: 'path', path: ['ünt', 'note'] } }),
  field('item', 'float', { from: { kind: 'path', path: ['v', 1, 'x'] }, isNumberFromText: true }),
  field('since', 'time'),
  field('site', 'symbol', { from: { kind: 'subject', token: 2 } }),
];
const FORMATS = ['iso', 's', 'ms', 'us', 'ns'] as const;
const NODES = FORMATS.map(format =>
  motorNode({ fields: FIELDS, time: { from: { kind: 'path', path: ['ts'] }, format } }),
);

const PATHS = [...FIELDS.map(({ name, from }) => (from.kind === 'path' ? from.path : [name])), ['ts']];

/** What messages give, each through a decoder that has seen none before. */
function decodedApart(
  messages: readonly Buffer[],
  options: Parameters<typeof decodeMessages>[1],
  subject: string | null,
) {
  const apart = messages.map(payload => decodeMessages([{ payload, subject }], options));
  return { rows: apart.flatMap(({ rows }) => rows), rejected: apart.flatMap(({ rejected }) => rejected) };
}

const ESCAPES = String.raw`\" \\ \/ \b \f \n \r \t \u00e9 \uD83D\ude00 \udc00 \ud800`.split(' ');
const text = fc
  .string({ unit: fc.constantFrom('a', 'Z', '7', ' ', 'ü', '€', '😀', '/', "'", ...ESCAPES), maxLength: 8 })
  .map(inner => `"${inner}"`);
const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength });
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc
    .tuple(fc.constantFrom('', '-'), fc.nat(99), digits(30), fc.constantFrom('', '', 'e5', 'E-30', 'e+300'))
    .map(([sign, whole, places, exponent]) => `${sign}${whole}.${places}${exponent}`),
  fc
    .tuple(fc.constantFrom('', '-'), digits(20), fc.oneof(fc.constant(''), digits(12)))
    .map(([sign, whole, places]) => `${sign}${whole}${places === '' ? '' : `.${places}`}`),
  fc.constantFrom(
    '-0',
    '-0.0',
    '9007199254740993',
    '0.30000000000000004',
    '1e999',
    '5.00',
    '0.00000000000000000000001',
    '2.2250738585072011e-308',
  ),
);
const scalar = fc.oneof({ weight: 4, arbitrary: number }, text, fc.constantFrom('true', 'false', 'null'));
const time = fc.oneof(
  fc.integer({ min: 0, max: 1_900_000_000 }).map(String),
  fc.bigInt({ min: 10n ** 18n, max: 2n * 10n ** 18n }).map(String),
  fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map(date => `"${date.toISOString()}"`),
  scalar,
);
const any = fc.oneof(scalar, fc.constantFrom('[]', '{}', '[1, [2]]', '{"x":{"note":1}}', '{"a":1,"a":2}', '[{"x":7}]'));

/** NaN: it is no JSON. */
function parsed(text: string): number {
  try {
    return JSON.parse(text);
  } catch {
    return Number.NaN;
  }
}

/** Where `#` and a letter stand, an event has a value. */
const SKELETONS = [
  '{"ts":#t,"device":#s,"temp":#n,"n":#n,"ok":#s}',
  '{"device":#s, "temp":#n, "v":[#s, {"y":#s,"x":#n} ,#n], "ünt":{"note":#s,"other":#a}, "ts": #t}',
  ' { "site" : #s , "a\\u0062" : #a , "ts" : #t , "q" : #s , "since" : #t , "temp" : #n } ',
  '{"ts":#t,"temp":#n,"temp":#n,"device":#s}',
  '{"__proto__":#a,"ts":#t,"temp":#a,"d\\u0065vice":#s,"ünt":#s,"v":#s}',
  '{"v":[],"ünt":{},"n":#n,"ts":#t}',
  '{}',
] as const;
const LETTERS = { t: time, s: scalar, n: number, a: any };

function eventOf(skeleton: string): fc.Arbitrary<string> {
  const [head, ...parts] = skeleton.split('#');
  const values = parts.map(part => LETTERS[part[0] as keyof typeof LETTERS]); // as: the skeletons are ours
  return fc.tuple(...values).map(drawn => head + parts.map((part, i) => drawn[i] + part.slice(1)).join(''));
}

const event = fc.oneof(...SKELETONS.map((skeleton, i) => ({ weight: i < 3 ? 6 : 1, arbitrary: eventOf(skeleton) })));
const message = fc.oneof(
  { weight: 4, arbitrary: event },
  fc.array(event, { maxLength: 5 }).map(events => `[${events.join(',')}]`),
  fc.array(event, { maxLength: 4 }).map(events => events.join('\n')),
);
const mutation = fc.tuple(
  fc.nat(),
  fc.nat({ max: 2 }),
  fc.constantFrom(...'{}[]:,"\\ \n-+.0123eEtfn\u0000', 'true', '"temp":1,', '\\u0061', '\xff', '\xc3\xbc'),
);
const mutations = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  fc.array(mutation, { minLength: 1, maxLength: 2 }),
);

function mutated(text: string, changes: readonly (readonly [number, number, string])[]): Buffer {
  let bytes = Buffer.from(text);
  for (const [at, cut, put] of changes) {
    const from = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(put, 'latin1'), bytes.subarray(from + cut)]);
  }
  return bytes;
}

describe('events that look like earlier ones', () => {
  it('give what they give to a decoder that has seen none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, mutations), { minLength: 2, maxLength: 25 }),
        fc.constantFrom<MessageCodec>('json', 'ndjson'),
        fc.constantFrom<readonly SourceNode[]>(...NODES.map(node => [node])),
        fc.constantFrom(null, 'plant.north'),
        (drawn, codec, [node], subject) => {
          const messages = drawn.map(([text, changes]) => mutated(text, changes));
          const options = { codec, node: node! };
          const together = decodeMessages(
            messages.map(payload => ({ payload, subject })),
            options,
          );
          expect(together).toEqual(decodedApart(messages, options, subject));
        },
      ),
      RUNS,
    );
  });

  /** What is taken of a text by who has seen the other one; the batch says that nothing more has happened. */
  function taken(seen: string | Buffer, text: string | Buffer): number {
    const builder = new BatchBuilder(NODES[2]!, new SymbolTable());
    builder.limit({ maxEvents: 100 });
    const events = new ShapedEvents(builder, { paths: PATHS, tokenSlots: [], hasBigIntegers: false });
    const take = (bytes: Buffer) => events.take(bytes, 0, bytes.length, []);
    expect(take(Buffer.from(seen))).toBe(-1);
    const count = take(Buffer.from(text));
    const batch = builder.build();
    expect(batch.length).toBe(Math.max(count, 0));
    expect(batch.rejected).toEqual([]);
    return count;
  }

  const SEEN = '{"device":"m1","temp":7,"v":[0,{"x":1}],"other":[1],"ts":5}';

  it.each([
    ['other values', '{"device":"m2","temp":-8.25,"v":[7,{"x":"5"}],"other":[1,2],"ts":6}', 1],
    ['null, and another number', '{"device":null,"temp":1.5e3,"v":[null,{"x":null}],"other":{"a":"b"},"ts":6}', 1],
    ['escapes', String.raw`{"device":"\u00e9","temp":null,"v":[0,{"x":1}],"other":"\n","ts":6}`, 1],
    ['text beyond ASCII', '{"device":"ü","temp":0,"v":[0,{"x":1}],"other":"€","ts":6}', 1],
    ['blanks around it', `\r\n ${SEEN}\t`, 1],
    ['a list', `[${SEEN} , ${SEEN}]`, 2],
    ['an empty list', '[ ]', 0],
  ])('are taken: %s', (_, text, count) => {
    expect(taken(SEEN, text)).toBe(count);
  });

  it('hold the numbers that JSON.parse gives, whatever form those had that they were learned from', () => {
    const plain = number.filter(text => Number.isFinite(parsed(text)));
    fc.assert(
      fc.property(plain, fc.array(plain, { minLength: 1, maxLength: 20 }), (first, others) => {
        const node = motorNode({ fields: [field('x', 'float'), field('key', 'symbol')], key: ['key'], time: null });
        const builder = new BatchBuilder(node, new SymbolTable());
        builder.limit({ maxEvents: 100 });
        const paths = [['x'], ['key']];
        const events = new ShapedEvents(builder, { paths, tokenSlots: [], hasBigIntegers: false });
        const texts = [first, ...others].map(text => Buffer.from(`{"x":${text},"key":"m1"}`));
        expect(texts.map(text => events.take(text, 0, text.length, []))).toEqual([-1, ...others.map(() => 1)]);
        expect([...builder.build().columns[0]!.values]).toEqual(others.map(parsed));
      }),
      RUNS,
    );
  });

  it('are taken whatever their names are, which are never code', () => {
    for (const name of ['\u2028', '*/', '`${1}`', '\\n', '\\u2029', '# sourceURL=x', "');throw 1//"]) {
      expect(taken(`{"${name}":1,"ts":5}`, `{"${name}":"other","ts":6}`)).toBe(1);
    }
  });

  it.each([
    ['another order', '{"temp":7,"device":"m1","v":[0,{"x":1}],"other":[1],"ts":5}'],
    ['a member more', SEEN.replace('}', ',"more":1}')],
    ['an event that the schema refuses', SEEN.replace('7', '"hot"')],
    ['one of a list that it refuses', `[${SEEN},${SEEN.replace('"m1"', '12')}]`],
    ['a list that breaks off', `[${SEEN},`],
    ['a list with a comma too many', `[${SEEN},]`],
    ['two events', SEEN + SEEN],
    ['a list where a value is wanted', SEEN.replace('7', '[7]')],
    ['an object where something inside of a list is wanted', SEEN.replace('[0,{"x":1}]', '{"x":1}')],
    ['what is no JSON, in a value that nobody wants', SEEN.replace('[1]', '[1,]')],
    ['what is no UTF-8', Buffer.from(SEEN.replace('m1', '\xff'), 'latin1')],
    ['nothing', ''],
  ])('are left to the general way: %s', (_, text) => {
    expect(taken(SEEN, text)).toBe(-1);
  });

  it('are left to the general way where a single value has become what something is wanted of', () => {
    expect(taken('{"v":5,"ts":5}', '{"v":[0,{"x":1}],"ts":5}')).toBe(-1);
  });

  it.each([
    ['a name twice', '{"temp":7,"temp":8,"ts":5}'],
    ['a list where a value is wanted', '{"temp":[7],"ts":5}'],
    ['more values than code is made for', `{"v":[${new Array(200).fill(1).join(',')}],"ts":5}`],
    ['what is no JSON', '{"temp":7,"ts":05}'],
    ['a name that is no UTF-8', Buffer.from('{"\xff":7,"ts":5}', 'latin1')],
  ])('are none where an event has %s', (_, text) => {
    expect(taken(text, text)).toBe(-1);
  });

  it('are learned again when the source changes, and may be of several shapes', () => {
    const builder = new BatchBuilder(NODES[2]!, new SymbolTable());
    const events = new ShapedEvents(builder, { paths: PATHS, tokenSlots: [], hasBigIntegers: false });
    const shapeOf = (name: string) => Buffer.from(`{"device":"m","${name}":1,"ts":5}`);
    const take = (text: Buffer) => events.take(text, 0, text.length, []);
    const models = Array.from({ length: 6 }, (_, model) => shapeOf(`model${model}`));
    for (let round = 0; round < 3; round++) models.forEach(take);
    expect(models.map(take)).toEqual(models.map(() => 1));
    for (let other = 0; other < 5_000; other++) take(shapeOf(`other${other}`));
    let texts = 0;
    while (take(models[0]!) < 0) texts++;
    expect(texts).toBeLessThan(40_000);
  });

  it('leave no trace where a text of them is left to the general way', () => {
    const item = field('#item', 'int', { from: { kind: 'identity', part: 'item' } });
    const identity = [
      field('#source', 'symbol', { from: { kind: 'identity', part: 'source' } }),
      field('#sequence', 'int', { from: { kind: 'identity', part: 'sequence' } }),
      item,
    ];
    const node = motorNode({ fields: [...FIELDS, ...identity] });
    const builder = new BatchBuilder(node, new SymbolTable());
    const decoder = createMessageDecoder({ codec: null, builder });
    builder.limit({ maxEvents: 6 });
    const take = (text: string, sequence: number) => {
      builder.startMessage(sequence);
      decoder.take(Buffer.from(text), { sequence });
    };
    take(SEEN, 0);
    take(`[${SEEN.replace('5}', '9}')},`, 1);
    expect(builder.lastTimeUs).toBe(5_000);
    take(`[${SEEN},${SEEN.replace('7', '"hot"')},${SEEN}]`, 2);
    expect(builder.hasRoom).toBe(true);
    const batch = builder.build();
    expect(batch.columns.at(-1)!.values).toEqual(Float64Array.of(0, 0, 2));
    expect(batch.rejected.map(({ identity: of, arrivalUs }) => [of?.item, arrivalUs])).toEqual([
      [0, 5_000],
      [1, 5_000],
    ]);
  });
});

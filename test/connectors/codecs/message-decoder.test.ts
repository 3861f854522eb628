import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import { describe, expect, it } from 'vitest';
import type { MessageCodec } from '../../../connectors/codecs/message-decoder.ts';
import { field, motorNode } from '../sources.ts';
import { decodeMessages, hex } from './messages.ts';

const A = '{"device":"m1","temp":71.5,"ts":1}';
const B = '{"device":"m2","temp":70,"ts":2}';
const ROW_A = { timeUs: 1000, device: 'm1', temp: 71.5 };
const ROW_B = { timeUs: 2000, device: 'm2', temp: 70 };

function codesOf(payload: string | Uint8Array, codec: MessageCodec | null = null): string[] {
  return decodeMessages([{ payload }], { codec }).rejected.map(({ code, reason }) => `${code} ${reason}`);
}

describe('JSON', () => {
  it.each([
    ['an object', A, 1],
    ['a list', `[${A},${B}]`, 2],
    ['lines', `${A}\n${B}`, 2],
    ['lines with CRLF, blank ones, and an end', `${A}\r\n\r\n  \n${B}\r\n`, 2],
    ['lines of lists', `[${A}]\n[${B}]`, 2],
    ['an object over several lines', `[\n${A},\n${B}\n]`, 2],
    ['a byte order mark', `\ufeff${A}`, 1],
    ['no event', '[]', 0],
  ])('takes %s', (_, payload, count) => {
    const { rows, rejected } = decodeMessages([{ payload }]);
    expect(rejected).toEqual([]);
    expect(rows).toEqual([ROW_A, ROW_B].slice(0, count));
  });

  it.each([
    ['', ['MR4001 not JSON: Unexpected end of JSON input (sequence 7)']],
    [`${A}x`, ['MR4001 not JSON: Unexpected non-whitespace character after JSON at position 34 (sequence 7)']],
    // Lines, as one of them is JSON.
    [`${A}\n{"device"\n${B}`, ["MR4001 not JSON: Expected ':' after property name at position 9 (sequence 7, line 2)"]],
    // One text, as none is.
    ['{\n"device": "m1",\n"temp":\n}', ["MR4001 not JSON: Unexpected token '}' (sequence 7)"]],
    ['71', ['MR4006 71, where an object is expected (sequence 7)']],
    [
      `[${A},7,[${B}],null]`,
      [
        'MR4006 7, where an object is expected (sequence 7, item 2)',
        'MR4006 a list, where an object is expected (sequence 7, item 3)',
        'MR4006 null, where an object is expected (sequence 7, item 4)',
      ],
    ],
    [
      `${A}\n[${B},{"temp":1,"ts":1}]`,
      ['MR4014 device, which is part of the key, is missing (sequence 7, line 2, item 2)'],
    ],
  ])('rejects what is wrong in %j, and no more', (payload, expected) => {
    expect(codesOf(payload)).toEqual(expected);
  });

  it('rejects what is not UTF-8, by the line where there are lines', () => {
    const broken = Buffer.concat([Buffer.from('{"device":"'), hex('fc'), Buffer.from('","temp":1,"ts":1}')]);
    expect(codesOf(broken)).toEqual(['MR4002 not UTF-8 (sequence 7)']);
    const lines = Buffer.concat([Buffer.from(`${A}\n`), broken, Buffer.from(`\n${B}`)]);
    const { rows, rejected } = decodeMessages([{ payload: lines }]);
    expect(rows).toEqual([ROW_A, ROW_B]);
    expect(rejected.map(({ reason }) => reason)).toEqual(['not UTF-8 (sequence 7, line 2)']);
    // U+FFFD may stand in a text.
    expect(decodeMessages([{ payload: A.replace('m1', '\ufffd') }]).rows).toMatchObject([{ device: '\ufffd' }]);
  });

  it('takes only lines as NDJSON', () => {
    expect(decodeMessages([{ payload: `${A}\n\n${B}` }], { codec: 'ndjson' }).rows).toEqual([ROW_A, ROW_B]);
    expect(codesOf('', 'ndjson')).toEqual([]);
    expect(codesOf('{\n"device":"m1"}', 'ndjson')).toHaveLength(2);
  });

  it('keeps nanoseconds, and names that every object inherits', () => {
    const node = motorNode({
      key: ['__proto__'],
      fields: [field('__proto__', 'symbol'), field('constructor', 'float')],
      time: { from: { kind: 'path', path: ['ts'] }, format: 'ns' },
    });
    const payload = '[{"__proto__":"p","constructor":1,"ts":1772000000123456789},{"ts":1}]';
    const { rows, rejected } = decodeMessages([{ payload }], { node });
    expect(rows).toEqual([{ timeUs: 1772000000123456, ['__proto__']: 'p', constructor: 1 }]);
    expect(rejected.map(({ code }) => code)).toEqual(['MR4014']);
  });
});

type FieldType = Parameters<typeof field>[1];

const SAMPLES = [JSON.parse(A), JSON.parse(B)];
const BINARY = [
  ['msgpack', (value: unknown) => Buffer.from(encodeMessagePack(value, { maxDepth: 1000 }))],
  ['cbor', (value: unknown) => Buffer.from(encodeCbor(value))],
] as const;

describe.each(BINARY)('%s', (codec, encode) => {
  it.each([
    ['an object', encode(SAMPLES[0]), 1],
    ['a list', encode(SAMPLES), 2],
    ['one after the other', Buffer.concat(SAMPLES.map(encode)), 2],
    ['lists one after the other', Buffer.concat(SAMPLES.map(each => encode([each]))), 2],
    ['no event', encode([]), 0],
  ])('takes %s', (_, payload, count) => {
    expect(decodeMessages([{ payload }], { codec })).toEqual({ rows: [ROW_A, ROW_B].slice(0, count), rejected: [] });
  });

  it('rejects what is no event, and shows the others as JSON', () => {
    const payload = encode([SAMPLES[0], 7, 'x', null, [SAMPLES[0]], { temp: 1, more: [{ a: true }], ts: 1 }]);
    const { rows, rejected } = decodeMessages([{ payload }], { codec });
    expect(rows).toEqual([ROW_A]);
    const shown = rejected.map(({ raw, ...rest }) => ({ ...rest, raw: JSON.parse(raw) }));
    expect(shown).toEqual([
      { code: 'MR4006', reason: '7, where an object is expected (sequence 7, item 2)', raw: 7 },
      { code: 'MR4006', reason: '"x", where an object is expected (sequence 7, item 3)', raw: 'x' },
      { code: 'MR4006', reason: 'null, where an object is expected (sequence 7, item 4)', raw: null },
      { code: 'MR4006', reason: 'a list, where an object is expected (sequence 7, item 5)', raw: [SAMPLES[0]] },
      {
        code: 'MR4014',
        reason: 'device, which is part of the key, is missing (sequence 7, item 6)',
        raw: { temp: 1, more: [{ a: true }], ts: 1 },
      },
    ]);
  });

  it('takes what stands before the place where it is broken', () => {
    const payload = Buffer.concat([encode(SAMPLES[0]), encode(SAMPLES[1]).subarray(0, 9)]);
    const { rows, rejected } = decodeMessages([{ payload }], { codec });
    expect(rows).toEqual([ROW_A]);
    expect(rejected).toMatchObject([
      { code: 'MR4007', raw: payload.subarray(encode(SAMPLES[0]).length).toString('hex') },
    ]);
  });

  it('rejects an event whose text is not UTF-8, alone', () => {
    const wrong = encode({ device: 'm?', temp: 1, ts: 1 });
    wrong[wrong.indexOf('?')] = 0xfc;
    const { rows, rejected } = decodeMessages([{ payload: Buffer.concat([wrong, encode(SAMPLES[1])]) }], { codec });
    expect(rows).toEqual([ROW_B]);
    expect(rejected).toMatchObject([{ code: 'MR4002' }]);
  });

  it('passes over what no field is read from, whatever it is', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    const payload = encode([{ other: deep(400), ...SAMPLES[0] }, { ...SAMPLES[1], temp: deep(400) }, SAMPLES[1]]);
    const { rows, rejected } = decodeMessages([{ payload }], { codec });
    expect(rows).toEqual([ROW_A, ROW_B]);
    expect(rejected).toMatchObject([{ code: 'MR4024', reason: 'nested deeper than 256 levels (sequence 7, item 2)' }]);
  });

  it('takes `__proto__` for a name like others', () => {
    const node = motorNode({ key: ['__proto__'], fields: [field('__proto__', 'symbol'), field('toString', 'float')] });
    const own = encode({ aaaaaaaaa: 'p', ts: 1 });
    own.write('__proto__', own.indexOf('aaaaaaaaa'));
    const { rows } = decodeMessages([{ payload: own }], { codec, node });
    expect(rows).toEqual([{ timeUs: 1000, ['__proto__']: 'p', toString: null }]);
    expect(({} as { readonly p?: unknown }).p).toBeUndefined();
  });
});

/** One value `x` of an event in bytes of the format, and what a field of the type is then; or the code. */
describe.each([
  ['msgpack', (value: string) => hex(`81 a1 78 ${value}`)],
  ['cbor', (value: string) => hex(`a1 61 78 ${value}`)],
] as const)('values of %s', (codec, eventOf) => {
  const VALUES = {
    msgpack: [
      ['00', 'int', 0],
      ['ff', 'int', -1],
      ['cc ff', 'int', 255],
      ['cd 01 00', 'int', 256],
      ['ce ff ff ff ff', 'int', 4294967295],
      ['cf 00 1f ff ff ff ff ff ff', 'int', Number.MAX_SAFE_INTEGER],
      ['cf 00 20 00 00 00 00 00 00', 'int', 'MR4013'],
      ['cf ff ff ff ff ff ff ff ff', 'float', 2 ** 64],
      ['d0 80', 'int', -128],
      ['d1 80 00', 'int', -32768],
      ['d2 80 00 00 00', 'int', -2147483648],
      ['d3 80 00 00 00 00 00 00 00', 'float', -(2 ** 63)],
      ['ca 3f c0 00 00', 'float', 1.5],
      ['cb 3f f8 00 00 00 00 00 00', 'float', 1.5],
      ['cb 7f f8 00 00 00 00 00 00', 'float', 'MR4011'],
      ['cb 7f f0 00 00 00 00 00 00', 'float', 'MR4011'],
      ['c0', 'float', null],
      ['c3', 'bool', true],
      ['a1 61', 'string', 'a'],
      ['d9 01 61', 'string', 'a'],
      ['da 00 01 61', 'string', 'a'],
      ['db 00 00 00 01 61', 'string', 'a'],
      ['a1 61', 'float', 'MR4010'],
      ['c4 01 61', 'string', 'MR4010'],
      ['d4 05 00', 'float', 'MR4010'],
      ['d6 ff 00 00 00 01', 'time', 1_000_000],
      ['d7 ff 00 00 1f 40 00 00 00 01', 'time', 1_000_002], // 2,000 ns
      ['c7 0c ff 00 00 03 e8 00 00 00 00 00 00 00 01', 'time', 1_000_001],
      ['c7 0c ff 00 00 00 00 ff ff ff ff ff ff ff ff', 'time', 'MR4017'],
      ['d7 ff ff ff ff ff 00 00 00 01', 'time', 'MR4010'], // more than a second of nanoseconds
      ['d6 ff 00 00 00 01', 'float', 'MR4010'],
      ['c1', 'float', 'MR4007'],
      ['dd ff ff ff ff', 'float', 'MR4007'],
      ['dc 00 01 01', 'float', 'MR4010'],
      ['de 00 01 01 01', 'float', 'MR4010'],
    ],
    cbor: [
      ['00', 'int', 0],
      ['18 ff', 'int', 255],
      ['19 01 00', 'int', 256],
      ['1a ff ff ff ff', 'int', 4294967295],
      ['1b 00 1f ff ff ff ff ff ff', 'int', Number.MAX_SAFE_INTEGER],
      ['1b 00 20 00 00 00 00 00 00', 'int', 'MR4013'],
      ['1b ff ff ff ff ff ff ff ff', 'float', 2 ** 64],
      ['20', 'int', -1],
      ['3b 00 1f ff ff ff ff ff fe', 'int', -Number.MAX_SAFE_INTEGER],
      ['3b 00 1f ff ff ff ff ff ff', 'int', 'MR4013'],
      ['3b ff ff ff ff ff ff ff ff', 'float', -(2 ** 64)],
      ['f9 3e 00', 'float', 1.5],
      ['f9 80 01', 'float', -(2 ** -24)],
      ['f9 7b ff', 'float', 65504],
      ['f9 7c 00', 'float', 'MR4011'],
      ['f9 7e 00', 'float', 'MR4011'],
      ['fa 3f c0 00 00', 'float', 1.5],
      ['fb 3f f8 00 00 00 00 00 00', 'float', 1.5],
      ['f6', 'float', null],
      ['f7', 'float', null],
      ['f8 ff', 'float', null],
      ['e0', 'float', null],
      ['f4', 'bool', false],
      ['f5', 'bool', true],
      ['61 61', 'string', 'a'],
      ['7f 61 61 61 62 ff', 'string', 'ab'],
      ['7f 41 61 ff', 'string', 'MR4007'],
      ['41 61', 'string', 'MR4010'],
      ['5f 41 61 ff', 'string', 'MR4010'],
      ['9f 01 ff', 'float', 'MR4010'],
      ['bf 01 02 ff', 'float', 'MR4010'],
      ['c1 01', 'time', 1_000_000],
      ['c1 fb 3f f8 00 00 00 00 00 00', 'time', 1_500_000],
      ['c0 74 31 39 37 30 2d 30 31 2d 30 31 54 30 30 3a 30 30 3a 30 31 5a', 'time', 1_000_000],
      ['c0 61 61', 'time', 'MR4017'],
      ['c2 42 01 00', 'int', 256],
      ['c3 42 01 00', 'int', -257],
      ['c2 40', 'int', 0],
      ['c4 82 21 19 6a b3', 'float', 273.15],
      ['d8 20 61 61', 'string', 'a'], // a tag without a meaning for us
      ['d9 d9 f7 01', 'int', 1],
      ['1c', 'float', 'MR4007'],
      ['fc', 'float', 'MR4007'],
      ['ff', 'float', 'MR4007'],
      ['f8 18', 'float', 'MR4007'],
      ['9b ff ff ff ff ff ff ff ff', 'float', 'MR4007'],
      ['5b 00 00 00 01 00 00 00 00', 'float', 'MR4007'],
    ],
  } as const;

  const values: readonly (readonly [string, FieldType, unknown])[] = VALUES[codec];
  it.each(values)('%s as %s is %j', (value, type, expected) => {
    const node = motorNode({ key: [], fields: [field('x', type)], time: null });
    const { rows, rejected } = decodeMessages([{ payload: eventOf(value) }], { codec, node });
    if (typeof expected === 'string' && expected.startsWith('MR')) expect(rejected).toMatchObject([{ code: expected }]);
    else expect({ rows, rejected }).toEqual({ rows: [{ timeUs: 5_000_000, x: expected }], rejected: [] });
  });
});

describe('names and times of binary formats', () => {
  it('reads integers that are names as their digits, and leaves other names out', () => {
    const node = motorNode({
      key: [],
      fields: [field('x', 'float', { from: { kind: 'path', path: ['-2'] } })],
      time: null,
    });
    for (const [codec, payload] of [
      ['msgpack', hex('83 fe 01 c4 01 61 c0 c3 90')],
      ['cbor', hex('a3 21 01 41 61 f6 f5 80')],
    ] as const) {
      expect(decodeMessages([{ payload }], { codec, node }).rows).toEqual([{ timeUs: 5_000_000, x: 1 }]);
    }
  });

  it('takes a time of the format as the event time, whatever the stream says of numbers', () => {
    const node = motorNode({ key: [], fields: [], time: { from: { kind: 'path', path: ['t'] }, format: 'iso' } });
    for (const [codec, payload] of [
      ['msgpack', hex('81 a1 74 d6 ff 00 00 00 01')],
      ['cbor', hex('a1 61 74 c1 01')],
      ['cbor', hex('d9 d9 f7 bf 61 74 c1 01 ff')], // self-described, and without a length
      ['cbor', hex('d9 d9 f7 9f a1 61 74 c1 01 ff')],
    ] as const) {
      expect(decodeMessages([{ payload }], { codec, node }).rows).toEqual([{ timeUs: 1_000_000 }]);
    }
  });

  it('rejects times and binary that stand where an event should', () => {
    expect(codesOf(hex('d6 ff 00 00 00 01'), 'msgpack')).toEqual([
      'MR4006 a time, where an object is expected (sequence 7)',
    ]);
    expect(codesOf(hex('41 61'), 'cbor')).toEqual(['MR4006 binary data, where an object is expected (sequence 7)']);
  });
});

describe('packed messages', () => {
  const packings = [
    ['gzip', gzipSync(A)],
    ['X-GZIP', gzipSync(A)],
    ['zstd', zstdCompressSync(A)],
    ['deflate', deflateSync(A)],
    ['deflate', deflateRawSync(A)],
    ['identity', Buffer.from(A)],
    ['', Buffer.from(A)],
    [null, gzipSync(A)],
    [null, zstdCompressSync(A)],
  ] as const;

  it.each(packings)('%s', (encoding, payload) => {
    expect(decodeMessages([{ payload, encoding }])).toEqual({ rows: [ROW_A], rejected: [] });
  });

  it('reads all members and frames', () => {
    const parts = [`${A}\n`, B];
    for (const pack of [gzipSync, zstdCompressSync]) {
      const payload = Buffer.concat(parts.map(part => pack(part)));
      expect(decodeMessages([{ payload }]).rows).toEqual([ROW_A, ROW_B]);
    }
  });

  it('unpacks binary formats where a header says so', () => {
    const payload = gzipSync(encodeMessagePack(SAMPLES[0]));
    expect(decodeMessages([{ payload, encoding: 'gzip' }], { codec: 'msgpack' }).rows).toEqual([ROW_A]);
    expect(decodeMessages([{ payload }], { codec: 'msgpack' }).rows).toEqual([]);
  });

  it.each([
    ['br', Buffer.from(A), 'MR4008 packed as "br"; known are gzip, zstd and deflate (sequence 7)'],
    ['gzip', Buffer.from(A), 'MR4008 packed as gzip, and damaged: incorrect header check (sequence 7)'],
    [null, gzipSync(A).subarray(0, 20), 'MR4008 packed as gzip, and damaged: its data breaks off (sequence 7)'],
    [null, zstdCompressSync(A).subarray(0, 20), 'MR4008 packed as zstd, and damaged: its data breaks off (sequence 7)'],
    [
      'deflate',
      Buffer.concat([deflateSync(A), Buffer.from('x')]),
      'MR4008 packed as deflate, and damaged: bytes follow behind its end (sequence 7)',
    ],
  ])('rejects %s %j', (encoding, payload, expected) => {
    const { rejected } = decodeMessages([{ payload, encoding }, { payload: A }]);
    expect(rejected.map(({ code, reason }) => `${code} ${reason}`)).toEqual([expected]);
  });
});

describe('bounds', () => {
  it('rejects a message that is too long', () => {
    const { rows, rejected } = decodeMessages([{ payload: A.padEnd(2000) }, { payload: B }], { maxMessageBytes: 1024 });
    expect(rows).toEqual([ROW_B]);
    expect(rejected).toMatchObject([{ code: 'MR4003', reason: 'longer than 0.0009765625 MB (sequence 7)' }]);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))],
    ['zstd', zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 0x20))],
    ['deflate', deflateSync(Buffer.alloc(64 * 1024 * 1024, 0x20))],
    ['gzip', Buffer.concat(Array.from({ length: 20 }, () => gzipSync(Buffer.alloc(1024 * 1024, 0x20))))],
    ['zstd', Buffer.concat(Array.from({ length: 20 }, () => zstdCompressSync(Buffer.alloc(1024 * 1024, 0x20))))],
  ])('rejects what unpacks to too much: %s', (encoding, payload) => {
    expect(decodeMessages([{ payload, encoding }]).rejected).toMatchObject([
      { code: 'MR4009', reason: 'unpacked it is longer than 16 MB (sequence 7)' },
    ]);
  });

  it.each([
    ['json', `[${'0,'.repeat(50_000)}0]`],
    ['ndjson', 'x\n'.repeat(50_000)],
    ['json', `{}\n${'x\n'.repeat(50_000)}`],
    ['msgpack', Buffer.alloc(50_000)],
    ['cbor', Buffer.alloc(50_000)],
  ] as const)('stops reading a message that is nearly all rejected: %s', (codec, payload) => {
    const { rejected } = decodeMessages([{ payload }], { codec });
    expect(rejected).toHaveLength(10_001);
    expect(rejected.at(-1)).toMatchObject({ code: 'MR4025' });
  });

  it('reads on where as many are taken', () => {
    const payload = `[${`${A},0,`.repeat(20_000)}${B}]`;
    const { rows, rejected } = decodeMessages([{ payload }]);
    expect(rows).toHaveLength(20_001);
    expect(rejected).toHaveLength(20_000);
  });
});

it('the examples of the page are taken as they stand', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/connectors/messages.md'), 'utf8');
  const examples = [...page.matchAll(/```json message\n([^]*?)```/g)].map(match => match[1]!);
  const counts = examples.map(payload => decodeMessages([{ payload }]).rows.length);
  expect(counts).toEqual([1, 2, 2]);
  expect(examples.flatMap(payload => decodeMessages([{ payload }]).rejected)).toEqual([]);
});

describe('subjects', () => {
  const node = motorNode({
    key: ['site', 'device'],
    fields: [
      field('site', 'symbol', { from: { kind: 'subject', token: 2 } }),
      field('device', 'int', { from: { kind: 'subject', token: 3 } }),
      field('temp', 'float'),
    ],
  });

  it('are where such fields are read from, and their own names where there is none', () => {
    const payload = '{"site":"in payload","device":9,"temp":1,"ts":1}';
    const { rows } = decodeMessages(
      [{ payload, subject: 'plant.north.17' }, { payload, subject: 'plant.south.18.more' }, { payload }],
      { node },
    );
    expect(rows.map(({ site, device }) => [site, device])).toEqual([
      ['north', 17],
      ['south', 18],
      ['in payload', 9],
    ]);
  });

  it('may lack the token, or have one of the wrong type', () => {
    const payload = '{"temp":1,"ts":1}';
    const subjects = ['plant', 'plant..1', 'plant.north', 'plant.north.x', 'plant.north.1'];
    const { rows, rejected } = decodeMessages(
      subjects.map(subject => ({ payload, subject })),
      { node },
    );
    expect(rows).toHaveLength(1);
    expect(rejected.map(({ code }) => code)).toEqual(['MR4014', 'MR4014', 'MR4014', 'MR4010']);
  });
});

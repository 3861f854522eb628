import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_CODECS, type MessageCodec } from '../../../connectors/codecs/message-decoder.ts';
import { field, motorNode } from '../sources.ts';
import { decodeMessages, hex } from './messages.ts';
import { runs } from '../../oracle/runs.ts';

const EVENTS = [
  { device: 'm1', temp: 71.5, ts: 1, note: 'ü"\n', list: [1, [2, { a: -1.5 }]], big: 2 ** 40 },
  { device: 'm2', temp: null, ts: 2, note: 'x'.repeat(40), flag: true },
];
const PAYLOADS: Readonly<Record<MessageCodec, readonly Buffer[]>> = {
  json: [Buffer.from(JSON.stringify(EVENTS)), Buffer.from(EVENTS.map(event => JSON.stringify(event)).join('\n'))],
  ndjson: [Buffer.from(EVENTS.map(event => JSON.stringify(event)).join('\n'))],
  msgpack: [Buffer.from(encodeMessagePack(EVENTS)), Buffer.concat(EVENTS.map(event => encodeMessagePack(event)))],
  cbor: [
    Buffer.from(encodeCbor(EVENTS)),
    Buffer.concat(EVENTS.map(event => encodeCbor(event))),
    hex('9f bf 66 646576696365 62 6d31 62 7473 c1 01 61 78 7f 61 61 ff ff ff'),
  ],
};
const NEIGHBOUR = PAYLOADS.json[0]!;
const node = motorNode({
  fields: [field('device', 'symbol'), field('temp', 'float'), field('note', 'string'), field('since', 'time')],
});

/** Between two whole messages; nothing of it may change what they give. */
function expectHarmless(payload: Uint8Array, codec: MessageCodec, encoding: string | null = null): void {
  const neighbour = { payload: PAYLOADS[codec][0]! };
  const alone = decodeMessages([neighbour], { codec, node }).rows;
  const { rows } = decodeMessages([neighbour, { payload, encoding }, neighbour], { codec, node });
  expect(rows.slice(0, alone.length)).toEqual(alone);
  expect(rows.slice(-alone.length)).toEqual(alone);
}

describe.each(MESSAGE_CODECS)('%s', codec => {
  it('may be cut at every byte', () => {
    for (const payload of PAYLOADS[codec]) {
      for (let length = 0; length < payload.length; length++) expectHarmless(payload.subarray(0, length), codec);
    }
  });

  it('may have any bit flipped', () => {
    for (const payload of PAYLOADS[codec]) {
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const flipped = Buffer.from(payload);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expectHarmless(flipped, codec);
      }
    }
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), payload => expectHarmless(payload, codec)),
      runs(500),
    );
  });
});

describe('packed messages', () => {
  it.each([
    ['gzip', gzipSync(NEIGHBOUR)],
    ['zstd', zstdCompressSync(NEIGHBOUR)],
    ['deflate', deflateSync(NEIGHBOUR)],
  ])('%s may be cut at every byte, or have any bit flipped', (encoding, packed) => {
    for (let length = 0; length < packed.length; length++) {
      const cut = packed.subarray(0, length);
      expectHarmless(cut, 'json', encoding);
      if (length > 4) expect(decodeMessages([{ payload: cut, encoding }], { node }).rows).toEqual([]);
    }
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const flipped = Buffer.from(packed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expectHarmless(flipped, 'json', encoding);
    }
  });
});

const LEVELS = 100_000;
const DEEP: readonly (readonly [MessageCodec, string, Buffer])[] = [
  ['json', 'lists', Buffer.from('['.repeat(LEVELS) + ']'.repeat(LEVELS))],
  ['json', 'open lists', Buffer.from('['.repeat(LEVELS))],
  ['json', 'objects', Buffer.from(`${'{"device":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`)],
  ['json', 'lists in a list', Buffer.from(`[${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}]`)],
  ['ndjson', 'lists', Buffer.from('['.repeat(LEVELS) + ']'.repeat(LEVELS))],
  ['msgpack', 'lists', Buffer.concat([Buffer.alloc(LEVELS, 0x91), hex('c0')])],
  ['msgpack', 'open lists', Buffer.alloc(LEVELS, 0x92)],
  ['msgpack', 'long lists', Buffer.concat(new Array<Buffer>(LEVELS).fill(hex('dc ff ff')))],
  ['msgpack', 'objects', Buffer.concat([...new Array<Buffer>(LEVELS).fill(hex('81 a6 646576696365')), hex('c0')])],
  ['cbor', 'lists', Buffer.concat([Buffer.alloc(LEVELS, 0x81), hex('f6')])],
  ['cbor', 'open lists', Buffer.alloc(LEVELS, 0x82)],
  ['cbor', 'lists without a length', Buffer.concat([Buffer.alloc(LEVELS, 0x9f), Buffer.alloc(LEVELS, 0xff)])],
  ['cbor', 'open lists without a length', Buffer.alloc(LEVELS, 0x9f)],
  ['cbor', 'tags', Buffer.concat([Buffer.alloc(LEVELS, 0xd8), hex('f6')])],
  ['cbor', 'objects', Buffer.concat([...new Array<Buffer>(LEVELS).fill(hex('a1 66 646576696365')), hex('f6')])],
];

it.each(DEEP)('%s: %s in each other', (codec, _, payload) => {
  expectHarmless(payload, codec);
  expect(decodeMessages([{ payload }], { codec, node }).rejected).toHaveLength(1);
});

it.each([
  '{"toString":1,"valueOf":1}',
  '{"__proto__":{"toString":null}}',
  `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`,
  'true',
])('no value breaks the reason that says what is wrong with it (%#)', value => {
  for (const name of ['ts', 'device', 'temp', 'note', 'since']) {
    const payload = `{"device":"m1","ts":1,"${name}":${value}}`;
    expect(decodeMessages([{ payload }], { node }).rejected).toMatchObject([
      { code: name === 'ts' ? 'MR4016' : 'MR4010' },
    ]);
  }
});

it('JSON that is deep says so where it has nanoseconds', () => {
  const nanoseconds = motorNode({ time: { from: { kind: 'path', path: ['ts'] }, format: 'ns' } });
  const payload = `{"ts":1772000000123456789,"x":${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}}`;
  expect(decodeMessages([{ payload }], { node: nanoseconds }).rejected).toMatchObject([{ code: 'MR4024' }]);
});

it.each([
  ['msgpack', Buffer.concat([hex('81 a4 74656d70 dd 00 e0 00 00'), Buffer.alloc(0xe0_0000, 0x80)])],
  ['cbor', Buffer.concat([hex('a1 64 74656d70 9a 00 e0 00 00'), Buffer.alloc(0xe0_0000, 0xa0)])],
] as const)('%s: an event of millions of objects takes no memory for them', (codec, payload) => {
  expect(decodeMessages([{ payload }], { codec }).rejected).toMatchObject([
    { code: 'MR4024', reason: 'more than 1000000 lists and objects (sequence 7)' },
  ]);
});

it('frames of zstd without end cost no time', () => {
  const empty = hex('50 2a 4d 18 00 00 00 00');
  const payload = Buffer.concat([zstdCompressSync('{}'), ...new Array<Buffer>(500_000).fill(empty)]);
  expect(decodeMessages([{ payload }]).rejected).toMatchObject([
    { code: 'MR4008', reason: 'packed as zstd, and damaged: more than 1000 frames (sequence 7)' },
  ]);
});

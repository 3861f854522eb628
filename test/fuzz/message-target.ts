import { isDeepStrictEqual } from 'node:util';
import { Decoder, encode as encodeMessagePack } from '@msgpack/msgpack';
import { decodeFirst, encode as encodeCbor } from 'cborg';
import { createMessageDecoder, type MessageCodec } from '../../connectors/codecs/message-decoder.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { codecCase } from './codec-case.ts';
import { decodeAll } from './decode-all.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import { Fault, type FuzzTarget } from './target.ts';

/**
 * Bytes of a message: they are taken or rejected, do no harm to the messages around them, give the same behind messages that
 * a decoder has learned from, and what the same values give as lines of JSON, where a library of the format can read them and JSON can say them.
 */
export function messageTarget(codec: MessageCodec): FuzzTarget {
  return {
    name: `${codec}-message`,
    covered: ['/connectors/codecs/', '/engine/batch/'],
    seeds: seedsOf(codec),
    words: [
      'device',
      'temp',
      'n',
      'ok',
      'note',
      'q',
      'ts',
      'site',
      'unit',
      'v',
      'x',
      'since',
      '__proto__',
      'constructor',
    ],
    maxBytes: 3_000,
    check: input => checkMessage(codec, input),
  };
}

function checkMessage(codec: MessageCodec, input: Buffer): void {
  const { node, bytes } = codecCase('ndjson', input);
  const neighbours = [EVENTS[0], EVENTS].map(each => encodeIn(codec, each));
  const others = outcomesOfMessages(codec, node, neighbours);
  const outcomes = outcomesOfMessages(codec, node, [...neighbours, bytes, ...neighbours]);
  const own = outcomes.slice(others.length, outcomes.length - others.length);
  if (!isDeepStrictEqual([...others, ...own, ...others], outcomes)) throw new Fault('harms the messages around it');
  const alone = outcomesOfMessages(codec, node, [bytes]);
  if (!isDeepStrictEqual(own, alone)) {
    throw new Fault(`gives ${JSON.stringify(own)} behind others, and alone ${JSON.stringify(alone)}`);
  }
  const lines = linesOf(codec, bytes);
  if (lines === null || own.some(isOurBound)) return;
  const expected = decodeAll({
    node,
    format: 'ndjson',
    bytes: Buffer.from(lines),
    cuts: [],
    maxEvents: 1000,
    maxEventBytes: 16 * 1024 * 1024,
  }).outcomes;
  if (isDeepStrictEqual(own, expected)) return;
  throw new Fault(`gives ${JSON.stringify(own)}, and as lines ${JSON.stringify(expected)}: ${lines}`);
}

/** The library reads bytes that are no UTF-8 as some text or other, and has no bound of depth. */
function isOurBound(outcome: Outcome): boolean {
  return outcome.kind === 'rejected' && (outcome.code === 'MR4002' || outcome.code === 'MR4024');
}

function outcomesOfMessages(codec: MessageCodec, node: SourceNode, messages: readonly Buffer[]): readonly Outcome[] {
  const symbols = new SymbolTable();
  const builder = new BatchBuilder(node, symbols);
  builder.arrivalUs = 0;
  builder.limit({ maxEvents: 1 });
  const decoder = createMessageDecoder({ codec, builder, maxInflatedBytes: 1_000_000 });
  for (const message of messages) decoder.take(message, { sequence: 7 });
  return outcomesOf(builder.build(), symbols);
}

/** Null where the bytes are not all values that JSON has. */
function linesOf(codec: MessageCodec, bytes: Buffer): string | null {
  const values = bytes.length === 0 ? null : valuesOf(codec, bytes);
  if (values === null || !values.every(isJson)) return null;
  return values.map(value => `${JSON.stringify(value)}\n`).join('');
}

function valuesOf(codec: MessageCodec, bytes: Buffer): readonly unknown[] | null {
  try {
    switch (codec) {
      case 'msgpack':
        return [...new Decoder().decodeMulti(bytes)];
      case 'cbor': {
        const values: unknown[] = [];
        for (let rest: Uint8Array = bytes; rest.length > 0; ) {
          const [value, next] = decodeFirst(rest);
          values.push(value);
          rest = next;
        }
        return values;
      }
      default:
        return null; // the reader of lines is the same code
    }
  } catch {
    return null;
  }
}

/** Not U+FFFD, which stands for bytes that are no UTF-8. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return (
        Number.isFinite(value) && !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      );
    case 'string':
      return !value.includes('\ufffd') && value.isWellFormed();
    case 'boolean':
      return true;
    default:
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJson);
      return (
        typeof value === 'object' &&
        Object.getPrototypeOf(value) === Object.prototype &&
        Object.entries(value).every(([name, member]) => isJson(name) && isJson(member))
      );
  }
}

function encodeIn(codec: MessageCodec, value: unknown): Buffer {
  if (codec === 'msgpack') return Buffer.from(encodeMessagePack(value));
  return codec === 'cbor' ? Buffer.from(encodeCbor(value)) : Buffer.from(JSON.stringify(value));
}

const EVENTS: readonly Readonly<Record<string, unknown>>[] = [
  { device: 'm1', temp: 71.5, n: 3, ok: true, note: 'a', q: 'bad', ts: '2026-01-31T08:30:00.123456Z' },
  { site: 'a', unit: 7, v: [{ x: '12.5' }], since: 5, took: 5_000_000, unused: 1, ts: 1_772_000_000_123 },
  { constructor: 1.5, toString: 's', ts: 1_772_000_000 },
  { device: null, q: 2_147_483_648, ts: 1_772_000_000.5 },
];

/** What encoders do not write. */
const RARE: Readonly<Record<MessageCodec, readonly string[]>> = {
  json: [],
  ndjson: [],
  msgpack: [
    '82 a6 646576696365 d9 02 6d31 a2 7473 d6 ff 65 00 00 00',
    '82 a4 74656d70 cf ff ff ff ff ff ff ff ff a2 7473 c7 0c ff 00 00 00 01 00 00 00 00 65 00 00 00',
    'dc 00 02 de 00 01 a1 6e d3 ff ff ff ff ff ff ff ff 81 01 c4 01 00',
  ],
  cbor: [
    '9f bf 66 646576696365 7f 61 6d 61 31 ff 62 7473 c1 1a 65 00 00 00 ff ff',
    'd9 d9 f7 a2 64 74656d70 f9 3e 00 62 7473 c0 74 323032362d30312d33315430383a33303a30305a',
    'a3 61 6e c2 42 01 00 64 74656d70 c4 82 21 19 6a b3 01 f7',
  ],
};

function seedsOf(codec: MessageCodec): readonly Buffer[] {
  const bodies = [
    encodeIn(codec, EVENTS),
    ...EVENTS.map(event => encodeIn(codec, event)),
    Buffer.concat(
      EVENTS.map(event => Buffer.concat([encodeIn(codec, event), Buffer.from(codec === 'json' ? '\n' : '')])),
    ),
    ...RARE[codec].map(text => Buffer.from(text.replaceAll(' ', ''), 'hex')),
  ];
  return bodies.flatMap(body =>
    Array.from({ length: 18 }, (_, choice) => Buffer.concat([Buffer.of(choice, 0, 0, 0), body])),
  );
}

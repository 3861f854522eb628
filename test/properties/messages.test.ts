import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../connectors/codecs/decoder.ts';
import { SubjectTokens } from '../../connectors/codecs/subject-tokens.ts';
import type { MessageCodec } from '../../connectors/codecs/message-decoder.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { decodeMessages } from '../connectors/codecs/messages.ts';
import { field, motorNode, rowsOf } from '../connectors/sources.ts';
import { runs } from '../oracle/runs.ts';

const node = motorNode({
  fields: [
    field('device', 'symbol', { default: 'none' }),
    field('temp', 'float', { range: { low: -1e6, high: 1e6 } }),
    field('n', 'int'),
    field('ok', 'bool'),
    field('deep', 'string', { from: { kind: 'path', path: ['a', 1, 'b'] } }),
    field('constructor', 'string'),
  ],
});

type Packing = 'one each' | 'list' | 'one after the other' | 'lists';

/** The texts or bytes of messages that hold these events. */
function messagesOf(events: readonly unknown[], codec: MessageCodec, packing: Packing): Buffer[] {
  const encode = ENCODERS[codec];
  const half = events.length >> 1;
  switch (packing) {
    case 'one each':
      return events.map(encode);
    case 'list':
      return [encode(events)];
    case 'one after the other':
      return [joined(events.map(encode), codec)];
    case 'lists':
      return [joined([encode(events.slice(0, half)), encode(events.slice(half))], codec)];
  }
}

function joined(parts: readonly Buffer[], codec: MessageCodec): Buffer {
  const isText = codec === 'json' || codec === 'ndjson';
  return Buffer.concat(parts.flatMap(part => (isText ? [part, Buffer.from('\n')] : [part])));
}

function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const ENCODERS: Readonly<Record<MessageCodec, (value: unknown) => Buffer>> = {
  json: encodeJson,
  ndjson: encodeJson,
  msgpack: value => Buffer.from(encodeMessagePack(value)),
  cbor: value => Buffer.from(encodeCbor(value)),
};

const compression = fc.constantFrom<readonly [string | null, (bytes: Buffer) => Buffer]>(
  [null, bytes => bytes],
  ['gzip', bytes => gzipSync(bytes)],
  ['zstd', bytes => zstdCompressSync(bytes)],
  ['deflate', bytes => deflateSync(bytes)],
  ['deflate', bytes => deflateRawSync(bytes)],
);

/** As a file of lines gives them; the place in a reason is another. */
function fromFile(events: readonly unknown[]): unknown {
  const symbols = new SymbolTable();
  const builder = new BatchBuilder(node, symbols);
  builder.limit({ maxEvents: 1_000_000 });
  const bytes = Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(''));
  const { decoder, at } = createDecoder({ format: 'ndjson', builder, bytes, from: 0, to: bytes.length, isLast: true })!;
  decoder.decode(bytes, at, bytes.length, true);
  const batch = builder.build();
  const names = node.fields.map(({ name }) => name);
  return {
    rows: rowsOf(batch, names, symbols),
    rejected: batch.rejected.map(({ code, reason }) => place(code, reason)),
  };
}

function place(code: string, reason: string): string {
  return `${code} ${reason.replace(/ \([^()]*\)$/, '')}`;
}

describe('messages', () => {
  const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()).map(value => value + 0);
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const value = fc.oneof(number, text, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));
  const event = fc.record(
    {
      device: fc.oneof({ weight: 5, arbitrary: text }, value),
      temp: fc.oneof({ weight: 5, arbitrary: number }, value),
      n: fc.oneof(fc.maxSafeInteger(), value),
      ok: fc.oneof(fc.boolean(), value),
      a: fc.oneof(fc.tuple(value, fc.record({ b: text })), value),
      constructor: value,
      other: value,
      ts: fc.oneof({ weight: 9, arbitrary: fc.nat() }, value),
    },
    { requiredKeys: [] },
  );

  it('give the batches of a file of lines, whatever their format and packing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: event }, value), { minLength: 1, maxLength: 8 }),
        fc.constantFrom<MessageCodec>('json', 'ndjson', 'msgpack', 'cbor'),
        fc.constantFrom<Packing>('one each', 'list', 'one after the other', 'lists'),
        compression,
        (drawn, codec, packing, [encoding, compress]) => {
          const events = drawn.filter(each => !Array.isArray(each)).map(each => JSON.parse(JSON.stringify(each)));
          // A line that is a number or a text is JSON, and one such line alone would not make lines of a message.
          const lines = packing === 'one after the other' || packing === 'lists';
          if (lines && codec === 'json') events.unshift({});
          fc.pre(events.length > 0); // a message of none is empty, which these formats do not know
          const messages = messagesOf(events, codec, packing);
          const decoded = decodeMessages(
            messages.map(payload => ({ payload: compress(payload), encoding })),
            { codec, node },
          );
          const rejected = decoded.rejected.map(({ code, reason }) => place(code, reason));
          expect({ rows: decoded.rows, rejected }).toEqual(fromFile(events));
        },
      ),
      runs(1000),
    );
  });

  it('give the tokens of their subjects, however many come and go', () => {
    const subject = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'ö'), maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(subject, { maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 5 })),
        (subjects, wanted) => {
          const tokens = new SubjectTokens(wanted, { maxSubjects: 4 });
          for (const each of subjects) {
            const expected = wanted.map(token => each.split('.')[token - 1] || undefined);
            expect(tokens.of(each).map(token => token?.toString())).toEqual(expected);
          }
        },
      ),
    );
  });
});

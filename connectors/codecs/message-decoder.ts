import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { assert } from '../../engine/errors.ts';
import { beginning } from './line-decoder.ts';
import { BinaryMessages } from './binary-message.ts';
import { CborReader } from './cbor.ts';
import { JsonMessages } from './json-message.ts';
import type { MessageBody } from './message-body.ts';
import { type MessageContext, MessageEvents } from './message-events.ts';
import { MessagePackReader } from './msgpack.ts';
import { type DecodeMessage, OwnMessages } from './own-message.ts';
import { hexOf } from './raw-text.ts';
import { mayBePacked, unpack } from './unpack.ts';

/** Whole messages → events. */
export interface MessageDecoder {
  /**
   * Hands all events of one message to the builder, whether it has room or not. `arrivalUs` is set before. Never throws:
   * what cannot be read or breaks the schema is rejected, and the rest goes on. Keeps no part of the payload.
   */
  take(payload: Uint8Array, message: MessageContext): void;
}

/** Words for what a message holds; none is `json`. */
export const MESSAGE_CODECS = ['json', 'ndjson', 'msgpack', 'cbor'] as const;

export type MessageCodec = (typeof MESSAGE_CODECS)[number];

/** Codecs of the program, by name. */
export type OwnCodecs = ReadonlyMap<string, DecodeMessage>;

export function isMessageCodec(codec: string, own: OwnCodecs = NO_CODECS): boolean {
  return isBuiltIn(codec) || own.has(codec);
}

function isBuiltIn(codec: string): codec is MessageCodec {
  return MESSAGE_CODECS.some(known => known === codec);
}

const NO_CODECS: OwnCodecs = new Map();

/**
 * Errors by code: MR4001 not JSON · MR4002 not UTF-8 · MR4003 too long · MR4006 not an object · MR4007 not MessagePack or
 * CBOR · MR4026 not what a codec of the program reads · MR4008 packed, and cannot be unpacked · MR4009 unpacks to too much · MR4024 nested too deep · MR4025 too many
 * rejections, and those of BatchBuilder.
 */
export function createMessageDecoder(options: {
  readonly codec: string | null;
  readonly own?: OwnCodecs | undefined;
  readonly builder: BatchBuilder;
  readonly maxMessageBytes?: number;
  readonly maxInflatedBytes?: number;
}): MessageDecoder {
  const { codec, builder, maxMessageBytes = MAX_MESSAGE_BYTES, maxInflatedBytes = MAX_MESSAGE_BYTES } = options;
  const events = new MessageEvents(builder);
  const body = bodyOf(codec ?? 'json', options.own ?? NO_CODECS, events);
  return new Decoder({
    events,
    body,
    isText: codec === null || codec === 'json' || codec === 'ndjson',
    maxMessageBytes,
    maxInflatedBytes,
  });
}

function bodyOf(codec: string, own: OwnCodecs, events: MessageEvents): MessageBody {
  const decode = own.get(codec);
  if (decode !== undefined) return new OwnMessages(events, { name: codec, decode });
  assert(isBuiltIn(codec), `no codec ${codec}`);
  return BODIES[codec](events);
}

const BODIES = {
  json: events => new JsonMessages(events, { isLines: false }),
  ndjson: events => new JsonMessages(events, { isLines: true }),
  msgpack: events => new BinaryMessages(events, { reader: new MessagePackReader(), format: 'MessagePack' }),
  cbor: events => new BinaryMessages(events, { reader: new CborReader(), format: 'CBOR' }),
} satisfies { readonly [Codec in MessageCodec]: (events: MessageEvents) => MessageBody };

type DecoderOptions = {
  readonly events: MessageEvents;
  readonly body: MessageBody;
  readonly isText: boolean;
  readonly maxMessageBytes: number;
  readonly maxInflatedBytes: number;
};

class Decoder implements MessageDecoder {
  readonly #options: DecoderOptions;
  readonly #events: MessageEvents;
  readonly #body: MessageBody;

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#body = options.body;
  }

  take(payload: Uint8Array, message: MessageContext): void {
    const { isText, maxMessageBytes, maxInflatedBytes } = this.#options;
    const packed = Buffer.isBuffer(payload)
      ? payload
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#events.begin(message);
    if (packed.length > maxMessageBytes) {
      const reason = `longer than ${maxMessageBytes / 1024 / 1024} MB`;
      return this.#events.reject({ code: 'MR4003', reason, raw: this.#raw(packed) });
    }
    const { encoding = null } = message;
    if (!mayBePacked(packed, { encoding, isText })) return this.#body.take(packed, message);
    const unpacked = unpack(packed, { encoding, maxInflatedBytes });
    if (Buffer.isBuffer(unpacked)) this.#body.take(unpacked, message);
    else this.#events.reject({ ...unpacked, raw: hexOf(packed, 0) });
  }

  #raw(bytes: Buffer): string {
    return this.#options.isText ? beginning(bytes, 0, bytes.length) : hexOf(bytes, 0);
  }
}

/** Of an event in a file, too: nothing longer is read at once. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

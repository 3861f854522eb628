import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { CsvDecoder, readCsvHeader } from './csv.ts';
import { JsonSequenceDecoder } from './json-sequence.ts';
import { NdjsonDecoder } from './ndjson.ts';

/**
 * Bytes → events, for a reader that keeps what a decoder could not take yet. Each call hands whole events to the
 * builder until that has no room; the bytes at the returned place are the first ones of the next call.
 */
export interface Decoder {
  /** Takes events of bytes[from, to). `isLast`: nothing will follow, so that what is left is taken or rejected. */
  decode(bytes: Buffer, from: number, to: number, isLast: boolean): number;
  /** False inside something too long that is being skipped: there is no place to read on from. */
  readonly isBetweenEvents: boolean;
  /** Lines (JSON documents: items) before the next event; it goes with the offset in a position, and is set with it. */
  line: number;
}

export type TextFormat = 'csv' | 'tsv' | 'ndjson' | 'json';

export type DecoderOptions = {
  readonly format: TextFormat;
  readonly builder: BatchBuilder;
  /** The first bytes of the input: CSV has its header there. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly isLast: boolean;
  /** Longer lines, records and items are rejected. */
  readonly maxEventBytes?: number;
};

/**
 * Makes the decoder for an input that begins with these bytes, and says where its events begin; null: the header is not
 * complete yet.
 */
export function createDecoder(options: DecoderOptions): { readonly decoder: Decoder; readonly at: number } | null {
  const { builder, maxEventBytes = MAX_EVENT_BYTES } = options;
  const from = options.from + byteOrderMarkLength(options.bytes, options.from, options.to);
  switch (options.format) {
    case 'ndjson':
      return { decoder: new NdjsonDecoder({ builder, maxEventBytes }), at: from };
    case 'json':
      return { decoder: new JsonSequenceDecoder({ builder, maxEventBytes }), at: from };
    case 'csv':
    case 'tsv': {
      const header = readCsvHeader({ ...options, from, separators: options.format === 'tsv' ? '\t' : ',;\t|' });
      return header === null ? null : { decoder: new CsvDecoder({ builder, header, maxEventBytes }), at: header.at };
    }
  }
}

function byteOrderMarkLength(bytes: Buffer, from: number, to: number): number {
  return to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? 3 : 0;
}

const MAX_EVENT_BYTES = 16 * 1024 * 1024;

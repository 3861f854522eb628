import { createDecoder, type Decoder, type TextFormat } from '../../connectors/codecs/decoder.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import { Fault } from './target.ts';

export type DecodeOptions = {
  readonly node: SourceNode;
  readonly format: TextFormat;
  readonly bytes: Buffer;
  /** Where the bytes come in pieces; in order. */
  readonly cuts: readonly number[];
  readonly maxEvents: number;
  readonly maxEventBytes: number;
};

/** A place between events, and how many outcomes there are before it. */
export type Mark = { readonly offset: number; readonly line: number; readonly outcomes: number };

export type Decoded = { readonly outcomes: readonly Outcome[]; readonly marks: readonly Mark[] };

/** Decodes as a source does, from the beginning or from a mark; fails where a decoder does not come to the end. */
export function decodeAll(options: DecodeOptions, from?: Mark): Decoded {
  return new Decoding(options).toEnd(from);
}

class Decoding {
  readonly #options: DecodeOptions;
  readonly #symbols = new SymbolTable();
  readonly #builder: BatchBuilder;
  readonly #outcomes: Outcome[] = [];
  readonly #marks: Mark[] = [];
  #decoder: Decoder | null = null;
  #at = 0;

  constructor(options: DecodeOptions) {
    this.#options = options;
    this.#builder = new BatchBuilder(options.node, this.#symbols);
    if (options.node.time === null) this.#builder.arrivalUs = 0;
  }

  toEnd(from: Mark | undefined): Decoded {
    const { bytes, cuts } = this.#options;
    this.#builder.limit({ maxEvents: this.#options.maxEvents });
    if (from !== undefined) this.#moveTo(from);
    const ends = [...cuts.filter(cut => cut > this.#at && cut < bytes.length), bytes.length];
    for (const end of ends) {
      if (this.#open(end)) this.#decode(end);
    }
    if (this.#at !== bytes.length) throw new Fault(`stops at ${this.#at} of ${bytes.length} bytes`);
    return { outcomes: this.#outcomes, marks: this.#marks };
  }

  #open(end: number): boolean {
    if (this.#decoder !== null) return true;
    const { bytes } = this.#options;
    const isLast = end === bytes.length;
    if (end < BYTE_ORDER_MARK_BYTES && !isLast) return false;
    const opened = createDecoder({ ...this.#options, builder: this.#builder, from: 0, to: end, isLast });
    if (opened === null) return false;
    this.#decoder = opened.decoder;
    this.#at = opened.at;
    return true;
  }

  #moveTo({ offset, line }: Mark): void {
    this.#open(this.#options.bytes.length);
    this.#decoder!.line = line;
    this.#at = offset;
  }

  #decode(end: number): void {
    const { bytes, maxEvents } = this.#options;
    const decoder = this.#decoder!;
    const isLast = end === bytes.length;
    for (;;) {
      // A copy that ends there, as what lies behind the bytes that have come is not known.
      const at = this.#at + decoder.decode(Buffer.from(bytes.subarray(this.#at, end)), 0, end - this.#at, isLast);
      if (at < this.#at || at > end) throw new Fault(`goes from ${this.#at} to ${at}`);
      const isMoved = at > this.#at || this.#builder.size > 0;
      this.#at = at;
      this.#outcomes.push(...outcomesOf(this.#builder.build(), this.#symbols));
      this.#builder.limit({ maxEvents });
      if (decoder.isBetweenEvents)
        this.#marks.push({ offset: at, line: decoder.line, outcomes: this.#outcomes.length });
      if (!isMoved) return;
    }
  }
}

const BYTE_ORDER_MARK_BYTES = 3;

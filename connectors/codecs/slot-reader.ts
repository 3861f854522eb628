import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { setScanned } from './json-slot.ts';
import { JsonScanner, NOT_READ, QUOTE } from './json-scanner.ts';

/**
 * Sets a slot of the builder to the JSON value at a place, and returns the place behind it, or NOT_READ. What generated
 * code calls: shape-code.ts.
 *
 * Benchmark: benchmarks/throughput (messages).
 */
export class SlotReader {
  readonly scanner: JsonScanner;
  readonly #builder: BatchBuilder;

  constructor(builder: BatchBuilder, options: { readonly hasBigIntegers: boolean }) {
    this.#builder = builder;
    this.scanner = new JsonScanner(options);
  }

  /** Mostly a number. */
  number(bytes: Buffer, from: number, end: number, slot: number): number {
    const { scanner } = this;
    const at = scanner.plainNumber(bytes, from);
    if (at < 0) return this.scalar(bytes, from, end, slot);
    this.#builder.setNumber(slot, scanner.number);
    return at;
  }

  /** Mostly a text. */
  text(bytes: Buffer, from: number, end: number, slot: number): number {
    if (bytes[from] !== QUOTE) return this.scalar(bytes, from, end, slot);
    const to = this.scanner.plainText(bytes, from + 1, end);
    if (to < 0) return this.scalar(bytes, from, end, slot);
    this.#builder.setText(slot, bytes, from + 1, to);
    return to + 1;
  }

  scalar(bytes: Buffer, from: number, end: number, slot: number): number {
    const { scanner } = this;
    const at = scanner.scalar(bytes, from, end);
    if (at < 0) return NOT_READ;
    setScanned(this.#builder, slot, scanner.kind, scanner.number, bytes, scanner.from, scanner.to);
    return at;
  }

  skip(bytes: Buffer, from: number, end: number): number {
    return this.scanner.skip(bytes, from, end);
  }

  /** What stands there is no object and no list. */
  skipScalar(bytes: Buffer, from: number, end: number): number {
    return this.scanner.scalar(bytes, from, end);
  }

  missing(slot: number): void {
    this.#builder.setMissing(slot);
  }
}

import type { ArrivalClocks } from '../inputs/recorded-inputs.ts';
import type { JobWarning } from '../job-options.ts';
import { fullWarning } from '../full-warning.ts';
import type { Reader, ReadOptions } from '../reader.ts';
import { ReadyReaders } from '../ready-readers.ts';

/** The sources of a run: whose turn it is to be read, and how far they have come together. */
export class JobReaders {
  /** In the plan's order, each from when it is open. */
  readonly all: Reader[] = [];
  readonly #ready = new ReadyReaders();
  #full: readonly string[] = []; // sources that are not read on until others have come as far
  readonly #wereFull = new Set<string>(); // it was told of these
  readonly #onWarning: (warning: JobWarning) => void;

  constructor(onWarning: (warning: JobWarning) => void) {
    this.#onWarning = onWarning;
  }

  add(reader: Reader): void {
    this.all.push(reader);
  }

  /** Those that go on. */
  get open(): Reader[] {
    return this.all.filter(reader => !reader.isAtEnd);
  }

  /** Several sources that all have an end are put into one order of time; of live ones nobody knows what comes next. */
  get isOrdered(): boolean {
    return this.all.length > 1 && this.isFinite;
  }

  get isFinite(): boolean {
    return this.all.every(reader => reader.source.progress !== undefined);
  }

  /**
   * The one whose input comes next: of finite sources the one with the earliest event, so that the order of what is
   * shown does not depend on the disk; of live ones the one that has waited longest. `open`: one at least.
   */
  next(open: readonly Reader[], options: ReadOptions): Promise<Reader> {
    const wanted = open.filter(reader => !this.#full.includes(reader.stream));
    const readers = wanted.length === 0 ? open : wanted; // those that others wait for
    return this.isOrdered ? earliest(readers, options) : this.#ready.next(readers, options);
  }

  /** So much of these sources waits for others that they are not read on until it does no longer. */
  noteFull(full: readonly string[]): void {
    for (const stream of full) {
      if (this.#wereFull.has(stream)) continue;
      this.#wereFull.add(stream);
      this.#onWarning(fullWarning(stream));
    }
    this.#full = full;
  }

  /** Of those that go on. */
  clocks(): ArrivalClocks {
    return Object.fromEntries(this.open.map(reader => [reader.stream, reader.arrivalUs]));
  }

  /** None of which something is read ahead gives anything earlier than this. */
  earliestUs(): number {
    return Math.min(...this.all.filter(reader => reader.isPending).map(reader => reader.startsUs));
  }

  /** Which share of their input was handed out; null: nobody knows how much there is. */
  progress(): number | null {
    const shares = this.all.map(reader => (reader.isAtEnd ? 1 : reader.source.progress?.()));
    if (shares.length === 0 || shares.some(share => share === undefined)) return null;
    return (shares as number[]).reduce((sum, share) => sum + share, 0) / shares.length;
  }
}

/** Waits until it is known of all; only those that were taken have to be read. */
async function earliest(readers: readonly Reader[], options: ReadOptions): Promise<Reader> {
  await Promise.all(readers.filter(reader => !reader.hasReadAhead).map(reader => reader.readAhead(options)));
  return readers.reduce((first, reader) => (reader.startsUs < first.startsUs ? reader : first));
}

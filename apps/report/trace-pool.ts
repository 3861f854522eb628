import type { Scalar } from '../../engine/batch.ts';
import { MOST_INTERVALS, Trace } from './trace.ts';

/** What all traces of a run may take together. */
export type TraceLimits = { readonly traces: number; readonly cells: number };

/** About 64 MB. */
export const TRACE_LIMITS: TraceLimits = { traces: 4_000, cells: 8_000_000 };

const FEWEST_INTERVALS = 128;

export type KeyTrace = {
  readonly stream: string;
  readonly keyText: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly trace: Trace;
};

/**
 * Traces of many keys within a bound. Where there are too many numbers, those of keys without an alert become thinner, and are
 * given up at last, the newest first; then those of the others become thinner. A key without an alert makes room for one that has one.
 */
export class TracePool {
  readonly #limits: TraceLimits;
  readonly #traces = new Map<string, KeyTrace>(); // by stream and key
  #cells = 0;
  #mostOfQuiet = MOST_INTERVALS;
  #mostOfAlerting = MOST_INTERVALS;
  #isFull = false;

  constructor(limits: TraceLimits = TRACE_LIMITS) {
    this.#limits = limits;
  }

  /** There were keys for which there was no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get traces(): Iterable<KeyTrace> {
    return this.#traces.values();
  }

  find(stream: string, keyText: string): KeyTrace | undefined {
    return this.#traces.get(idOf(stream, keyText));
  }

  /** That of the key, a new one if need be; null: there is no room. */
  take(of: Omit<KeyTrace, 'trace'>, fieldCount: number): KeyTrace | null {
    const known = this.find(of.stream, of.keyText);
    if (known !== undefined) return known;
    if (this.#traces.size >= this.#limits.traces) {
      this.#isFull = true;
      return null;
    }
    return this.#begin(of, fieldCount);
  }

  add(of: KeyTrace, timeUs: number, value: (field: number) => number): void {
    const before = of.trace.cells;
    of.trace.add(timeUs, value);
    const grown = of.trace.cells - before;
    if (grown === 0 || !this.#isHere(of)) return;
    this.#cells += grown;
    if (this.#cells > this.#limits.cells) this.#makeRoom();
  }

  /** Something happened to an alert of the key. */
  keepAround(of: Omit<KeyTrace, 'trace'>, fieldCount: number, timeUs: number): void {
    let known = this.find(of.stream, of.keyText);
    if (known === undefined && this.#traces.size >= this.#limits.traces) this.#forgetNewestQuiet();
    known ??= this.take(of, fieldCount) ?? undefined;
    known?.trace.keepAround(timeUs);
    if (known !== undefined) known.trace.limit(this.#mostOfAlerting);
  }

  #begin(of: Omit<KeyTrace, 'trace'>, fieldCount: number): KeyTrace {
    const made = { ...of, trace: new Trace(fieldCount, this.#mostOfQuiet) };
    this.#traces.set(idOf(of.stream, of.keyText), made);
    this.#cells += made.trace.cells;
    return made;
  }

  #makeRoom(): void {
    while (this.#cells > this.#limits.cells && this.#mostOfQuiet > FEWEST_INTERVALS) {
      this.#mostOfQuiet /= 2;
      this.#limit(this.#quiet(), this.#mostOfQuiet);
    }
    while (this.#cells > this.#limits.cells && this.#forgetNewestQuiet());
    while (this.#cells > this.#limits.cells && this.#mostOfAlerting > FEWEST_INTERVALS) {
      this.#mostOfAlerting /= 2;
      this.#limit([...this.#traces.values()], this.#mostOfAlerting);
    }
  }

  #limit(traces: readonly KeyTrace[], most: number): void {
    for (const { trace } of traces) {
      const before = trace.cells;
      trace.limit(most);
      this.#cells += trace.cells - before;
    }
  }

  #quiet(): KeyTrace[] {
    return [...this.#traces.values()].filter(({ trace }) => !trace.hasMoments);
  }

  /** False: there is none. */
  #forgetNewestQuiet(): boolean {
    const newest = this.#quiet().at(-1);
    if (newest === undefined) return false;
    this.#isFull = true;
    this.#traces.delete(idOf(newest.stream, newest.keyText));
    this.#cells -= newest.trace.cells;
    return true;
  }

  /** What was given up may still have rows on their way. */
  #isHere(of: KeyTrace): boolean {
    return this.find(of.stream, of.keyText) === of;
  }
}

function idOf(stream: string, keyText: string): string {
  return `${stream} ${keyText}`;
}

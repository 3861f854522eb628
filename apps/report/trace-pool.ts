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

/** `key` is asked for once, if it is new. */
type WantedTrace = Pick<KeyTrace, 'stream' | 'keyText'> & { readonly key: () => KeyTrace['key'] };

/**
 * Traces of many keys within a bound. Where there are too many numbers, those of keys without an alert become thinner, and are
 * given up at last, the newest of the last stream first; then those of the others become thinner. A key without an alert makes room for one that has one.
 */
export class TracePool {
  readonly #limits: TraceLimits;
  readonly #streams = new Map<string, Map<string, KeyTrace>>(); // by stream, then by key
  #count = 0;
  #cells = 0;
  #mostOfQuiet = MOST_INTERVALS;
  #mostOfAlerting = MOST_INTERVALS;
  #isFull = false;
  #hasQuiet = false; // there may be one without an alert

  constructor(limits: TraceLimits = TRACE_LIMITS) {
    this.#limits = limits;
  }

  /** There were keys for which there was no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The oldest of each stream first. */
  get traces(): KeyTrace[] {
    return [...this.#streams.values()].flatMap(keys => [...keys.values()]);
  }

  find(stream: string, keyText: string): KeyTrace | undefined {
    return this.#streams.get(stream)?.get(keyText);
  }

  /** That of the key, a new one if need be; null: there is no room. */
  take(of: WantedTrace, fieldCount: number): KeyTrace | null {
    const known = this.find(of.stream, of.keyText);
    if (known !== undefined) return known;
    if (this.#count >= this.#limits.traces) {
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
  keepAround(of: WantedTrace, fieldCount: number, timeUs: number): void {
    let known = this.find(of.stream, of.keyText);
    if (known === undefined && this.#count >= this.#limits.traces) this.#forgetNewestQuiet();
    known ??= this.take(of, fieldCount) ?? undefined;
    known?.trace.keepAround(timeUs);
    if (known !== undefined) known.trace.limit(this.#mostOfAlerting);
  }

  #begin({ stream, keyText, key }: WantedTrace, fieldCount: number): KeyTrace {
    const made = { stream, keyText, key: key(), trace: new Trace(fieldCount, this.#mostOfQuiet) };
    const keys = this.#streams.get(stream) ?? new Map<string, KeyTrace>();
    this.#streams.set(stream, keys.set(keyText, made));
    this.#count++;
    this.#hasQuiet = true;
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
      this.#limit(this.traces, this.#mostOfAlerting);
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
    return this.traces.filter(({ trace }) => !trace.hasMoments);
  }

  /** False: there is none. */
  #forgetNewestQuiet(): boolean {
    const newest = this.#hasQuiet ? this.#quiet().at(-1) : undefined;
    this.#hasQuiet = newest !== undefined;
    if (newest === undefined) return false;
    this.#isFull = true;
    this.#streams.get(newest.stream)!.delete(newest.keyText);
    this.#count--;
    this.#cells -= newest.trace.cells;
    return true;
  }

  /** What was given up may still have rows on their way. */
  #isHere(of: KeyTrace): boolean {
    return this.find(of.stream, of.keyText) === of;
  }
}

import { type InputEntry, type InputListener, placeUs } from '../../recorded-input.ts';
import type { FramePipeline } from '../frame-pipeline.ts';

type Hearing = { readonly listener: InputListener; readonly frame: FramePipeline };

/** Entries of recorded inputs, on their way to what hears them behind one source: each waits for its place. */
export class EntryQueue {
  readonly #sources: readonly string[];
  #hearings: Hearing[] = [];
  readonly #waiting: InputEntry[] = []; // bound: that of RecordedInputs
  #heardSequence = 0; // of the last one whose place is behind
  #isClosed = false;

  /** `sources`: those whose arrival clocks it follows. Where they are several, it is as far as the last of them. */
  constructor(sources: readonly string[]) {
    this.#sources = sources;
  }

  addListener(listener: InputListener, frame: FramePipeline): void {
    this.#hearings.push({ listener, frame });
  }

  removeListener(listener: object): void {
    this.#hearings = this.#hearings.filter(hearing => hearing.listener !== listener);
  }

  /** In their order; after a restore also those that were heard before. */
  add(entry: InputEntry): void {
    if (entry.sequence > this.#heardSequence) {
      if (!this.#isClosed) this.#waiting.push(entry);
      return;
    }
    for (const { listener } of this.#of(entry)) listener.recall?.(entry);
  }

  /** The place of the next one; Infinity: there is none. */
  nextUs(): number {
    const [next] = this.#waiting;
    return next === undefined ? Infinity : this.#placeUs(next);
  }

  /** The next one is heard; returns the keys of the source that it changed. */
  hearNext(keys: FramePipeline['keys']): ReadonlySet<number> {
    const entry = this.#waiting.shift()!;
    this.#heardSequence = entry.sequence;
    const changed = new Set<number>();
    for (const { listener, frame } of this.#of(entry)) {
      listener.hear(entry, this.#placeUs(entry), keyId => {
        frame.keys.changed.oneWillChange(keyId);
        if (frame.keys === keys) changed.add(keyId);
      });
    }
    return changed;
  }

  /** The source is at its end: what has its place behind it is never heard. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  snapshot(): number {
    return this.#heardSequence;
  }

  restore(heardSequence: number): void {
    this.#heardSequence = heardSequence;
  }

  /** All have passed this place when the last one has. */
  #placeUs(entry: InputEntry): number {
    return Math.min(...this.#sources.map(source => placeUs(entry, source)));
  }

  #of({ input }: InputEntry): Hearing[] {
    return this.#hearings.filter(({ listener }) => listener.input === input);
  }
}

import type { Engine } from '../../engine.ts';
import type { PartPiece } from './part-content.ts';
import type { PartOptions, StatePart } from './state-part.ts';

/** About a millisecond of work with a window of four aggregates (benchmark: recovery). */
const SLICE_KEYS = 8_192;

/**
 * A worker's part of a checkpoint while it is saved: that of each of its engines, one after the other. What is saved waits
 * here until it is taken.
 */
export class HostPart {
  readonly #parts: readonly StatePart[];
  readonly #saved: PartPiece[] = []; // bound: the state, where all of it changes before it is taken

  constructor(keyed: Engine, lanes: ReadonlyMap<string, Engine>, options: PartOptions) {
    const begin = (lane: string | null, engine: Engine) => {
      this.#saved.push({ kind: 'streams', lane, streams: engine.streamStates() });
      return engine.beginPart({ ...options, onSaved: chunk => this.#saved.push({ kind: 'chunk', lane, chunk }) });
    };
    this.#parts = [begin(null, keyed), ...[...lanes].map(([source, lane]) => begin(source, lane))];
  }

  get isComplete(): boolean {
    return this.#parts.every(part => part.isComplete);
  }

  saveSlice(): void {
    this.#parts.find(part => !part.isComplete)?.saveSlice(SLICE_KEYS);
  }

  /** What is saved and was not taken before, oldest first. Each piece is let go of when it is taken. */
  *takeSaved(): Generator<PartPiece> {
    for (let piece = this.#saved.shift(); piece !== undefined; piece = this.#saved.shift()) yield piece;
  }

  /** How long saving has taken since the last call. */
  takeMs(): number {
    return this.#parts.reduce((sum, part) => sum + part.takeMs(), 0);
  }

  /** Nobody wants it any more: nothing else is saved. */
  giveUp(): void {
    for (const part of this.#parts) part.giveUp();
    this.#saved.length = 0;
  }
}

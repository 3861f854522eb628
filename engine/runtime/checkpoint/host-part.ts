import type { Engine } from '../../engine.ts';
import type { Snapshot } from '../../operator.ts';
import type { PartOptions, StatePart } from './state-part.ts';
import type { EnginePart, PartContent } from '../workers/worker-protocol.ts';

/** About a millisecond of work with a window of four aggregates (benchmark: recovery). */
const SLICE_KEYS = 8_192;

/** A worker's part of a checkpoint while it is saved: that of each of its engines, one after the other. */
export class HostPart {
  readonly #keyed: Started;
  readonly #lanes: ReadonlyMap<string, Started>;

  constructor(keyed: Engine, lanes: ReadonlyMap<string, Engine>, options: PartOptions) {
    this.#keyed = begin(keyed, options);
    this.#lanes = new Map([...lanes].map(([source, lane]) => [source, begin(lane, options)]));
  }

  get isComplete(): boolean {
    return this.#parts().every(({ part }) => part.isComplete);
  }

  saveSlice(): void {
    this.#parts()
      .find(({ part }) => !part.isComplete)
      ?.part.saveSlice(SLICE_KEYS);
  }

  /** How long saving has taken since the last call. */
  takeMs(): number {
    return this.#parts().reduce((sum, { part }) => sum + part.takeMs(), 0);
  }

  /** Once it is complete. */
  get content(): PartContent {
    const lanes = [...this.#lanes].map(([source, lane]) => [source, contentOf(lane)] as const);
    return { keyed: contentOf(this.#keyed), lanes: Object.fromEntries(lanes) };
  }

  /** Everything that was saved, once it is complete. */
  chunks(): Snapshot[] {
    return this.#parts().flatMap(({ part }) => part.chunks);
  }

  #parts(): Started[] {
    return [this.#keyed, ...this.#lanes.values()];
  }
}

type Started = { readonly streams: Snapshot; readonly part: StatePart };

function begin(engine: Engine, options: PartOptions): Started {
  return { streams: engine.streamStates(), part: engine.beginPart(options) };
}

function contentOf({ streams, part }: Started): EnginePart {
  return { streams, chunks: part.chunks };
}

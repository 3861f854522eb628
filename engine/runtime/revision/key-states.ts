import type { Column } from '../../batch.ts';
import type { Operator, Snapshot } from '../../operator.ts';
import type { SourceStream } from '../source-stream.ts';
import type { KeptAside } from './kept-aside.ts';

/** What operators keep of single keys, which are those of a source or its sites: taken out here, put in place elsewhere. */
export interface LiveKeys {
  /** −1: the key is none here. */
  find(key: readonly Column[], row: number): number;
  /** Everything of the key up to this is done. */
  watermarkUs(keyId: number): number;
  /** By node. */
  take(keyId: number, nodes: readonly string[]): Snapshot;
  /** By node: in the place of what is kept of the key. */
  replace(keyId: number, states: Snapshot): void;
  /** Copies of what is handled of keys. */
  readonly aside: KeptAside;
}

export class KeyStates implements LiveKeys {
  readonly #source: SourceStream;
  readonly #operators: ReadonlyMap<string, Operator>;

  constructor(source: SourceStream, operators: ReadonlyMap<string, Operator>) {
    this.#source = source;
    this.#operators = operators;
  }

  find(key: readonly Column[], row: number): number {
    const keyId = this.#source.pipeline.keys.find(key, row);
    return keyId >= 0 && this.#source.hasSeen(keyId) ? keyId : -1;
  }

  watermarkUs(keyId: number): number {
    return this.#source.clock.watermarkUs(keyId, this.#source.nowUs);
  }

  /** Does what is due of the key up to this time, by what is known elsewhere. */
  moveTo(keyId: number, watermarkUs: number): void {
    this.#source.moveTo(keyId, watermarkUs);
  }

  /** How far the arrival clock has come. */
  get arrivalUs(): number {
    return this.#source.nowUs;
  }

  take(keyId: number, nodes: readonly string[]): Snapshot {
    return takeStates(this.#operators, keyId, nodes);
  }

  replace(keyId: number, states: Snapshot): void {
    this.#source.pipeline.keys.changed.oneWillChange(keyId);
    replaceStates(this.#operators, keyId, states);
    this.#source.reschedule(keyId);
  }

  /** Of what the source hands to operators. */
  get aside(): KeptAside {
    return this.#source.aside!;
  }
}

type Operators = ReadonlyMap<string, Operator>;

export function takeStates(operators: Operators, keyId: number, nodes: readonly string[]): Snapshot {
  const keyIds = Uint32Array.of(keyId);
  return Object.fromEntries(
    nodes.flatMap(id => {
      const operator = operators.get(id);
      return operator === undefined ? [] : [[id, operator.snapshot(keyIds)] as const];
    }),
  );
}

export function replaceStates(operators: Operators, keyId: number, states: Snapshot): void {
  const keyIds = Int32Array.of(keyId);
  for (const [id, state] of Object.entries(states)) {
    const operator = operators.get(id)!; // as elsewhere: they run the same nodes
    operator.forget(keyId);
    operator.restore(state as Snapshot, keyIds);
  }
}

import type { SymbolTable } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { isBlocksTurn } from '../state/changed-keys.ts';
import type { StateExtent } from './engine-state.ts';

/** What checkpoints hold of the symbols: the new ones, and of the others those whose turn it is (as ChangedKeys). */
export class SymbolLog {
  readonly #symbols: SymbolTable;
  #storedCount = 0; // an earlier part has these

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  take(extent: StateExtent): Snapshot {
    const { size } = this.#symbols;
    const ids: number[] = [];
    for (let id = 0; id < size; id++) {
      if (extent === 'all' || id >= this.#storedCount || isBlocksTurn(id, extent)) ids.push(id);
    }
    this.#storedCount = size;
    return { ids: Uint32Array.from(ids), texts: ids.map(id => this.#symbols.textOf(id)) };
  }
}

/** The texts by id that such parts hold together. */
export function textsOf(parts: readonly Snapshot[]): string[] {
  const texts: string[] = [];
  for (const part of parts) {
    const ids = part['ids'] as Uint32Array;
    (part['texts'] as readonly string[]).forEach((text, i) => (texts[ids[i]!] = text));
  }
  return texts;
}

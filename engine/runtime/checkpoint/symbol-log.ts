import type { PackedTexts, SymbolTable } from '../../batch.ts';
import type { StateExtent } from './engine-state.ts';

/** What checkpoints hold of the symbols: all, or those that were given out since the part before. */
export class SymbolLog {
  readonly #symbols: SymbolTable;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** The main thread waits for it: 10 ms for a million texts. benchmark: recovery */
  take(extent: StateExtent): PackedTexts {
    const symbols = this.#symbols;
    const assigned = symbols.takeAssigned();
    // Some that were given out may be free again.
    return symbols.pack(extent === 'all' ? symbols.ids() : assigned.filter(id => symbols.has(id)));
  }
}

import type { SymbolTable } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import type { StateExtent } from './engine-state.ts';

/** What checkpoints hold of the symbols: all, or those that were given out since the part before. */
export class SymbolLog {
  readonly #symbols: SymbolTable;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  take(extent: StateExtent): Snapshot {
    const symbols = this.#symbols;
    const assigned = symbols.takeAssigned();
    const ids = extent === 'all' ? [...symbols.texts.keys()] : assigned;
    const there = Uint32Array.from(ids.filter(id => symbols.has(id))); // some may be free again
    return { ids: there, texts: Array.from(there, id => symbols.textOf(id)) };
  }
}

/** The texts by id that the parts of a chain hold together, oldest first; undefined where an id is free. */
export function textsOf(parts: readonly Snapshot[]): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (const part of parts) {
    const ids = part['ids'] as Uint32Array;
    (part['texts'] as readonly string[]).forEach((text, i) => {
      while (texts.length <= ids[i]!) texts.push(undefined);
      texts[ids[i]!] = text;
    });
  }
  return texts;
}

import type { SymbolTable } from '../../batch.ts';
import type { Snapshot } from '../../operator.ts';
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
    const isFree = symbols.freeIds(); // some that were given out may be free again
    const count = extent === 'all' ? symbols.size : assigned.length;
    const ids = new Uint32Array(count);
    const texts: string[] = [];
    // The main thread waits for it: 20 ms for a million texts. benchmark: recovery
    for (let i = 0; i < count; i++) {
      const id = extent === 'all' ? i : assigned[i]!;
      if (isFree[id] === 1) continue;
      ids[texts.length] = id;
      texts.push(symbols.textOf(id));
    }
    return { ids: ids.slice(0, texts.length), texts };
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

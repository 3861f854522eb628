import type { SymbolTable } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import type { StateExtent } from './engine-state.ts';

/** What checkpoints hold of the symbols: all, or those that are new since the part before. */
export class SymbolLog {
  readonly #symbols: SymbolTable;
  #storedCount = 0; // earlier parts of the chain have these

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  take(extent: StateExtent): Snapshot {
    const from = extent === 'all' ? 0 : this.#storedCount;
    this.#storedCount = this.#symbols.size;
    return { from, texts: this.#symbols.texts.slice(from) };
  }
}

/** The texts by id that the parts of a chain hold together. */
export function textsOf(parts: readonly Snapshot[]): string[] {
  const texts: string[] = [];
  for (const part of parts) {
    const from = part['from'] as number;
    (part['texts'] as readonly string[]).forEach((text, i) => (texts[from + i] = text));
  }
  return texts;
}

import { SymbolTable } from '../../batch.ts';
import { assert } from '../../errors.ts';
import type { NewSymbols } from './worker-protocol.ts';

/**
 * A worker's copy of the main thread's symbols: the same ids, and only the texts that have come this way. Ids are given
 * out by the main thread alone.
 */
export class SymbolReplica extends SymbolTable {
  /** By text, for what rules compare with: these are there from the start. */
  readonly #literals = new Map<string, number>();

  addLiterals({ ids, texts }: NewSymbols): void {
    this.add({ ids, texts });
    ids.forEach((id, i) => this.#literals.set(texts[i]!, id));
  }

  add({ ids, texts }: NewSymbols): void {
    for (let i = 0; i < ids.length; i++) {
      while (this.texts.length <= ids[i]!) this.texts.push('');
      this.texts[ids[i]!] = texts[i]!;
    }
  }

  /** Nothing here refers to these any more. */
  override free(ids: readonly number[]): void {
    for (const id of ids) if (id < this.texts.length) this.texts[id] = '';
  }

  override idOf(text: string): number {
    const id = this.#literals.get(text);
    assert(id !== undefined, `a worker has no symbol for ${JSON.stringify(text)}`);
    return id;
  }
}

import { type PackedTexts, SymbolTable } from '../../batch.ts';
import { assert } from '../../errors.ts';

/**
 * A worker's copy of the main thread's symbols: the same ids, and only the texts that have come this way. Ids are given
 * out by the main thread alone.
 */
export class SymbolReplica extends SymbolTable {
  /** By text, for what rules compare with: these are there from the start. */
  readonly #literals = new Map<string, number>();

  addLiterals(texts: PackedTexts): void {
    this.add(texts);
    for (const id of texts.ids) this.#literals.set(this.textOf(id), id);
  }

  add(texts: PackedTexts): void {
    this.stored.unpack(texts);
  }

  /** Nothing here refers to these any more. */
  override free(ids: readonly number[]): void {
    for (const id of ids) this.stored.remove(id);
  }

  override idOf(text: string): number {
    const id = this.#literals.get(text);
    assert(id !== undefined, `a worker has no symbol for ${JSON.stringify(text)}`);
    return id;
  }
}

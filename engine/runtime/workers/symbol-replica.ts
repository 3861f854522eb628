import { type PackedTexts, SymbolTable } from '../../batch.ts';
import { assert } from '../../errors.ts';

/**
 * A worker's copy of the main thread's symbols: the same ids, and only the texts that have come this way. Ids are given
 * out by the main thread alone.
 */
export class SymbolReplica extends SymbolTable {
  /** By text, for what rules and entries of recorded inputs compare with: these are there before they are asked for. */
  readonly #literals = new Map<string, number>();

  /** Of symbols that are there. */
  addLiterals(ids: Iterable<number>): void {
    for (const id of ids) this.#literals.set(this.textOf(id), id);
  }

  add(texts: PackedTexts): void {
    this.stored.unpack(texts);
  }

  /** Nothing here refers to these any more. */
  override free(ids: readonly number[]): void {
    for (const id of ids) {
      this.#literals.delete(this.textOf(id));
      this.stored.remove(id);
    }
  }

  override idOf(text: string): number {
    const id = this.#literals.get(text);
    assert(id !== undefined, `a worker has no symbol for ${JSON.stringify(text)}`);
    return id;
  }
}

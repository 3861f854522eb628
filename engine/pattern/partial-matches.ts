import { growFloat64, growInt32 } from '../state/growable.ts';

const NONE = -1;

/** What a partial match has so many of; `copies`: places for what is bound. */
type Widths = { readonly absences: number; readonly withins: number; readonly copies: number };

/**
 * Partial matches in arrays: one has a slot, and those of a key are a list from the oldest to the newest. Slot 0 is nobody's: in
 * it nothing is ever bound, which is what the first event of a match finds.
 */
export class PartialMatches {
  /** Whether older ones are always due before newer ones. */
  readonly isInOrder: boolean;
  readonly #absenceCount: number;
  readonly #withinCount: number;
  readonly #copies: number;
  // By slot.
  state = new Int32Array(1);
  next = new Int32Array(1).fill(NONE);
  firstUs = new Float64Array(1); // of its first event
  dueUs = new Float64Array(1); // when time alone changes it
  bound: Int32Array; // by place, events that have rows, bit by bit
  absenceUs: Float64Array; // by absence, since when it is waited for
  endUs: Float64Array; // by part with a `within`, when that is over
  // By key.
  oldest = new Int32Array(0);
  newest = new Int32Array(0);
  count = new Int32Array(0);
  #free = new Int32Array(0);
  #freeCount = 0;
  #slotCount = 1;

  constructor({ absences, withins, copies }: Widths) {
    this.isInOrder = absences === 0 && withins === 0;
    this.#absenceCount = absences;
    this.#withinCount = withins;
    this.#copies = copies;
    this.bound = new Int32Array(copies);
    this.absenceUs = new Float64Array(absences);
    this.endUs = new Float64Array(withins);
  }

  get bytesPerSlot(): number {
    return 28 + 4 * this.#copies + 8 * (this.#absenceCount + this.#withinCount);
  }

  reserveKeys(keys: number): void {
    this.oldest = growInt32(this.oldest, keys, NONE);
    this.newest = growInt32(this.newest, keys, NONE);
    this.count = growInt32(this.count, keys);
  }

  /** A slot that is in no list yet; `onGrown` hears how many there are, where there are more than before. */
  allocate(onGrown: (slots: number) => void): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount]!;
    const slot = this.#slotCount++;
    if (slot >= this.state.length) this.#grow(slot + 1, onGrown);
    return slot;
  }

  /** As the newest of its key. */
  append(keyId: number, slot: number): void {
    this.next[slot] = NONE;
    const newest = this.newest[keyId]!;
    if (newest === NONE) this.oldest[keyId] = slot;
    else this.next[newest] = slot;
    this.newest[keyId] = slot;
    this.count[keyId]!++;
  }

  /** `before`: the one before it in the list; −1: it is the oldest. */
  remove(keyId: number, slot: number, before: number): void {
    const next = this.next[slot]!;
    if (before === NONE) this.oldest[keyId] = next;
    else this.next[before] = next;
    if (next === NONE) this.newest[keyId] = before;
    this.count[keyId]!--;
    this.free(slot);
  }

  removeAll(keyId: number): void {
    for (let slot = this.oldest[keyId]!; slot !== NONE; slot = this.next[slot]!) this.free(slot);
    this.oldest[keyId] = NONE;
    this.newest[keyId] = NONE;
    this.count[keyId] = 0;
  }

  free(slot: number): void {
    this.#free = growInt32(this.#free, this.#freeCount + 1);
    this.#free[this.#freeCount++] = slot;
  }

  /** Each state gets another number: `numbersOf` says which, of those that are used. */
  renumber(numbersOf: (used: ReadonlySet<number>) => Int32Array): void {
    const slots = [...this.oldest.keys()].flatMap(keyId => [...this.of(keyId)]);
    const numbers = numbersOf(new Set(slots.map(slot => this.state[slot]!)));
    for (const slot of slots) this.state[slot] = numbers[this.state[slot]!]!;
  }

  /** The slots of a key, the oldest first. */
  *of(keyId: number): Iterable<number> {
    for (let slot = this.oldest[keyId]!; slot !== NONE; slot = this.next[slot]!) yield slot;
  }

  get stateBytes(): number {
    const byKey = this.oldest.byteLength + this.newest.byteLength + this.count.byteLength;
    const times = this.firstUs.byteLength + this.dueUs.byteLength + this.absenceUs.byteLength + this.endUs.byteLength;
    return byKey + times + this.state.byteLength + this.next.byteLength + this.bound.byteLength + this.#free.byteLength;
  }

  #grow(slots: number, onGrown: (slots: number) => void): void {
    this.state = growInt32(this.state, slots);
    const { length } = this.state;
    this.next = growInt32(this.next, length);
    this.bound = growInt32(this.bound, length * this.#copies);
    this.firstUs = growFloat64(this.firstUs, length);
    this.dueUs = growFloat64(this.dueUs, length);
    this.absenceUs = growFloat64(this.absenceUs, length * this.#absenceCount);
    this.endUs = growFloat64(this.endUs, length * this.#withinCount);
    onGrown(length);
  }
}

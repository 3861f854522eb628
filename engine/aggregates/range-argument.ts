import type { Column } from '../batch.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

const NONE = -1;

/** `argmax` (sign 1) and `argmin` (sign −1): two stacks of the row at which sign · x is first greatest. */
export class RangeArgument implements RangeAggregate {
  readonly bytesPerRow = 8;
  readonly bytesPerKey = 8;
  readonly #sign: 1 | -1;
  readonly #ring: RangeRing;
  readonly #x: RangeInput;
  readonly #y: RangeInput;
  readonly #fronts: number; // the row of the greatest from this row to the front's end, or NONE
  #backs = new Float64Array(0);

  constructor(sign: 1 | -1, ring: RangeRing, { x, y }: { readonly x: RangeInput; readonly y: RangeInput }) {
    this.#sign = sign;
    this.#ring = ring;
    this.#x = x;
    this.#y = y;
    this.#fronts = ring.widen(1);
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    this.#backs = growFloat64(this.#backs, this.#ring.keyCount, NONE);
    const backs = this.#backs;
    const fronts = this.#fronts;
    const { bases, masks, width } = this.#ring;
    const { entries, keys, flips, takes, heads, boundaries, tails } = steps;
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const rows = this.#ring.rowsOf(key);
      const base = bases[key]!;
      const mask = masks[key]!;
      const head = heads[step]!;
      const boundary = boundaries[step]!;
      if (flips[step] === 1) {
        let greatest = NONE;
        for (let row = boundary - 1; row >= head; row--) {
          greatest = this.#greater(key, row, greatest);
          rows[(base + (row & mask)) * width + fronts] = greatest;
        }
        backs[key] = NONE;
      }
      if (takes[step] === 1) backs[key] = this.#greater(key, backs[key]!, tails[step]! - 1);
      const front = head < boundary ? rows[(base + (head & mask)) * width + fronts]! : NONE;
      const row = this.#greater(key, front, backs[key]!);
      const y = row === NONE ? null : this.#y.valueOf(key, row);
      if (y === null) writeNull(output, entries[step]!);
      else writeValue(output, entries[step]!, y);
    }
  }

  forget(key: number): void {
    this.#backs[key] = NONE;
  }

  get stateBytes(): number {
    return this.#backs.byteLength;
  }

  /** The row whose x is greater, the older one on a tie; a row without x, and NONE, lose. */
  #greater(key: number, older: number, newer: number): number {
    const olderX = older === NONE ? Number.NaN : this.#xOf(key, older);
    const newerX = newer === NONE ? Number.NaN : this.#xOf(key, newer);
    if (newerX > olderX || (Number.isNaN(olderX) && !Number.isNaN(newerX))) return newer;
    return Number.isNaN(olderX) ? NONE : older;
  }

  #xOf(key: number, row: number): number {
    return this.#sign * this.#ring.numberOf(key, row, this.#x.offset);
  }
}

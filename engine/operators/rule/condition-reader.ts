import type { RuleNode } from '../../../dsl/plan.ts';
import type { ByteColumn } from '../../batch.ts';
import { assert } from '../../errors.ts';
import type { Frame, View } from '../../operator.ts';
import { growUint8 } from '../../state/growable.ts';
import type { AlertState } from './alert-state.ts';
import { TRUE, type Truth, UNKNOWN } from './truth.ts';

const GOOD = 0;

/**
 * Reads a rule's conditions from the rows of a frame into the state, as its `quality` says (MEANING.md 23): `hold`
 * keeps what was last known, `unknown` does not. A null quality is not good.
 */
export class ConditionReader {
  readonly #state: AlertState;
  readonly #slots: { levels: number[]; clear?: number; while?: number; quality?: number };
  readonly #isHolding: boolean;
  #levels: ByteColumn[] = [];
  #clear: ByteColumn | undefined;
  #while: ByteColumn | undefined;
  #quality: ByteColumn | undefined;
  #candidates: Uint8Array = new Uint8Array(0);

  constructor(node: RuleNode, view: View, state: AlertState) {
    const slotOf = (column: string) => {
      const slot = view.slots.get(column);
      assert(slot !== undefined, `${node.id} reads ${column}, which its input has not`);
      return slot;
    };
    this.#state = state;
    this.#isHolding = node.quality.otherwise === 'hold';
    this.#slots = { levels: node.levels.map(level => slotOf(level.when)) };
    if (node.clear !== null) this.#slots.clear = slotOf(node.clear.when);
    if (node.while !== null) this.#slots.while = slotOf(node.while.condition);
    if (node.quality.column !== null) this.#slots.quality = slotOf(node.quality.column);
  }

  /** What is read from here on are rows of this frame. */
  open(frame: Frame): void {
    const at = (slot: number | undefined) => (slot === undefined ? undefined : (frame.columns[slot] as ByteColumn));
    this.#levels = this.#slots.levels.map(slot => at(slot)!);
    this.#clear = at(this.#slots.clear);
    this.#while = at(this.#slots.while);
    this.#quality = at(this.#slots.quality);
  }

  /** By row: 1 where a level's condition is true. Valid until the next call; garbage where an entry is no row. */
  candidates(length: number): Uint8Array {
    const first = this.#levels[0]!;
    if (this.#levels.length === 1 && first.valid === undefined) return first.values;
    this.#candidates = growUint8(this.#candidates, length).fill(0, 0, length);
    const candidates = this.#candidates;
    for (const { values, valid } of this.#levels) {
      if (valid === undefined) for (let i = 0; i < length; i++) candidates[i]! |= values[i]!;
      else for (let i = 0; i < length; i++) candidates[i]! |= values[i]! & valid[i]!;
    }
    return candidates;
  }

  /** Whether a quiet key's rows still say something: the state of `while`, and the last good truth of `clear`. */
  get isReadWhenQuiet(): boolean {
    return this.#while !== undefined || (this.#isHolding && this.#clear !== undefined);
  }

  /** All of a row but the levels, none of which is true. */
  readClearAndWhile(slot: number, row: number, timeUs: number): void {
    const isGood = this.#isGood(row);
    if (this.#clear !== undefined) this.#readClear(slot, isGood ? truthAt(this.#clear, row) : UNKNOWN);
    if (this.#while !== undefined) this.#readWhile(slot, timeUs, isGood ? truthAt(this.#while, row) : UNKNOWN);
  }

  read(slot: number, row: number, timeUs: number): void {
    const { truth } = this.#state;
    const isGood = this.#isGood(row);
    for (let level = 0, i = slot * this.#levels.length; level < this.#levels.length; level++, i++) {
      const now = isGood ? truthAt(this.#levels[level]!, row) : UNKNOWN;
      if (now !== UNKNOWN || !this.#isHolding) truth[i] = now;
    }
    this.readClearAndWhile(slot, row, timeUs);
  }

  #readClear(slot: number, now: Truth): void {
    if (now !== UNKNOWN || !this.#isHolding) this.#state.clearTruth[slot] = now;
  }

  #readWhile(slot: number, timeUs: number, now: Truth): void {
    const { whileSinceUs } = this.#state;
    if (now === TRUE) whileSinceUs[slot] = Math.min(whileSinceUs[slot]!, timeUs);
    else if (now !== UNKNOWN || !this.#isHolding) whileSinceUs[slot] = Infinity;
  }

  #isGood(row: number): boolean {
    const quality = this.#quality;
    if (quality === undefined) return true;
    return (quality.valid === undefined || quality.valid[row] === 1) && quality.values[row] === GOOD;
  }
}

function truthAt(column: ByteColumn, row: number): Truth {
  return column.valid !== undefined && column.valid[row] === 0 ? UNKNOWN : (column.values[row] as Truth);
}

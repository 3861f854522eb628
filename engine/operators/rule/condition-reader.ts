import type { RuleNode } from '../../../dsl/plan.ts';
import type { ByteColumn } from '../../batch.ts';
import type { Frame, View } from '../../operator.ts';
import { slotOf } from '../slot-of.ts';
import type { AlertState } from './alert-state.ts';
import type { RuleTruths } from './rule-truths.ts';
import { TRUE, type Truth, UNKNOWN } from './truth.ts';

const GOOD = 0;

/**
 * Reads conditions of rules from the rows of a frame into the state, as its `quality` says (MEANING.md 23): `hold`
 * keeps what was last known, `unknown` does not. A null quality is not good.
 */
export class ConditionReader {
  readonly #state: AlertState;
  readonly #truths: RuleTruths;
  readonly #levelCount: number;
  readonly #hasClear: boolean;
  readonly #hasWhile: boolean;
  readonly #isHolding: boolean;
  readonly #qualitySlot: number | null;
  #quality: ByteColumn | undefined;

  constructor(node: RuleNode, { view, state, truths }: { view: View; state: AlertState; truths: RuleTruths }) {
    this.#state = state;
    this.#truths = truths;
    this.#levelCount = node.levels.length;
    this.#hasClear = node.clear !== null;
    this.#hasWhile = node.while !== null;
    this.#isHolding = node.quality.otherwise === 'hold';
    this.#qualitySlot = node.quality.column === null ? null : slotOf(view, node.quality.column);
  }

  /** What is read from here on are rows of this frame. */
  open(frame: Frame): void {
    this.#truths.open(frame);
    if (this.#qualitySlot !== null) this.#quality = frame.columns[this.#qualitySlot] as ByteColumn; // as: it is a quality
  }

  /** All of a row but the levels, none of which is true. Returns whether it says something else than what was known. */
  readClearAndWhile(slot: number, row: number, timeUs: number): boolean {
    const isGood = this.#isGood(row);
    const rule = this.#state.ruleOf[slot]!;
    let isOther = false;
    if (this.#hasClear) isOther = this.#readClear(slot, isGood ? this.#truths.clear(row, rule) : UNKNOWN);
    if (!this.#hasWhile) return isOther;
    return this.#readWhile(slot, timeUs, isGood ? this.#truths.while(row, rule) : UNKNOWN) || isOther;
  }

  /** Likewise. */
  read(slot: number, row: number, timeUs: number): boolean {
    const { truth, ruleOf } = this.#state;
    const isGood = this.#isGood(row);
    let isOther = false;
    for (let level = 0, i = slot * this.#levelCount; level < this.#levelCount; level++, i++) {
      const now = isGood ? this.#truths.level(level, row, ruleOf[slot]!) : UNKNOWN;
      if (now === truth[i] || (now === UNKNOWN && this.#isHolding)) continue;
      truth[i] = now;
      isOther = true;
    }
    if (!this.#hasClear && !this.#hasWhile) return isOther;
    return this.readClearAndWhile(slot, row, timeUs) || isOther;
  }

  #readClear(slot: number, now: Truth): boolean {
    const { clearTruth } = this.#state;
    if (now === clearTruth[slot] || (now === UNKNOWN && this.#isHolding)) return false;
    clearTruth[slot] = now;
    return true;
  }

  #readWhile(slot: number, timeUs: number, now: Truth): boolean {
    const { whileSinceUs } = this.#state;
    const beforeUs = whileSinceUs[slot]!;
    if (now === TRUE) whileSinceUs[slot] = Math.min(beforeUs, timeUs);
    else if (now !== UNKNOWN || !this.#isHolding) whileSinceUs[slot] = Infinity;
    return whileSinceUs[slot] !== beforeUs;
  }

  #isGood(row: number): boolean {
    const quality = this.#quality;
    if (quality === undefined) return true;
    return (quality.valid === undefined || quality.valid[row] === 1) && quality.values[row] === GOOD;
  }
}

/** Whether a quiet key's rows still say something: the state of `while`, and the last good truth of `clear`. */
export function isReadWhenQuiet({ clear, while: whileIs, quality }: RuleNode): boolean {
  return whileIs !== null || (quality.otherwise === 'hold' && clear !== null);
}

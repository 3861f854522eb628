import type { RuleNode } from '../../../dsl/plan.ts';
import type { Frame, View } from '../../operator.ts';
import { firstOne } from '../../state/first-one.ts';
import { maskOf } from '../mask.ts';
import type { AlertState } from './alert-state.ts';
import { isReadWhenQuiet } from './condition-reader.ts';
import type { DenseKeySlots } from './key-slots.ts';
import type { RuleForm } from './rule-form.ts';
import type { ColumnTruths, PlainTruths } from './rule-truths.ts';
import { SameRows } from './same-rows.ts';

/** A rule, as it is given entries of frames: those of keys that are watched, and rows at which a level's condition is true. */
export interface EntryTaker {
  /** What is given from here on are entries of this frame, which has rows. */
  open(frame: Frame): void;
  /** `isRow`: in the rule's view. */
  take(entry: number, isRow: boolean): void;
  /** A row of a key that is not watched, at which no level's condition is true: of a rule that reads these. */
  takeQuiet(row: number): void;
  /** Of a frame without rows. */
  moveOn(frame: Frame, entry: number): void;
}

/** Finds what a rule has to see by looking at each entry of each frame. A quiet key costs a look at two bytes per row. */
export class WholeFrames {
  readonly #rule: EntryTaker;
  readonly #view: View;
  readonly #state: AlertState;
  readonly #keys: DenseKeySlots;
  readonly #truths: ColumnTruths;
  readonly #isReadWhenQuiet: boolean;
  /** Null: a row may bring something about though it says what the one before it said. */
  readonly #same: SameRows | null;

  constructor(
    rule: EntryTaker,
    options: {
      readonly node: RuleNode;
      readonly view: View;
      readonly form: RuleForm;
      readonly keys: DenseKeySlots;
      readonly truths: ColumnTruths;
    },
  ) {
    const { node, form, keys } = options;
    this.#rule = rule;
    this.#view = options.view;
    this.#state = form.state;
    this.#keys = keys;
    this.#truths = options.truths;
    this.#isReadWhenQuiet = isReadWhenQuiet(node);
    const mayPass = node.quality.column === null && !form.asksEachRow;
    this.#same = mayPass ? new SameRows({ form, keys, isReadWhenQuiet: this.#isReadWhenQuiet }) : null;
  }

  process(frame: Frame): void {
    this.#keys.reserve(this.#view.frame.keys.size);
    if (frame.hasRows) this.#processRows(frame);
    else this.#moveOn(frame);
  }

  #processRows(frame: Frame): void {
    this.#rule.open(frame);
    const { length, keyIds } = frame;
    const mask = maskOf(frame, this.#view);
    const plain = mask === undefined ? this.#truths.plain : undefined;
    if (this.#same !== null && plain !== undefined) return this.#processOthers(frame, plain, this.#same);
    const candidates = this.#truths.candidates(length);
    const { isWatched } = this.#keys; // a key that is not watched has nothing due
    for (let i = 0; i < length; i++) {
      if (!this.#isReadWhenQuiet) i = this.#nextToHandle(frame, candidates, i);
      if (i === length) return;
      const isRow = mask === undefined || mask[i] === 1;
      if (isWatched[keyIds[i]!] === 1 || (isRow && candidates[i] === 1)) this.#rule.take(i, isRow);
      else if (isRow && this.#isReadWhenQuiet) this.#rule.takeQuiet(i);
    }
  }

  #processOthers(frame: Frame, truths: PlainTruths, same: SameRows): void {
    const { length, keyIds } = frame;
    const { isWatched } = this.#keys;
    for (let i = same.next(frame, truths, 0); i < length; i = same.next(frame, truths, i + 1)) {
      if (isWatched[keyIds[i]!] === 1 || truths.level[i] === 1) this.#rule.take(i, true);
      else this.#rule.takeQuiet(i);
    }
    same.close();
  }

  /** The first entry from `i` on of a watched key, or at which a level's condition is true. */
  #nextToHandle(frame: Frame, candidates: Uint8Array, i: number): number {
    if (this.#state.watchedCount === 0) return firstOne(candidates, i, frame.length);
    return firstWatchedOrTrue(frame, this.#keys.isWatched, candidates, i);
  }

  #moveOn(frame: Frame): void {
    if (this.#state.watchedCount === 0) return;
    const { length, keyIds } = frame;
    const { isWatched } = this.#keys;
    for (let i = 0; i < length; i++) if (isWatched[keyIds[i]!] === 1) this.#rule.moveOn(frame, i);
  }
}

/** A loop with no call in it: see KeyDictionary. benchmark: throughput/100-thresholds */
function firstWatchedOrTrue(
  { length, keyIds }: Frame,
  isWatched: Uint8Array,
  candidates: Uint8Array,
  i: number,
): number {
  for (; i < length; i++) if ((candidates[i]! | isWatched[keyIds[i]!]!) !== 0) break;
  return i;
}

import { type RuleNode, SEVERITIES } from '../../../dsl/plan.ts';
import type { AlertState } from './alert-state.ts';
import type { DecidingEvents } from './deciding-events.ts';
import { FALSE, TRUE, type Truth, UNKNOWN } from './truth.ts';

/** The levels of a rule, and for how long each has held, or not held, for the key of a slot (MEANING.md 19, 20). */
export class LevelTimers {
  readonly #state: AlertState;
  readonly #deciding: DecidingEvents;
  readonly #count: number;
  readonly #rank: Uint8Array; // by level: its severity's place in SEVERITIES, from 1
  readonly #forUs: Float64Array;
  readonly #gapUs: Float64Array; // Infinity: none
  readonly haveGaps: boolean;

  constructor(node: RuleNode, state: AlertState, deciding: DecidingEvents) {
    this.#state = state;
    this.#deciding = deciding;
    this.#count = node.levels.length;
    this.#rank = Uint8Array.from(node.levels, level => SEVERITIES.indexOf(level.severity) + 1);
    this.#forUs = Float64Array.from(node.levels, level => level.forUs);
    this.#gapUs = Float64Array.from(node.levels, level => level.gapUs ?? Infinity);
    this.haveGaps = node.levels.some(({ gapUs }) => gapUs !== null);
  }

  /** Whether a level's condition holds, as last read, whatever `while` says. */
  isAnyTrue(slot: number): boolean {
    const first = slot * this.#count;
    for (let i = first; i < first + this.#count; i++) if (this.#state.truth[i] === TRUE) return true;
    return false;
  }

  release(slot: number): void {
    const first = slot * this.#count;
    this.#state.truth.fill(FALSE, first, first + this.#count);
  }

  /**
   * Takes over the truths at an instant and says whether any level holds; all are unknown where conditions do not
   * count. What a gap has ended starts again at the next event only.
   */
  follow(slot: number, atUs: number, { isCounting }: { isCounting: boolean }): Truth {
    const { truth, pendingSinceUs, notHeldSinceUs, lastRowUs } = this.#state;
    let holding: Truth = FALSE;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      const now = isCounting ? truth[i]! : UNKNOWN;
      if (now !== TRUE) pendingSinceUs[i] = Infinity;
      else if (pendingSinceUs[i] === Infinity && atUs < lastRowUs[slot]! + this.#gapUs[level]!) {
        pendingSinceUs[i] = atUs;
        this.#deciding.begin(slot, level);
      }
      if (now !== FALSE) notHeldSinceUs[i] = Infinity;
      else if (notHeldSinceUs[i] === Infinity) notHeldSinceUs[i] = atUs;
      if (now === TRUE) holding = TRUE;
      else if (now === UNKNOWN && holding === FALSE) holding = UNKNOWN;
    }
    return holding;
  }

  /** A new alert: what has not held so far has not held for as long as may be asked. */
  startAlert(slot: number): void {
    const { notHeldSinceUs } = this.#state;
    const first = slot * this.#count;
    for (let i = first; i < first + this.#count; i++) if (notHeldSinceUs[i] !== Infinity) notHeldSinceUs[i] = -Infinity;
  }

  /** The highest rank above the alert's that has come due; 0 if none has. */
  dueRank(slot: number, atUs: number): number {
    const { rank, pendingSinceUs } = this.#state;
    let highest = 0;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      const isDue = pendingSinceUs[i]! + this.#forUs[level]! <= atUs;
      if (isDue && this.#rank[level]! > rank[slot]!) highest = Math.max(highest, this.#rank[level]!);
    }
    return highest;
  }

  /** Of the levels of the alert's rank that have come due, the one that has held longest; of equals the first in the file. */
  decidingLevel(slot: number, atUs: number): number {
    const { rank, pendingSinceUs } = this.#state;
    let deciding = 0;
    let sinceUs = Infinity;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      const isDue = this.#rank[level] === rank[slot] && pendingSinceUs[i]! + this.#forUs[level]! <= atUs;
      if (!isDue || pendingSinceUs[i]! >= sinceUs) continue;
      deciding = level;
      sinceUs = pendingSinceUs[i]!;
    }
    return deciding;
  }

  /** Ends what is pending without an event for its gap. At the very instant, what has come due goes before. */
  endByGap(slot: number, atUs: number): void {
    const { pendingSinceUs, lastRowUs } = this.#state;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      if (lastRowUs[slot]! + this.#gapUs[level]! <= atUs) pendingSinceUs[i] = Infinity;
    }
  }

  /** When the first level above the alert's comes due, or ends by its gap. A firing alert is past its `notBeforeUs`. */
  nextDueUs(slot: number): number {
    const { rank, pendingSinceUs, notBeforeUs, lastRowUs } = this.#state;
    let dueUs = Infinity;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      if (pendingSinceUs[i] === Infinity || this.#rank[level]! <= rank[slot]!) continue;
      const raiseUs = Math.max(pendingSinceUs[i]! + this.#forUs[level]!, notBeforeUs[slot]!);
      dueUs = Math.min(dueUs, raiseUs, lastRowUs[slot]! + this.#gapUs[level]!);
    }
    return dueUs;
  }

  /** When the alert falls: all of its level have not held for their own `for`, and a lower one holds. */
  fallDueUs(slot: number): number {
    if (this.lowerRank(slot) === 0) return Infinity;
    let dueUs = -Infinity;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      if (this.#rank[level] !== this.#state.rank[slot]) continue;
      dueUs = Math.max(dueUs, this.#state.notHeldSinceUs[i]! + this.#forUs[level]!);
    }
    return dueUs;
  }

  /** The highest rank below the alert's that holds; 0 if none does, or if a higher one of these is unknown. */
  lowerRank(slot: number): number {
    const { rank, truth } = this.#state;
    let held = 0;
    let unknown = 0;
    for (let level = 0, i = slot * this.#count; level < this.#count; level++, i++) {
      const levelRank = this.#rank[level]!;
      if (levelRank >= rank[slot]!) continue;
      if (truth[i] === TRUE) held = Math.max(held, levelRank);
      else if (truth[i] === UNKNOWN) unknown = Math.max(unknown, levelRank);
    }
    return held >= unknown ? held : 0;
  }
}

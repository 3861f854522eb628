import { type RuleNode, SEVERITIES, type Severity } from '../../../dsl/plan.ts';
import type { AlertLives } from './alert-lives.ts';
import type { AlertState } from './alert-state.ts';
import type { DecidingEvents } from './deciding-events.ts';
import { LevelTimers } from './level-timers.ts';
import { FALSE, TRUE, type Truth } from './truth.ts';

/** Told of a change when it has happened; of a clearing just before, so that the state still shows the alert. */
export type Announce = (
  change: 'raised' | 'level' | 'cleared' | 'returned' | 'escalated',
  slot: number,
  timeUs: number,
  /** Of what raises or lifts the alert: the level that has come due. */
  decidingLevel: number | null,
) => void;

/**
 * inactive → pending → firing → (returned →) cleared, per key, which is given by its slot in the state. `advance` does what is due up to an instant; then `observe` takes an
 * event of that instant, whose truths the caller has put into the state. Times of one key never fall.
 */
export class AlertMachine {
  readonly #state: AlertState;
  readonly #levels: LevelTimers;
  readonly #lives: AlertLives;
  readonly #isLatched: boolean;
  readonly #announce: Announce;
  readonly #settleUs: number;
  readonly #cooldownUs: number;
  readonly #clearForUs: number;
  readonly #clearAfterUs: number;

  constructor(
    node: RuleNode,
    { state, lives, deciding }: { state: AlertState; lives: AlertLives; deciding: DecidingEvents },
    announce: Announce,
  ) {
    this.#state = state;
    this.#lives = lives;
    this.#isLatched = node.isLatched === true;
    this.#levels = new LevelTimers(node, state, deciding);
    this.#announce = announce;
    this.#settleUs = node.while?.settleUs ?? 0;
    this.#cooldownUs = node.cooldownUs;
    this.#clearForUs = node.clear?.forUs ?? Infinity;
    this.#clearAfterUs = node.clearAfterUs ?? (node.clear === null ? 0 : Infinity);
  }

  /** Everything of this key that is due up to and at `toUs`, each at its own instant. */
  advance(slot: number, toUs: number): void {
    const { dueUs } = this.#state;
    while (dueUs[slot]! <= toUs) this.#step(slot, dueUs[slot]!);
  }

  /** One event, after `advance` up to its time; `isOther`: it says something else than the one before. */
  observe(slot: number, atUs: number, { isOther }: { isOther: boolean }): void {
    this.#state.lastRowUs[slot] = atUs;
    if (isOther || this.#state.isSteady[slot] === 0) this.#step(slot, atUs);
  }

  /** What was true of the event that was just taken holds no longer: of conditions that are of an instant. */
  release(slot: number, atUs: number): void {
    this.#levels.release(slot);
    this.#state.clearTruth[slot] = FALSE;
    this.#step(slot, atUs);
  }

  /** An alert that has returned waits no longer. */
  acknowledge(slot: number): void {
    const life = this.#lives.of(slot);
    if (!life.isReturned) return;
    const atUs = Math.max(life.changedUs, this.#state.lastRowUs[slot]!);
    this.#clear(slot, atUs);
    this.#schedule(slot, { holding: FALSE, isCounting: this.#settledUs(slot) <= atUs });
  }

  /** To a higher level, from which it does not fall; `atUs` is an instant of the arrival clock. */
  escalate(slot: number, severity: Severity, atUs: number): void {
    this.#lives.of(slot).isEscalated = true;
    this.#state.setRank(slot, SEVERITIES.indexOf(severity) + 1);
    this.#state.isSteady[slot] = 0;
    this.#announce('escalated', slot, atUs, null);
  }

  /** Leaves nothing due at `atUs` or before, so that `advance` ends. */
  #step(slot: number, atUs: number): void {
    const isCounting = this.#settledUs(slot) <= atUs;
    const holding = this.#levels.follow(slot, atUs, { isCounting });
    this.#followClear(slot, atUs, holding);
    if (this.#state.rank[slot] === 0) this.#raiseIfDue(slot, atUs);
    else if (this.#clearDueUs(slot, holding) <= atUs) this.#clearOrReturn(slot, atUs);
    else this.#moveIfDue(slot, atUs, holding);
    this.#levels.endByGap(slot, atUs);
    this.#schedule(slot, { holding, isCounting });
  }

  #followClear(slot: number, atUs: number, holding: Truth): void {
    const { clearTruth, clearSinceUs, lastHeldUs } = this.#state;
    const isClear = holding === FALSE && clearTruth[slot] === TRUE;
    if (!isClear) clearSinceUs[slot] = Infinity;
    else if (clearSinceUs[slot] === Infinity) clearSinceUs[slot] = atUs;
    if (holding === TRUE) lastHeldUs[slot] = Infinity;
    else if (lastHeldUs[slot] === Infinity) lastHeldUs[slot] = atUs;
  }

  #raiseIfDue(slot: number, atUs: number): void {
    const { raisedUs, notBeforeUs } = this.#state;
    if (notBeforeUs[slot]! > atUs) return;
    const due = this.#levels.dueRank(slot, atUs);
    if (due === 0) return;
    this.#state.setRank(slot, due);
    raisedUs[slot] = atUs;
    this.#levels.startAlert(slot);
    this.#lives.begin(slot);
    this.#announce('raised', slot, atUs, this.#levels.decidingLevel(slot, atUs));
  }

  #moveIfDue(slot: number, atUs: number, holding: Truth): void {
    const life = this.#lives.get(slot);
    const isBack = life?.isReturned === true && holding === TRUE;
    const higher = this.#levels.dueRank(slot, atUs);
    const isFalling = higher === 0 && this.#fallDueUs(slot) <= atUs;
    if (higher === 0 && !isFalling && !isBack) return;
    if (isBack) life.isReturned = false;
    if (higher !== 0) this.#lives.begin(slot);
    if (higher !== 0 || isFalling) this.#state.setRank(slot, isFalling ? this.#levels.lowerRank(slot) : higher);
    this.#announce('level', slot, atUs, higher === 0 ? null : this.#levels.decidingLevel(slot, atUs));
  }

  #clearOrReturn(slot: number, atUs: number): void {
    const life = this.#lives.of(slot);
    if (!this.#isLatched || life.isAcknowledged) return this.#clear(slot, atUs);
    if (life.isReturned) return;
    life.isReturned = true;
    this.#announce('returned', slot, atUs, null);
  }

  /** What `escalate` has brought stays. */
  #fallDueUs(slot: number): number {
    return this.#lives.get(slot)?.isEscalated === true ? Infinity : this.#levels.fallDueUs(slot);
  }

  #clear(slot: number, atUs: number): void {
    const { raisedUs, notBeforeUs } = this.#state;
    this.#announce('cleared', slot, atUs, null);
    this.#state.setRank(slot, 0);
    this.#lives.end(slot);
    // One instant never raises a rule twice (MEANING.md 8), or two alerts would have one id.
    notBeforeUs[slot] = Math.max(atUs + this.#cooldownUs, raisedUs[slot]! + 1);
  }

  #schedule(slot: number, { holding, isCounting }: { holding: Truth; isCounting: boolean }): void {
    const { rank, isSteady } = this.#state;
    const isFiring = rank[slot] !== 0;
    const isActive = isFiring || this.#levels.isAnyTrue(slot);
    this.#state.watch(slot, isActive);
    isSteady[slot] = isActive && !this.#levels.haveGaps ? 1 : 0; // behind a gap, a row begins anew what it has ended
    if (!isActive) this.#state.setDue(slot, Infinity);
    else if (!isCounting) this.#state.setDue(slot, this.#settledUs(slot));
    else if (!isFiring) this.#state.setDue(slot, this.#levels.nextDueUs(slot));
    else {
      const moveUs = Math.min(this.#levels.nextDueUs(slot), this.#fallDueUs(slot));
      const isReturned = this.#isLatched && this.#lives.get(slot)?.isReturned === true;
      this.#state.setDue(slot, isReturned ? moveUs : Math.min(moveUs, this.#clearDueUs(slot, holding)));
    }
  }

  #clearDueUs(slot: number, holding: Truth): number {
    if (holding !== FALSE) return Infinity;
    const { clearSinceUs, lastHeldUs } = this.#state;
    return Math.min(clearSinceUs[slot]! + this.#clearForUs, lastHeldUs[slot]! + this.#clearAfterUs);
  }

  /** From when on conditions count; without `while`, since ever. */
  #settledUs(slot: number): number {
    return this.#state.whileSinceUs[slot]! + this.#settleUs;
  }
}

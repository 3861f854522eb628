import { type RuleNode, SEVERITIES, type Severity } from '../../../dsl/plan.ts';
import type { AlertLives } from './alert-lives.ts';
import type { AlertState } from './alert-state.ts';
import { LevelTimers } from './level-timers.ts';
import { FALSE, TRUE, type Truth } from './truth.ts';

/** Told of a change when it has happened; of a clearing just before, so that the state still shows the alert. */
export type Announce = (
  change: 'raised' | 'level' | 'cleared' | 'returned' | 'escalated',
  keyId: number,
  timeUs: number,
) => void;

/**
 * inactive → pending → firing → (returned →) cleared, per key. `advance` does what is due up to an instant; then `observe` takes an
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

  constructor(node: RuleNode, { state, lives }: { state: AlertState; lives: AlertLives }, announce: Announce) {
    this.#state = state;
    this.#lives = lives;
    this.#isLatched = node.isLatched === true;
    this.#levels = new LevelTimers(node, state);
    this.#announce = announce;
    this.#settleUs = node.while?.settleUs ?? 0;
    this.#cooldownUs = node.cooldownUs;
    this.#clearForUs = node.clear?.forUs ?? Infinity;
    this.#clearAfterUs = node.clearAfterUs ?? (node.clear === null ? 0 : Infinity);
  }

  /** Everything of this key that is due up to and at `toUs`, each at its own instant. */
  advance(keyId: number, toUs: number): void {
    const { dueUs } = this.#state;
    while (dueUs[keyId]! <= toUs) this.#step(keyId, dueUs[keyId]!);
  }

  /** One event, after `advance` up to its time. */
  observe(keyId: number, atUs: number): void {
    this.#state.lastRowUs[keyId] = atUs;
    this.#step(keyId, atUs);
  }

  /** An alert that has returned waits no longer. */
  acknowledge(keyId: number): void {
    const life = this.#lives.of(keyId);
    if (!life.isReturned) return;
    const atUs = Math.max(life.changedUs, this.#state.lastRowUs[keyId]!);
    this.#clear(keyId, atUs);
    this.#schedule(keyId, { holding: FALSE, isCounting: this.#settledUs(keyId) <= atUs });
  }

  /** To a higher level, from which it does not fall; `atUs` is an instant of the arrival clock. */
  escalate(keyId: number, severity: Severity, atUs: number): void {
    this.#lives.of(keyId).isEscalated = true;
    this.#state.setRank(keyId, SEVERITIES.indexOf(severity) + 1);
    this.#announce('escalated', keyId, atUs);
  }

  /** Leaves nothing due at `atUs` or before, so that `advance` ends. */
  #step(keyId: number, atUs: number): void {
    const isCounting = this.#settledUs(keyId) <= atUs;
    const holding = this.#levels.follow(keyId, atUs, { isCounting });
    this.#followClear(keyId, atUs, holding);
    if (this.#state.rank[keyId] === 0) this.#raiseIfDue(keyId, atUs);
    else if (this.#clearDueUs(keyId, holding) <= atUs) this.#clearOrReturn(keyId, atUs);
    else this.#moveIfDue(keyId, atUs, holding);
    this.#levels.endByGap(keyId, atUs);
    this.#schedule(keyId, { holding, isCounting });
  }

  #followClear(keyId: number, atUs: number, holding: Truth): void {
    const { clearTruth, clearSinceUs, lastHeldUs } = this.#state;
    const isClear = holding === FALSE && clearTruth[keyId] === TRUE;
    if (!isClear) clearSinceUs[keyId] = Infinity;
    else if (clearSinceUs[keyId] === Infinity) clearSinceUs[keyId] = atUs;
    if (holding === TRUE) lastHeldUs[keyId] = Infinity;
    else if (lastHeldUs[keyId] === Infinity) lastHeldUs[keyId] = atUs;
  }

  #raiseIfDue(keyId: number, atUs: number): void {
    const { raisedUs, notBeforeUs } = this.#state;
    if (notBeforeUs[keyId]! > atUs) return;
    const due = this.#levels.dueRank(keyId, atUs);
    if (due === 0) return;
    this.#state.setRank(keyId, due);
    raisedUs[keyId] = atUs;
    this.#levels.startAlert(keyId);
    this.#lives.begin(keyId);
    this.#announce('raised', keyId, atUs);
  }

  #moveIfDue(keyId: number, atUs: number, holding: Truth): void {
    const life = this.#lives.get(keyId);
    const isBack = life?.isReturned === true && holding === TRUE;
    const higher = this.#levels.dueRank(keyId, atUs);
    const isFalling = higher === 0 && this.#fallDueUs(keyId) <= atUs;
    if (higher === 0 && !isFalling && !isBack) return;
    if (isBack) life.isReturned = false;
    if (higher !== 0) this.#lives.begin(keyId);
    if (higher !== 0 || isFalling) this.#state.setRank(keyId, isFalling ? this.#levels.lowerRank(keyId) : higher);
    this.#announce('level', keyId, atUs);
  }

  #clearOrReturn(keyId: number, atUs: number): void {
    const life = this.#lives.of(keyId);
    if (!this.#isLatched || life.isAcknowledged) return this.#clear(keyId, atUs);
    if (life.isReturned) return;
    life.isReturned = true;
    this.#announce('returned', keyId, atUs);
  }

  /** What `escalate` has brought stays. */
  #fallDueUs(keyId: number): number {
    return this.#lives.get(keyId)?.isEscalated === true ? Infinity : this.#levels.fallDueUs(keyId);
  }

  #clear(keyId: number, atUs: number): void {
    const { raisedUs, notBeforeUs } = this.#state;
    this.#announce('cleared', keyId, atUs);
    this.#state.setRank(keyId, 0);
    this.#lives.end(keyId);
    // One instant never raises a rule twice (MEANING.md 8), or two alerts would have one id.
    notBeforeUs[keyId] = Math.max(atUs + this.#cooldownUs, raisedUs[keyId]! + 1);
  }

  #schedule(keyId: number, { holding, isCounting }: { holding: Truth; isCounting: boolean }): void {
    const { rank, dueUs } = this.#state;
    const isFiring = rank[keyId] !== 0;
    const isActive = isFiring || this.#levels.isAnyTrue(keyId);
    this.#state.watch(keyId, isActive);
    if (!isActive) dueUs[keyId] = Infinity;
    else if (!isCounting) dueUs[keyId] = this.#settledUs(keyId);
    else if (!isFiring) dueUs[keyId] = this.#levels.nextDueUs(keyId);
    else {
      const moveUs = Math.min(this.#levels.nextDueUs(keyId), this.#fallDueUs(keyId));
      const isReturned = this.#isLatched && this.#lives.get(keyId)?.isReturned === true;
      dueUs[keyId] = isReturned ? moveUs : Math.min(moveUs, this.#clearDueUs(keyId, holding));
    }
  }

  #clearDueUs(keyId: number, holding: Truth): number {
    if (holding !== FALSE) return Infinity;
    const { clearSinceUs, lastHeldUs } = this.#state;
    return Math.min(clearSinceUs[keyId]! + this.#clearForUs, lastHeldUs[keyId]! + this.#clearAfterUs);
  }

  /** From when on conditions count; without `while`, since ever. */
  #settledUs(keyId: number): number {
    return this.#state.whileSinceUs[keyId]! + this.#settleUs;
  }
}

import { type AlertChangeKind, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import type { FiringAlert, Frame, KeyTable, Operator, OperatorContext, Snapshot, View } from '../operator.ts';
import { assert } from '../errors.ts';
import type { ArrivalDuties, ArrivalTimer, ArrivalTimers } from '../state/arrival-timers.ts';
import type { ChangedKeys } from '../state/changed-keys.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import type { SilentKeys } from '../state/silent-keys.ts';
import { maskOf } from './mask.ts';
import type { ChangeOrigin } from './rule/alert-announcer.ts';
import type { AlertLife, AlertLives } from './rule/alert-lives.ts';
import type { AlertState } from './rule/alert-state.ts';
import { DenseKeySlots } from './rule/key-slots.ts';
import { ACTIONS, actionOf, CHANGE_OF, type OperatorAction } from './rule/operator-action.ts';
import { type FormMember, RuleForm } from './rule/rule-form.ts';
import type { RuleOrigin } from './rule/rule-origin.ts';
import { entryOf, type RuleObserver, type RuleStatus } from './rule/rule-status.ts';
import { ColumnTruths } from './rule/rule-truths.ts';
import { TRUE, UNKNOWN } from './rule/truth.ts';
import { type EntryTaker, WholeFrames } from './rule/whole-frames.ts';
import type { RunObserver } from './run-observer.ts';

/**
 * A rule: one alert per key, driven by the truths of its conditions and by the key's watermark (MEANING.md 18–23 and
 * docs/language/rules.md). It looks at all rows itself, or is given those that matter where it has a seat in an index.
 */
export function createRule(node: RuleNode, context: RuleContext): RuleOperator {
  return new Rule(node, context);
}

export type RuleOperator = Operator &
  EntryTaker & {
    /** As `forget` of all keys: the rule stops. */
    forgetAll(): void;
  };

/** What an index gives to a rule. */
export type RuleSeat = {
  /** For explain: the column by whose values the rule is found. */
  readonly foundBy: string;
  /** It may be that of others as well. */
  readonly form: RuleForm;
};

export type RuleContext = OperatorContext & {
  readonly keys: Pick<KeyDictionary, 'findValues' | 'fields' | 'columns'> & {
    readonly changed: Pick<ChangedKeys, 'oneWillChange'>;
  };
  readonly arrivalTimers: ArrivalTimers;
  readonly originOf: (rule: RuleNode) => RuleOrigin;
  readonly observer?: RunObserver | undefined;
  /** Whether its keys are those of its source. */
  readonly isOfSourceKeys: boolean;
  /** Of the input's keys; null: their silence says nothing. */
  readonly silence: SilentKeys | null;
  /** Whether anything of the key was handled: the rest of a batch has its keys already. */
  hasSeen(keyId: number): boolean;
  /** Absent: nobody else finds the rows that matter. */
  readonly seat?: RuleSeat | undefined;
};

class Rule implements RuleOperator, ArrivalDuties, FormMember {
  readonly node: RuleNode;
  readonly #form: RuleForm;
  readonly #place: number; // in its form
  readonly #state: AlertState; // of its form, as the next one
  readonly #lives: AlertLives;
  readonly #view: View;
  readonly #keys: KeyTable;
  readonly #timer: ArrivalTimer;
  readonly #silence: SilentKeys | null;
  readonly #willChange: (keyId: number) => void;
  readonly #observer: RuleObserver | undefined;
  readonly listener: NonNullable<Operator['listener']>;
  readonly #heard = (keyId: number, atUs: number) => this.#hearKey(keyId, atUs);
  readonly #whole: WholeFrames | undefined; // absent: it has a seat
  readonly #due = { count: 0 }; // where it has none
  readonly foundBy?: string;

  constructor(node: RuleNode, context: RuleContext) {
    this.node = node;
    this.#view = context.input;
    this.#keys = context.input.frame.keys;
    const { seat, input, keys: dictionary } = context;
    if (seat === undefined) {
      const alone = { keys: new DenseKeySlots(), truths: new ColumnTruths(node, input), due: this.#due };
      this.#form = new RuleForm(node, { ...context, ...alone, dictionary });
      const whole = { ...alone, node, view: input, form: this.#form };
      this.#whole = new WholeFrames(this, whole);
    } else {
      this.#form = seat.form;
      this.foundBy = seat.foundBy;
    }
    this.#state = this.#form.state;
    this.#lives = this.#form.lives;
    this.#place = this.#form.add(this);
    const leastUs = node.escalate?.afterUs ?? Infinity;
    this.#timer = context.arrivalTimers.add(this, { leastUs, isOfSourceKeys: context.isOfSourceKeys });
    this.#silence = context.silence;
    this.#willChange = keyId => dictionary.changed.oneWillChange(keyId);
    this.listener = {
      input: ACTIONS,
      hear: ({ content }, atUs, willChange) => {
        const action = actionOf(content);
        const keyId = action.rule === node.name ? dictionary.findValues(action.key) : -1;
        if (keyId < 0 || !context.hasSeen(keyId)) return;
        willChange(keyId);
        this.#state.reserveKeys(this.#keys.size);
        this.#obey(action, keyId, atUs);
      },
    };
    this.#observer = context.observer?.rule.name === node.name ? context.observer.rule : undefined;
  }

  get memory(): Operator['memory'] {
    const hasText = this.node.values.some(value => value.type === 'string');
    return {
      bytesPerKey: this.#form.bytesPerKey,
      plus: hasText ? 'the text of the last row' : null,
    };
  }

  process(frame: Frame): undefined {
    assert(this.#whole !== undefined, 'a rule with a seat is given entries');
    if (this.#observer === undefined) this.#whole.process(frame);
    else this.#processObserved(frame, this.#whole, this.#observer);
  }

  open(frame: Frame): void {
    this.#form.open(frame);
  }

  take(entry: number, isRow: boolean): void {
    this.#form.take(this.#place, entry, isRow);
  }

  takeQuiet(row: number): void {
    this.#form.takeQuiet(this.#place, row);
  }

  moveOn(frame: Frame, entry: number): void {
    this.#form.moveOn(this.#place, frame, entry);
  }

  nextDueUs(keyId: number): number {
    return this.#state.nextDueUs(keyId, this.#place);
  }

  get hasDue(): boolean {
    return this.#due.count > 0;
  }

  isPending(keyId: number): boolean {
    return this.#state.isPending(keyId, this.#place) || this.#lives.isHidden(this.#find(keyId));
  }

  /** A shelved alert comes back, one that nobody acknowledges escalates, a device goes silent. */
  nextArrivalUs(keyId: number): number {
    const slot = this.#find(keyId);
    const life = this.#lives.get(slot);
    if (life === undefined) return Infinity;
    const shelvedUs = life.shelvedUntilUs === null || life.shelvedUntilUs === 0 ? Infinity : life.shelvedUntilUs;
    if (this.#state.rank[slot] === 0) return shelvedUs;
    return Math.min(shelvedUs, this.#mayEscalateUs(slot, life), this.#silentUs(keyId, life));
  }

  arrive(keyId: number, atUs: number): void {
    this.#willChange(keyId);
    this.#lives.nowUs = atUs;
    const slot = this.#slotOf(keyId);
    const life = this.#lives.of(slot);
    if (life.shelvedUntilUs !== null && life.shelvedUntilUs !== 0 && life.shelvedUntilUs <= atUs) {
      life.shelvedUntilUs = null;
      this.#announceIfFiring('unshelved', slot, atUs);
    }
    if (this.#state.rank[slot] !== 0) {
      if (this.#escalatesUs(slot, life) <= atUs) this.#form.escalate(slot, this.node.escalate!.severity, atUs);
      if (this.#silentUs(keyId, life) <= atUs) this.#goSilent(keyId, slot, atUs);
    }
    this.#lives.tidy(slot);
  }

  follow(...[change, slot]: Parameters<FormMember['follow']>): void {
    const keyId = this.#state.keyOf(slot);
    if (change === 'cleared') return this.#silence?.leave(keyId, this.#heard);
    if (change === 'level') this.#escalateIfDue(slot);
    this.#timer.queue(keyId);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return this.#form.snapshot(this.#place, keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    if (snapshot['state'] === undefined) return;
    this.#state.reserveKeys(this.#keys.size);
    for (const slot of this.#form.restore(this.#place, snapshot, keyIds)) {
      if (slot < 0) continue;
      const keyId = this.#state.keyOf(slot);
      this.#timer.queue(keyId);
      if (this.#lives.get(slot)?.isStale === true) this.#silence?.wait(keyId, this.#heard);
    }
  }

  forget(keyId: number): void {
    const slot = this.#find(keyId);
    if (slot < 0) return;
    this.#form.forget(slot);
    this.#timer.forget(keyId);
    this.#silence?.leave(keyId, this.#heard);
  }

  forgetAll(): void {
    for (const slot of this.#state.slotsOfRule(this.#place)) this.forget(this.#state.keyOf(slot));
  }

  get stateBytes(): number {
    return this.#form.stateBytesOf(this.#place);
  }

  get openAlerts(): readonly number[] {
    return this.#state.openAlerts(this.#place);
  }

  firingAlerts(): readonly FiringAlert[] {
    const slots = this.#state.firingSlots(this.#place);
    return slots.map(slot => ({ alert: this.#form.announcer.alertAt(slot), inputs: this.#form.inputsAt(slot) }));
  }

  #find(keyId: number): number {
    return this.#state.find(keyId, this.#place);
  }

  #slotOf(keyId: number): number {
    return this.#form.slotOf(keyId, this.#place);
  }

  #processObserved(frame: Frame, whole: WholeFrames, observer: RuleObserver): void {
    const mask = maskOf(frame, this.#view);
    for (let i = 0; i < frame.length; i++) {
      const keyId = frame.keyIds[i]!;
      const atUs = frame.watermarkUs[i]!;
      const isRow = frame.hasRows && (mask === undefined || mask[i] === 1);
      whole.process(entryOf(frame, i));
      observer.observe(this.#keys.values(keyId), this.#statusOf(keyId, { atUs, isRow }));
    }
  }

  #statusOf(keyId: number, entry: Pick<RuleStatus, 'atUs' | 'isRow'>): RuleStatus {
    const slot = this.#slotOf(keyId); // which may make room for it
    const { truth, pendingSinceUs, whileSinceUs, notBeforeUs, rank, raisedUs } = this.#state;
    const first = slot * this.node.levels.length;
    const known = (us: number) => (us === Infinity ? null : us);
    return {
      ...entry,
      levels: this.node.levels.map((_, level) => ({
        truth: truth[first + level] === UNKNOWN ? null : truth[first + level] === TRUE,
        sinceUs: known(pendingSinceUs[first + level]!),
      })),
      whileSinceUs: known(whileSinceUs[slot]!),
      notBeforeUs: notBeforeUs[slot]!,
      alert: rank[slot] === 0 ? null : { severity: SEVERITIES[rank[slot]! - 1]!, raisedUs: raisedUs[slot]! },
      words: this.#lives.wordsOf(slot),
    };
  }

  #escalatesUs(slot: number, life: AlertLife): number {
    const { escalate } = this.node;
    if (escalate === undefined || life.isReturned) return Infinity;
    return this.#state.rank[slot]! > SEVERITIES.indexOf(escalate.severity) ? Infinity : this.#patienceUs(life);
  }

  /** Of one that has returned, or risen by itself, too: it may be back by then, and events are not to be taken past that instant. */
  #mayEscalateUs(slot: number, life: AlertLife): number {
    const patienceUs = this.#patienceUs(life);
    return patienceUs > this.#lives.nowUs ? patienceUs : this.#escalatesUs(slot, life);
  }

  /** When nobody has seen to the alert for as long as `escalate` says. */
  #patienceUs({ isEscalated, isAcknowledged, waitingSinceUs }: AlertLife): number {
    const { escalate } = this.node;
    if (escalate === undefined || isEscalated || (escalate.isUnlessAcked && isAcknowledged)) return Infinity;
    return waitingSinceUs + escalate.afterUs;
  }

  #silentUs(keyId: number, life: AlertLife): number {
    if (this.#silence === null || life.isStale) return Infinity;
    return Math.max(this.#silence.silentUs(keyId), life.waitingSinceUs); // it may be raised when its device is silent already
  }

  #goSilent(keyId: number, slot: number, atUs: number): void {
    this.#lives.of(slot).isStale = true;
    this.#silence!.wait(keyId, this.#heard);
    this.#form.announcer.announce('stale', slot, atUs, null);
  }

  #hearKey(keyId: number, atUs: number): void {
    this.#willChange(keyId);
    this.#lives.nowUs = atUs;
    const slot = this.#slotOf(keyId);
    this.#lives.of(slot).isStale = false;
    this.#form.announcer.announce('heard', slot, atUs, null);
    this.#timer.queue(keyId);
  }

  /** What an operator did. It means nothing to an alert that is over, nor where it is so already. */
  #obey(action: OperatorAction, keyId: number, atUs: number): void {
    if (action.alert !== null && action.alert !== this.#alertId(keyId)) return;
    const slot = this.#slotOf(keyId);
    this.#lives.nowUs = atUs;
    const life = this.#lives.of(slot);
    if (this.#takeAction(action, { slot, life, atUs })) {
      const { by, comment } = action;
      this.#announceIfFiring(CHANGE_OF[action.action], slot, atUs, { by, ...(comment === null ? {} : { comment }) });
      if (action.action === 'acknowledge') this.#form.acknowledge(slot);
      this.#timer.queue(keyId);
    }
    this.#lives.tidy(slot);
  }

  /** Whether it changed anything, or says something of an alert. */
  #takeAction(
    { action, durationUs }: OperatorAction,
    { slot, life, atUs }: { readonly slot: number; readonly life: AlertLife; readonly atUs: number },
  ): boolean {
    const isFiring = this.#state.rank[slot] !== 0;
    switch (action) {
      case 'acknowledge':
        if (!isFiring || life.isAcknowledged) return false;
        life.isAcknowledged = true;
        return true;
      case 'comment':
        return isFiring;
      case 'shelve':
        life.shelvedUntilUs = durationUs === null ? 0 : atUs + durationUs;
        return true;
      case 'unshelve':
        if (life.shelvedUntilUs === null) return false;
        life.shelvedUntilUs = null;
        return true;
      case 'suppress':
      case 'unsuppress':
        if (life.isSuppressed === (action === 'suppress')) return false;
        life.isSuppressed = action === 'suppress';
        return true;
      case 'out_of_service':
      case 'in_service':
        if (life.isOutOfService === (action === 'out_of_service')) return false;
        life.isOutOfService = action === 'out_of_service';
        return true;
    }
  }

  /** Of the alert that fires; null: none does. */
  #alertId(keyId: number): string | null {
    const slot = this.#find(keyId);
    return slot < 0 ? null : this.#form.announcer.idOf(slot);
  }

  /** It was due while a higher level held, or while the alert had returned: no timer is as early as this event. */
  #escalateIfDue(slot: number): void {
    const { nowUs } = this.#lives;
    if (this.#escalatesUs(slot, this.#lives.of(slot)) > nowUs) return;
    this.#form.escalate(slot, this.node.escalate!.severity, nowUs);
  }

  #announceIfFiring(change: AlertChangeKind, slot: number, atUs: number, origin: ChangeOrigin | null = null): void {
    if (this.#state.rank[slot] !== 0) this.#form.announcer.announce(change, slot, atUs, origin);
  }
}

import { type ActionKind, type AlertChangeKind, type Field, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import type {
  AlertChange,
  AlertPlace,
  AlertSink,
  FiringAlert,
  Frame,
  KeyTable,
  Operator,
  OperatorContext,
  Snapshot,
  View,
} from '../operator.ts';
import { assert } from '../errors.ts';
import type { ArrivalDuties, ArrivalTimer, ArrivalTimers } from '../state/arrival-timers.ts';
import type { ChangedKeys } from '../state/changed-keys.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import type { SilentKeys } from '../state/silent-keys.ts';
import { maskOf } from './mask.ts';
import { alertId } from './rule/alert-id.ts';
import { type AlertLife, AlertLives } from './rule/alert-lives.ts';
import { AlertMachine, type Announce } from './rule/alert-machine.ts';
import { AlertState } from './rule/alert-state.ts';
import { ConditionReader, isReadWhenQuiet } from './rule/condition-reader.ts';
import { DecidingEvents } from './rule/deciding-events.ts';
import { DenseKeySlots, SparseKeySlots } from './rule/key-slots.ts';
import { LastValues } from './rule/last-values.ts';
import { createMessage, type MessageContext } from './rule/message.ts';
import { ACTIONS, actionOf, type OperatorAction } from './rule/operator-action.ts';
import type { RuleOrigin } from './rule/rule-origin.ts';
import { entryOf, type RuleObserver, type RuleStatus } from './rule/rule-status.ts';
import { ColumnTruths, type RuleTruths } from './rule/rule-truths.ts';
import { TRUE, UNKNOWN } from './rule/truth.ts';
import { type EntryTaker, WholeFrames } from './rule/whole-frames.ts';

/**
 * A rule: one alert per key, driven by the truths of its conditions and by the key's watermark (MEANING.md 18–23 and
 * docs/language/rules.md). It looks at all rows itself, or is given those that matter where it has a seat in an index.
 */
export function createRule(node: RuleNode, context: RuleContext): RuleOperator {
  return new Rule(node, context);
}

export type RuleOperator = Operator & EntryTaker;

/** What an index gives to a rule, and hears of it. */
export type RuleSeat = {
  /** For explain: the column by whose values the rule is found. */
  readonly foundBy: string;
  readonly truths: RuleTruths;
  watch(keyId: number, isWatched: boolean): void;
};

export type RuleContext = OperatorContext & {
  readonly keys: Pick<KeyDictionary, 'findValues' | 'fields' | 'columns'> & {
    readonly changed: Pick<ChangedKeys, 'oneWillChange'>;
  };
  readonly arrivalTimers: ArrivalTimers;
  readonly originOf: (rule: RuleNode) => RuleOrigin;
  readonly observer?: RuleObserver | undefined;
  /** Whether its keys are those of its source. */
  readonly isOfSourceKeys: boolean;
  /** Of the input's keys; null: their silence says nothing. */
  readonly silence: SilentKeys | null;
  /** Whether anything of the key was handled: the rest of a batch has its keys already. */
  hasSeen(keyId: number): boolean;
  /** Absent: nobody else finds the rows that matter. */
  readonly seat?: RuleSeat | undefined;
};

class Rule implements RuleOperator, ArrivalDuties {
  readonly node: RuleNode;
  readonly #view: View;
  readonly #keys: KeyTable;
  readonly #alerts: AlertSink;
  readonly #dictionary: RuleContext['keys'];
  readonly #state: AlertState;
  readonly #lives = new AlertLives();
  readonly #ids = new Map<number, { readonly raisedUs: number; readonly id: string }>(); // of alerts that fire, by slot
  readonly #timer: ArrivalTimer;
  readonly #silence: SilentKeys | null;
  readonly #willChange: (keyId: number) => void;
  readonly #observer: RuleObserver | undefined;
  readonly listener: NonNullable<Operator['listener']>;
  readonly #heard = (keyId: number, atUs: number) => this.#hearKey(keyId, atUs);
  readonly #reader: ConditionReader;
  readonly #values: LastValues;
  readonly #inputs: LastValues; // of `suppress`
  readonly #hasInputs: boolean;
  readonly #deciding: DecidingEvents;
  #roomCount = 0; // slots for which there is room in these
  readonly #machine: AlertMachine;
  readonly #message: (context: MessageContext) => string;
  readonly #isMomentary: boolean;
  readonly #whole: WholeFrames | undefined; // absent: it has a seat
  readonly foundBy?: string;
  #frame: Frame | undefined; // that is open

  constructor(node: RuleNode, context: RuleContext) {
    this.node = node;
    this.#isMomentary = node.isMomentary === true;
    this.#view = context.input;
    this.#keys = context.input.frame.keys;
    this.#alerts = context.alerts;
    this.#dictionary = context.keys;
    const { seat, input } = context;
    const alone = seat === undefined ? { keys: new DenseKeySlots(), truths: new ColumnTruths(node, input) } : undefined;
    const keys = alone?.keys ?? new SparseKeySlots((keyId, isWatched) => seat!.watch(keyId, isWatched));
    this.#state = new AlertState(node, keys);
    this.#reader = new ConditionReader(node, {
      view: input,
      state: this.#state,
      truths: alone?.truths ?? seat!.truths,
    });
    if (seat !== undefined) this.foundBy = seat.foundBy;
    if (alone !== undefined) {
      const whole = { ...alone, view: input, state: this.#state, isReadWhenQuiet: isReadWhenQuiet(node) };
      this.#whole = new WholeFrames(this, whole);
    }
    this.#values = new LastValues(node.values, context.input, context.symbols);
    this.#inputs = new LastValues(inputsOf(node), context.input, context.symbols);
    this.#hasInputs = inputsOf(node).length > 0;
    this.#deciding = new DecidingEvents({
      origin: context.originOf(node),
      state: this.#state,
      symbols: context.symbols,
      levelCount: node.levels.length,
    });
    const announce = (...change: Parameters<Announce>) => this.#announceOwn(...change);
    this.#machine = new AlertMachine(
      node,
      { state: this.#state, lives: this.#lives, deciding: this.#deciding },
      announce,
    );
    const leastUs = node.escalate?.afterUs ?? Infinity;
    this.#timer = context.arrivalTimers.add(this, { leastUs, isOfSourceKeys: context.isOfSourceKeys });
    this.#silence = context.silence;
    this.#willChange = keyId => context.keys.changed.oneWillChange(keyId);
    this.listener = {
      input: ACTIONS,
      hear: ({ content }, atUs, willChange) => {
        const action = actionOf(content);
        const keyId = action.rule === node.name ? context.keys.findValues(action.key) : -1;
        if (keyId < 0 || !context.hasSeen(keyId)) return;
        willChange(keyId);
        this.#reserveKeys();
        this.#obey(action, keyId, atUs);
      },
    };
    this.#observer = context.observer?.rule === node.name ? context.observer : undefined;
    this.#message = createMessage(node, this.#keys.fields);
  }

  /** What it keeps by slot. */
  get #parts() {
    return [this.#state, this.#values, this.#inputs, this.#deciding];
  }

  get memory(): Operator['memory'] {
    const hasText = this.node.values.some(value => value.type === 'string');
    return {
      bytesPerKey: this.#parts.reduce((bytes, { bytesPerKey }) => bytes + bytesPerKey, 0),
      plus: hasText ? 'the text of the last row' : null,
    };
  }

  process(frame: Frame): undefined {
    assert(this.#whole !== undefined, 'a rule with a seat is given entries');
    if (this.#observer === undefined) this.#whole.process(frame);
    else this.#processObserved(frame, this.#whole, this.#observer);
  }

  open(frame: Frame): void {
    this.#frame = frame;
    this.#reader.open(frame);
    this.#values.open(frame);
    this.#inputs.open(frame);
    this.#deciding.open(frame);
  }

  take(entry: number, isRow: boolean): void {
    const { keyIds, watermarkUs, arrivalUs } = this.#frame!;
    const atUs = watermarkUs[entry]!;
    const slot = this.#slotOf(keyIds[entry]!);
    this.#lives.nowUs = arrivalUs[entry]!;
    this.#machine.advance(slot, atUs);
    if (isRow) this.#observe(slot, entry, atUs);
  }

  takeQuiet(row: number): void {
    const { keyIds, watermarkUs } = this.#frame!;
    this.#reader.readClearAndWhile(this.#slotOf(keyIds[row]!), row, watermarkUs[row]!);
  }

  moveOn({ keyIds, watermarkUs, arrivalUs }: Frame, entry: number): void {
    const slot = this.#state.find(keyIds[entry]!);
    const atUs = watermarkUs[entry]!;
    if (this.#state.dueUs[slot]! > atUs) return;
    this.#lives.nowUs = arrivalUs[entry]!;
    this.#machine.advance(slot, atUs);
  }

  nextDueUs(keyId: number): number {
    return this.#state.nextDueUs(keyId);
  }

  isPending(keyId: number): boolean {
    return this.#state.isPending(keyId) || this.#lives.isHidden(this.#state.find(keyId));
  }

  /** A shelved alert comes back, one that nobody acknowledges escalates, a device goes silent. */
  nextArrivalUs(keyId: number): number {
    const slot = this.#state.find(keyId);
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
      if (this.#escalatesUs(slot, life) <= atUs) this.#machine.escalate(slot, this.node.escalate!.severity, atUs);
      if (this.#silentUs(keyId, life) <= atUs) this.#goSilent(keyId, slot, atUs);
    }
    this.#lives.tidy(slot);
  }

  /** By key whether anything is known of it, and that; nothing at all where it is of none of them. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const { isKnown, slots } = this.#state.slotsOf(keyIds);
    if (slots.length === 0) return {};
    return {
      isKnown,
      state: this.#state.snapshot(slots),
      lives: this.#lives.snapshot(slots),
      deciding: this.#deciding.snapshot(slots),
      named: this.#values.snapshot(slots),
      inputs: this.#inputs.snapshot(slots),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    if (snapshot['state'] === undefined) return;
    this.#reserveKeys();
    const isKnown = (snapshot['isKnown'] as Uint8Array | undefined) ?? new Uint8Array(keyIds.length).fill(1); // in older states all are
    const slots = this.#state.reopenSlots(isKnown, keyIds);
    this.#growTo(this.#state.slotCount);
    this.#state.restore(snapshot['state'] as Snapshot, slots);
    this.#values.restore(snapshot['named'] as Snapshot, slots);
    this.#inputs.restore((snapshot['inputs'] ?? {}) as Snapshot, slots); // older states have none
    if (snapshot['deciding'] !== undefined) this.#deciding.restore(snapshot['deciding'] as Snapshot, slots);
    this.#lives.restore((snapshot['lives'] ?? []) as readonly Snapshot[], slots); // older states have none
    for (const slot of slots) {
      if (slot < 0) continue;
      const keyId = this.#state.keyOf(slot);
      this.#timer.queue(keyId);
      if (this.#lives.get(slot)?.isStale === true) this.#silence?.wait(keyId, this.#heard);
    }
  }

  forget(keyId: number): void {
    const slot = this.#state.find(keyId);
    if (slot < 0) return;
    this.#state.forget(slot);
    this.#values.forget(slot);
    this.#inputs.forget(slot);
    this.#deciding.forget(slot);
    this.#lives.forget(slot);
    this.#ids.delete(slot);
    this.#timer.forget(keyId);
    this.#silence?.leave(keyId, this.#heard);
  }

  get stateBytes(): number {
    return this.#parts.reduce((bytes, { stateBytes }) => bytes + stateBytes, this.#lives.stateBytes);
  }

  get openAlerts(): readonly number[] {
    return this.#state.openAlerts;
  }

  firingAlerts(): readonly FiringAlert[] {
    return this.#state.firingSlots().map(slot => ({ alert: this.#alertAt(slot), inputs: this.#inputs.listOf(slot) }));
  }

  #reserveKeys(): void {
    this.#state.reserveKeys(this.#keys.size);
  }

  #slotOf(keyId: number): number {
    const slot = this.#state.slotOf(keyId);
    if (slot >= this.#roomCount) this.#growTo(this.#state.slotCount);
    return slot;
  }

  #growTo(slotCount: number): void {
    this.#roomCount = slotCount;
    this.#values.grow(slotCount);
    this.#inputs.grow(slotCount);
    this.#deciding.grow(slotCount);
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
    const { truth, pendingSinceUs, whileSinceUs, notBeforeUs, rank, raisedUs } = this.#state;
    const slot = this.#slotOf(keyId);
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
    };
  }

  /** A row, whose time is the watermark. */
  #observe(slot: number, row: number, timeUs: number): void {
    this.#reader.read(slot, row, timeUs);
    this.#values.keep(slot, row);
    const isOther = this.#hasInputs && this.#inputs.differs(slot, row);
    if (isOther) this.#inputs.keep(slot, row);
    this.#deciding.keep(slot, row);
    this.#machine.observe(slot, timeUs);
    if (this.#isMomentary) this.#machine.release(slot, timeUs);
    if (isOther && this.#state.rank[slot] !== 0) this.#reconsider(slot);
  }

  #reconsider(slot: number): void {
    const key = this.#keys.values(this.#state.keyOf(slot));
    this.#alerts.reconsider?.({ rule: this.node.name, key }, this.#placeOf(slot));
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
    this.#announce('stale', slot, atUs);
  }

  #hearKey(keyId: number, atUs: number): void {
    this.#willChange(keyId);
    this.#lives.nowUs = atUs;
    const slot = this.#slotOf(keyId);
    this.#lives.of(slot).isStale = false;
    this.#announce('heard', slot, atUs);
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
      if (action.action === 'acknowledge') this.#machine.acknowledge(slot);
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
    const slot = this.#state.find(keyId);
    if (slot < 0 || this.#state.rank[slot] === 0) return null;
    return this.#idAt(slot, this.#keys.values(keyId));
  }

  /** Of the alert of a slot: hashed once. */
  #idAt(slot: number, key: AlertChange['key']): string {
    const raisedUs = this.#state.raisedUs[slot]!;
    const known = this.#ids.get(slot);
    if (known?.raisedUs === raisedUs) return known.id;
    const id = alertId({ rule: this.node.name, key, raisedUs });
    this.#ids.set(slot, { raisedUs, id });
    return id;
  }

  /** A change that the rule itself brings about, at an event time or, escalating, on the arrival clock. */
  #announceOwn(...[change, slot, timeUs, decidingLevel]: Parameters<Announce>): void {
    if (change !== 'escalated') this.#lives.of(slot).changedUs = timeUs;
    const provenance = decidingLevel === null ? null : this.#deciding.provenanceOf(slot, decidingLevel);
    this.#announce(change, slot, timeUs, provenance === null ? {} : { provenance });
    if (change === 'level') this.#escalateIfDue(slot);
    const keyId = this.#state.keyOf(slot);
    if (change !== 'cleared') return this.#timer.queue(keyId);
    this.#ids.delete(slot);
    this.#silence?.leave(keyId, this.#heard);
  }

  /** It was due while a higher level held, or while the alert had returned: no timer is as early as this event. */
  #escalateIfDue(slot: number): void {
    const { nowUs } = this.#lives;
    if (this.#escalatesUs(slot, this.#lives.of(slot)) > nowUs) return;
    this.#machine.escalate(slot, this.node.escalate!.severity, nowUs);
  }

  #announceIfFiring(change: AlertChangeKind, slot: number, atUs: number, who?: Origin): void {
    if (this.#state.rank[slot] !== 0) this.#announce(change, slot, atUs, who);
  }

  #announce(change: AlertChangeKind, slot: number, timeUs: number, origin?: Origin): void {
    const { rule, key, level, id, values, state } = this.#alertAt(slot);
    const message = this.#message({ key, values, severity: level, timeUs });
    const told = { rule, key, level, change, timeUs, id, message, values };
    const hasMore = state !== undefined || origin !== undefined;
    const whole = hasMore ? { ...told, ...(state === undefined ? {} : { state }), ...origin } : told;
    this.#alerts.emit(whole, this.#placeOf(slot));
  }

  #alertAt(slot: number): FiringAlert['alert'] {
    const { name } = this.node;
    const key = this.#keys.values(this.#state.keyOf(slot));
    const state = this.#lives.wordsOf(slot);
    return {
      rule: name,
      key,
      level: SEVERITIES[this.#state.rank[slot]! - 1]!,
      id: this.#idAt(slot, key),
      values: this.#values.valuesOf(slot),
      ...(state.length === 0 ? {} : { state }),
    };
  }

  #placeOf(slot: number): AlertPlace {
    return {
      keyId: this.#state.keyOf(slot),
      keys: this.#dictionary,
      valueColumn: name => this.#values.columnOf(name),
      valueRow: slot,
      arrivalUs: this.#lives.nowUs,
      suppressInputs: () => this.#inputs.listOf(slot),
    };
  }
}

function inputsOf({ suppress }: RuleNode): readonly (Field & { readonly column: string })[] {
  return (suppress?.columns ?? []).map(({ column, type }) => ({ name: column, type, column }));
}

/** Who, or what, brought a change about. */
type Origin = Pick<AlertChange, 'by' | 'comment' | 'provenance'>;

const CHANGE_OF = {
  acknowledge: 'acknowledged',
  comment: 'commented',
  shelve: 'shelved',
  unshelve: 'unshelved',
  suppress: 'suppressed',
  unsuppress: 'unsuppressed',
  out_of_service: 'out_of_service',
  in_service: 'in_service',
} satisfies Record<ActionKind, AlertChangeKind>;

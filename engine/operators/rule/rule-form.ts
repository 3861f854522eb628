import type { Field, RuleNode, Severity } from '../../../dsl/plan.ts';
import type { AlertPlace, Frame, OperatorContext, Snapshot } from '../../operator.ts';
import { AlertAnnouncer } from './alert-announcer.ts';
import { AlertLives } from './alert-lives.ts';
import { AlertMachine, type Announce } from './alert-machine.ts';
import { AlertState, type DueSlots } from './alert-state.ts';
import { ConditionReader } from './condition-reader.ts';
import { DecidingEvents } from './deciding-events.ts';
import type { KeySlots } from './key-slots.ts';
import { LastValues } from './last-values.ts';
import type { RuleDetails, RuleOrigin } from './rule-origin.ts';
import type { RuleTruths } from './rule-truths.ts';

export type RuleFormContext = OperatorContext & {
  readonly dictionary: AlertPlace['keys'];
  readonly originOf: (rule: RuleNode) => RuleOrigin;
  /** Null: silence of the input's keys says nothing. */
  readonly silence: object | null;
  readonly keys: KeySlots;
  readonly truths: RuleTruths;
  readonly due: DueSlots;
};

/** One of the rules of a form. */
export interface FormMember {
  readonly node: RuleNode;
  /** Told of a change that the form has told of, where something may follow from it on the arrival clock. */
  follow(change: Parameters<Announce>[0], slot: number): void;
}

/**
 * Rules that differ in names, texts and constants alone: what they know of keys, in one set of arrays, and what they do with
 * rows. A rule alone is the only one of its form. Rules are numbers, in the order in which they are added; a slot is of one key of
 * one rule. Parts of a thousand rules that lie far apart in memory cost three times as much (docs/decisions/0039).
 * benchmark: throughput/1000-equalities
 */
export class RuleForm {
  readonly state: AlertState;
  readonly lives = new AlertLives();
  readonly announcer: AlertAnnouncer;
  readonly #members: FormMember[] = [];
  readonly #details: (RuleDetails | undefined)[] = []; // by rule, once it is asked for
  readonly #originOf: RuleFormContext['originOf'];
  readonly #truths: RuleTruths;
  readonly #reader: ConditionReader;
  readonly #values: LastValues;
  readonly #inputs: LastValues; // of `suppress`
  readonly #hasInputs: boolean;
  readonly #deciding: DecidingEvents;
  readonly #machine: AlertMachine;
  readonly #isMomentary: boolean;
  readonly #hasDuties: boolean; // on the arrival clock
  #roomCount = 0; // slots for which there is room in these
  #frame: Frame | undefined; // that is open

  /** `node`: one of the rules, whichever, for what they have in common. */
  constructor(node: RuleNode, context: RuleFormContext) {
    const { input, symbols, dictionary, keys } = context;
    this.#isMomentary = node.isMomentary === true;
    this.#hasDuties = node.escalate !== undefined || context.silence !== null;
    this.#originOf = context.originOf;
    this.#truths = context.truths;
    this.state = new AlertState(node, keys, context.due);
    this.#reader = new ConditionReader(node, { view: input, state: this.state, truths: context.truths });
    this.#values = new LastValues(node.values, input, symbols);
    this.#inputs = new LastValues(inputsOf(node), input, symbols);
    this.#hasInputs = inputsOf(node).length > 0;
    this.#deciding = new DecidingEvents({
      origin: context.originOf(node),
      detailsOf: rule => (this.#details[rule] ??= this.#originOf(this.#members[rule]!.node).details()),
      state: this.state,
      symbols,
      levelCount: node.levels.length,
    });
    const parts = { state: this.state, lives: this.lives, deciding: this.#deciding };
    this.#machine = new AlertMachine(node, parts, this.#announceOwn);
    const known = { ...parts, values: this.#values, inputs: this.#inputs, keys: input.frame.keys, dictionary };
    this.announcer = new AlertAnnouncer(known, context.alerts);
  }

  /** Returns its number. */
  add(member: FormMember): number {
    this.#members.push(member);
    this.#details.push(undefined);
    this.announcer.addRule(member.node);
    return this.state.addRule();
  }

  open(frame: Frame): void {
    this.#frame = frame;
    this.#truths.open(frame);
    this.#reader.open(frame);
    this.#values.open(frame);
    this.#inputs.open(frame);
    this.#deciding.open(frame);
  }

  /** An entry of the open frame; of rules that are watched, or at a row at which a level's condition is true. */
  take(rule: number, entry: number, isRow: boolean): void {
    const { keyIds, watermarkUs, arrivalUs } = this.#frame!;
    const atUs = watermarkUs[entry]!;
    const slot = this.slotOf(keyIds[entry]!, rule);
    this.lives.nowUs = arrivalUs[entry]!;
    this.#machine.advance(slot, atUs);
    if (isRow) this.#observe(slot, entry, atUs);
  }

  /** The last row of a key, which said what the one before it said. */
  keep(slot: number, row: number): void {
    this.#values.keep(slot, row);
    this.#deciding.keep(slot, row);
    this.state.lastRowUs[slot] = this.#frame!.timeUs[row]!;
  }

  takeQuiet(rule: number, row: number): void {
    const { keyIds, watermarkUs } = this.#frame!;
    this.#reader.readClearAndWhile(this.slotOf(keyIds[row]!, rule), row, watermarkUs[row]!);
  }

  /** Of a frame without rows. */
  moveOn(rule: number, { keyIds, watermarkUs, arrivalUs }: Frame, entry: number): void {
    const slot = this.state.find(keyIds[entry]!, rule);
    const atUs = watermarkUs[entry]!;
    if (this.state.dueUs[slot]! > atUs) return;
    this.lives.nowUs = arrivalUs[entry]!;
    this.#machine.advance(slot, atUs);
  }

  slotOf(keyId: number, rule: number): number {
    const slot = this.state.slotOf(keyId, rule);
    if (slot >= this.#roomCount) this.#makeRoom();
    return slot;
  }

  /** To a higher level, from which it does not fall; `atUs` is an instant of the arrival clock. */
  escalate(slot: number, severity: Severity, atUs: number): void {
    this.#machine.escalate(slot, severity, atUs);
  }

  acknowledge(slot: number): void {
    this.#machine.acknowledge(slot);
  }

  /** What the rule's `suppress` read of the key's last row, in its order. */
  inputsAt(slot: number): ReturnType<LastValues['listOf']> {
    return this.#inputs.listOf(slot);
  }

  /** Of one rule: by key whether anything is known of it, and that; nothing at all where it is of none of them. */
  snapshot(rule: number, keyIds: Uint32Array): Snapshot {
    const { isKnown, slots } = this.state.slotsOf(keyIds, rule);
    if (slots.length === 0) return {};
    return {
      isKnown,
      state: this.state.snapshot(slots),
      lives: this.lives.snapshot(slots),
      deciding: this.#deciding.snapshot(slots),
      named: this.#values.snapshot(slots),
      inputs: this.#inputs.snapshot(slots),
    };
  }

  /** Returns the slots, −1 of keys that are left out. */
  restore(rule: number, snapshot: Snapshot, keyIds: Int32Array): Int32Array {
    const isKnown = (snapshot['isKnown'] as Uint8Array | undefined) ?? new Uint8Array(keyIds.length).fill(1); // in older states all are
    const slots = this.state.reopenSlots(isKnown, keyIds, rule);
    this.#makeRoom();
    this.state.restore(snapshot['state'] as Snapshot, slots);
    this.#values.restore(snapshot['named'] as Snapshot, slots);
    this.#inputs.restore((snapshot['inputs'] ?? {}) as Snapshot, slots); // older states have none
    if (snapshot['deciding'] !== undefined) this.#deciding.restore(snapshot['deciding'] as Snapshot, slots);
    this.lives.restore((snapshot['lives'] ?? []) as readonly Snapshot[], slots); // older states have none
    return slots;
  }

  forget(slot: number): void {
    this.state.forget(slot);
    this.#values.forget(slot);
    this.#inputs.forget(slot);
    this.#deciding.forget(slot);
    this.lives.forget(slot);
    this.announcer.forget(slot);
  }

  /** Whether a row that says what the one before it said may bring something about. */
  get asksEachRow(): boolean {
    return this.#isMomentary || this.#hasInputs;
  }

  get bytesPerKey(): number {
    return this.#parts.reduce((bytes, part) => bytes + part.bytesPerKey, 0);
  }

  /** The rule's part of it. */
  stateBytesOf(rule: number): number {
    const bytes = this.#parts.reduce((sum, part) => sum + part.stateBytes, this.lives.stateBytes);
    return Math.round(bytes * this.state.shareOf(rule));
  }

  /** What is kept by slot, in arrays. */
  get #parts() {
    return [this.state, this.#values, this.#inputs, this.#deciding];
  }

  #makeRoom(): void {
    this.#roomCount = this.state.room;
    for (const part of [this.#values, this.#inputs, this.#deciding, this.lives, this.announcer])
      part.grow(this.#roomCount);
  }

  /** A row, whose time is the watermark. */
  #observe(slot: number, row: number, timeUs: number): void {
    const isOther = this.#reader.read(slot, row, timeUs);
    this.#values.keep(slot, row);
    const hasOtherInputs = this.#hasInputs && this.#inputs.differs(slot, row);
    if (hasOtherInputs) this.#inputs.keep(slot, row);
    this.#deciding.keep(slot, row);
    this.#machine.observe(slot, timeUs, { isOther });
    if (this.#isMomentary) this.#machine.release(slot, timeUs);
    if (hasOtherInputs && this.state.rank[slot] !== 0) this.announcer.reconsider(slot);
  }

  /** A change that a rule itself brings about, at an event time or, escalating, on the arrival clock. */
  readonly #announceOwn: Announce = (change, slot, timeUs, decidingLevel) => {
    if (change !== 'escalated') this.lives.of(slot).changedUs = timeUs;
    const provenance = decidingLevel === null ? null : this.#deciding.provenanceOf(slot, decidingLevel);
    this.announcer.announce(change, slot, timeUs, provenance && { provenance });
    if (this.#hasDuties) this.#members[this.state.ruleOf[slot]!]!.follow(change, slot);
    if (change === 'cleared') this.announcer.forget(slot);
  };
}

function inputsOf({ suppress }: RuleNode): readonly (Field & { readonly column: string })[] {
  return (suppress?.columns ?? []).map(({ column, type }) => ({ name: column, type, column }));
}

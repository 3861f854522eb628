import { type AlertChangeKind, type RuleNode, SEVERITIES } from '../../../dsl/plan.ts';
import type { Column, Scalar } from '../../batch.ts';
import type { AlertChange, AlertPlace, AlertSink, FiringAlert, KeyTable } from '../../operator.ts';
import { AlertIds } from './alert-id.ts';
import type { AlertLives } from './alert-lives.ts';
import type { AlertState } from './alert-state.ts';
import type { LastValues } from './last-values.ts';
import { messageOf, type MessageParts, messageParts } from './message.ts';

/** Who, or what, brought a change about. */
export type ChangeOrigin = Pick<AlertChange, 'by' | 'comment' | 'provenance'>;

/** What rules of one form know when they tell of alerts. */
export type Known = {
  readonly state: AlertState;
  readonly lives: AlertLives;
  readonly values: LastValues;
  /** Of `suppress`. */
  readonly inputs: LastValues;
  readonly keys: KeyTable;
  readonly dictionary: AlertPlace['keys'];
};

/** Tells what happens to alerts of rules of one form, each by its slot in their state. */
export class AlertAnnouncer {
  readonly #known: Known;
  readonly #alerts: AlertSink;
  readonly #alertIds: AlertIds;
  readonly #names: string[] = []; // by rule
  readonly #jsonNames: string[] = []; // by rule
  readonly #texts: (readonly string[])[] = []; // of messages, by rule
  #holes: MessageParts['holes'] = []; // between these: the same for all
  readonly #fired: (Fired | undefined)[] = []; // by slot

  constructor(known: Known, alerts: AlertSink) {
    this.#known = known;
    this.#alerts = alerts;
    this.#alertIds = new AlertIds(known.keys.fields);
  }

  addRule(node: RuleNode): void {
    this.#names.push(node.name);
    this.#jsonNames.push(JSON.stringify(node.name));
    const { texts, holes } = messageParts(node, this.#known.keys.fields);
    this.#texts.push(texts);
    this.#holes = holes;
  }

  grow(slotCount: number): void {
    while (this.#fired.length < slotCount) this.#fired.push(undefined);
  }

  /** Of an alert that fires, or clears just now. */
  announce(change: AlertChangeKind, slot: number, timeUs: number, origin: ChangeOrigin | null): void {
    const { state, lives, values } = this.#known;
    const rule = this.#nameOf(slot);
    const { key, id } = this.#firedAt(slot);
    const level = SEVERITIES[state.rank[slot]! - 1]!;
    const carried = values.valuesOf(slot);
    const texts = this.#texts[state.ruleOf[slot]!]!;
    const message = messageOf({ texts, holes: this.#holes }, { key, values: carried, severity: level, timeUs });
    const told: Told = { rule, key, level, change, timeUs, id, message, values: carried };
    const words = lives.wordsOf(slot);
    if (words.length > 0) told.state = words;
    if (origin?.by !== undefined) told.by = origin.by;
    if (origin?.comment !== undefined) told.comment = origin.comment;
    if (origin?.provenance !== undefined) told.provenance = origin.provenance;
    this.#alerts.emit(told, new PlaceOfSlot(this.#known, slot));
  }

  /** A row has other values than the one before that the rule's `suppress` reads. */
  reconsider(slot: number): void {
    const alert = { rule: this.#nameOf(slot), key: this.#firedAt(slot).key };
    this.#alerts.reconsider?.(alert, new PlaceOfSlot(this.#known, slot));
  }

  /** One that fires, or clears just now. */
  alertAt(slot: number): FiringAlert['alert'] {
    const { state, lives, values } = this.#known;
    const { key, id } = this.#firedAt(slot);
    const words = lives.wordsOf(slot);
    return {
      rule: this.#nameOf(slot),
      key,
      level: SEVERITIES[state.rank[slot]! - 1]!,
      id,
      values: values.valuesOf(slot),
      ...(words.length === 0 ? {} : { state: words }),
    };
  }

  /** Null: no alert fires. */
  idOf(slot: number): string | null {
    return this.#known.state.rank[slot] === 0 ? null : this.#firedAt(slot).id;
  }

  /** The alert has cleared: the slot's next one is another. */
  forget(slot: number): void {
    this.#fired[slot] = undefined;
  }

  #nameOf(slot: number): string {
    return this.#names[this.#known.state.ruleOf[slot]!]!;
  }

  /** Made once. */
  #firedAt(slot: number): Fired {
    return (this.#fired[slot] ??= this.#makeFired(slot));
  }

  #makeFired(slot: number): Fired {
    const { keys, state } = this.#known;
    const key = keys.values(state.keyOf(slot));
    return { key, id: this.#alertIds.of(this.#jsonNames[state.ruleOf[slot]!]!, key, state.raisedUs[slot]!) };
  }
}

/** What all changes of an alert have in common, from the time when it is raised. */
type Fired = Pick<AlertChange, 'key' | 'id'>;
type Told = { -readonly [Name in keyof AlertChange]: AlertChange[Name] };

class PlaceOfSlot implements AlertPlace {
  readonly #known: Known;
  readonly valueRow: number;
  readonly keyId: number;
  readonly arrivalUs: number;

  constructor(known: Known, slot: number) {
    this.#known = known;
    this.valueRow = slot;
    this.keyId = known.state.keyOf(slot);
    this.arrivalUs = known.lives.nowUs;
  }

  get keys(): AlertPlace['keys'] {
    return this.#known.dictionary;
  }

  valueColumn(name: string): Column | undefined {
    return this.#known.values.columnOf(name);
  }

  suppressInputs(): readonly Scalar[] {
    return this.#known.inputs.listOf(this.valueRow);
  }
}

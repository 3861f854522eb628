import { type AlertChangeKind, type RuleNode, SEVERITIES } from '../../../dsl/plan.ts';
import type { Column, Scalar } from '../../batch.ts';
import type { AlertChange, AlertPlace, AlertSink, FiringAlert, KeyTable } from '../../operator.ts';
import { alertId } from './alert-id.ts';
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
  readonly #names: string[] = []; // by rule
  readonly #texts: (readonly string[])[] = []; // of messages, by rule
  #holes: MessageParts['holes'] = []; // between these: the same for all
  readonly #ids: (string | undefined)[] = []; // of alerts that fire, by slot

  constructor(known: Known, alerts: AlertSink) {
    this.#known = known;
    this.#alerts = alerts;
  }

  addRule(node: RuleNode): void {
    this.#names.push(node.name);
    const { texts, holes } = messageParts(node, this.#known.keys.fields);
    this.#texts.push(texts);
    this.#holes = holes;
  }

  grow(slotCount: number): void {
    while (this.#ids.length < slotCount) this.#ids.push(undefined);
  }

  /** Of an alert that fires, or clears just now. */
  announce(change: AlertChangeKind, slot: number, timeUs: number, origin: ChangeOrigin | null): void {
    const { keys, state, lives, values } = this.#known;
    const rule = this.#nameOf(slot);
    const key = keys.values(state.keyOf(slot));
    const level = SEVERITIES[state.rank[slot]! - 1]!;
    const id = this.#idAt(slot, key);
    const carried = values.valuesOf(slot);
    const texts = this.#texts[state.ruleOf[slot]!]!;
    const message = messageOf({ texts, holes: this.#holes }, { key, values: carried, severity: level, timeUs });
    const told: Told = { rule, key, level, change, timeUs, id, message, values: carried };
    const words = lives.wordsOf(slot);
    if (words.length > 0) told.state = words;
    this.#alerts.emit(origin === null ? told : Object.assign(told, origin), new PlaceOfSlot(this.#known, slot));
  }

  /** A row has other values than the one before that the rule's `suppress` reads. */
  reconsider(slot: number): void {
    const { state, keys } = this.#known;
    const alert = { rule: this.#nameOf(slot), key: keys.values(state.keyOf(slot)) };
    this.#alerts.reconsider?.(alert, new PlaceOfSlot(this.#known, slot));
  }

  /** One that fires, or clears just now. */
  alertAt(slot: number): FiringAlert['alert'] {
    const { keys, state, lives, values } = this.#known;
    const key = keys.values(state.keyOf(slot));
    const words = lives.wordsOf(slot);
    return {
      rule: this.#nameOf(slot),
      key,
      level: SEVERITIES[state.rank[slot]! - 1]!,
      id: this.#idAt(slot, key),
      values: values.valuesOf(slot),
      ...(words.length === 0 ? {} : { state: words }),
    };
  }

  /** Null: no alert fires. */
  idOf(slot: number): string | null {
    const { keys, state } = this.#known;
    return state.rank[slot] === 0 ? null : this.#idAt(slot, keys.values(state.keyOf(slot)));
  }

  /** The alert has cleared: the slot's next one is another. */
  forget(slot: number): void {
    this.#ids[slot] = undefined;
  }

  #nameOf(slot: number): string {
    return this.#names[this.#known.state.ruleOf[slot]!]!;
  }

  /** Hashed once. */
  #idAt(slot: number, key: AlertChange['key']): string {
    return (this.#ids[slot] ??= alertId({
      rule: this.#nameOf(slot),
      key,
      raisedUs: this.#known.state.raisedUs[slot]!,
    }));
  }
}

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

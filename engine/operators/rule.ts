import { type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import type { AlertSink, Frame, KeyTable, Operator, OperatorContext, Snapshot, View } from '../operator.ts';
import { firstOne } from '../state/first-one.ts';
import { maskOf } from './mask.ts';
import { alertId } from './rule/alert-id.ts';
import { AlertMachine } from './rule/alert-machine.ts';
import { AlertState } from './rule/alert-state.ts';
import { ConditionReader } from './rule/condition-reader.ts';
import { LastValues } from './rule/last-values.ts';
import { createMessage, type MessageContext } from './rule/message.ts';

/**
 * A rule: one alert per key, driven by the truths of its conditions and by the key's watermark (MEANING.md 18–23 and
 * docs/language/rules.md). A key of which no condition holds and no alert fires costs a look at two bytes per row.
 */
export function createRule(node: RuleNode, context: OperatorContext): Operator {
  return new Rule(node, context);
}

class Rule implements Operator {
  readonly node: RuleNode;
  readonly #view: View;
  readonly #keys: KeyTable;
  readonly #alerts: AlertSink;
  readonly #state: AlertState;
  readonly #reader: ConditionReader;
  readonly #values: LastValues;
  readonly #machine: AlertMachine;
  readonly #message: (context: MessageContext) => string;

  constructor(node: RuleNode, context: OperatorContext) {
    this.node = node;
    this.#view = context.input;
    this.#keys = context.input.frame.keys;
    this.#alerts = context.alerts;
    this.#state = new AlertState(node);
    this.#reader = new ConditionReader(node, context.input, this.#state);
    this.#values = new LastValues(node, context.input, context.symbols);
    this.#machine = new AlertMachine(node, this.#state, this.#announce.bind(this));
    this.#message = createMessage(node, this.#keys.fields);
  }

  get memory(): Operator['memory'] {
    const hasText = this.node.values.some(value => value.type === 'string');
    return {
      bytesPerKey: this.#state.bytesPerKey + this.#values.bytesPerKey,
      plus: hasText ? 'the text of the last row' : null,
    };
  }

  process(frame: Frame): undefined {
    this.#grow();
    if (frame.hasRows) this.#processRows(frame);
    else this.#moveOn(frame);
  }

  nextDueUs(keyId: number): number {
    return this.#state.nextDueUs(keyId);
  }

  isPending(keyId: number): boolean {
    return this.#state.isPending(keyId);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#grow();
    return { state: this.#state.snapshot(keyIds), named: this.#values.snapshot(keyIds) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#grow();
    this.#state.restore(snapshot['state'] as Snapshot, keyIds);
    this.#values.restore(snapshot['named'] as Snapshot, keyIds);
  }

  forget(keyId: number): void {
    this.#state.forget(keyId);
    this.#values.forget(keyId);
  }

  get stateBytes(): number {
    return this.#state.stateBytes + this.#values.stateBytes;
  }

  #grow(): void {
    this.#state.grow(this.#keys.size);
    this.#values.grow(this.#keys.size);
  }

  #processRows(frame: Frame): void {
    this.#reader.open(frame);
    this.#values.open(frame);
    const { length, keyIds, watermarkUs } = frame;
    const mask = maskOf(frame, this.#view);
    const candidates = this.#reader.candidates(length);
    const { isReadWhenQuiet } = this.#reader;
    const { isWatched } = this.#state; // a key that is not watched has nothing due
    for (let i = 0; i < length; i++) {
      if (!isReadWhenQuiet) i = this.#nextToHandle(frame, candidates, i);
      if (i === length) return;
      const keyId = keyIds[i]!;
      const isRow = mask === undefined || mask[i] === 1;
      if (isWatched[keyId] === 1) {
        this.#machine.advance(keyId, watermarkUs[i]!);
        if (isRow) this.#observe(keyId, i, watermarkUs[i]!);
      } else if (isRow && candidates[i] === 1) this.#observe(keyId, i, watermarkUs[i]!);
      else if (isRow && isReadWhenQuiet) this.#reader.readClearAndWhile(keyId, i, watermarkUs[i]!);
    }
  }

  /** The first entry from `i` on of a watched key, or at which a level's condition is true. */
  #nextToHandle(frame: Frame, candidates: Uint8Array, i: number): number {
    if (this.#state.watchedCount === 0) return firstOne(candidates, i, frame.length);
    return firstWatchedOrTrue(frame, this.#state.isWatched, candidates, i);
  }

  #moveOn({ length, keyIds, watermarkUs }: Frame): void {
    const { dueUs } = this.#state;
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      if (dueUs[keyId]! <= watermarkUs[i]!) this.#machine.advance(keyId, watermarkUs[i]!);
    }
  }

  /** A row, whose time is the watermark. */
  #observe(keyId: number, row: number, timeUs: number): void {
    this.#reader.read(keyId, row, timeUs);
    this.#values.keep(keyId, row);
    this.#machine.observe(keyId, timeUs);
  }

  #announce(change: 'raised' | 'level' | 'cleared', keyId: number, timeUs: number): void {
    const { node } = this;
    const level = SEVERITIES[this.#state.rank[keyId]! - 1]!;
    const key = this.#keys.values(keyId);
    const values = this.#values.valuesOf(keyId);
    this.#alerts.emit({
      rule: node.name,
      key,
      level,
      change,
      timeUs,
      id: alertId({ rule: node.name, key, raisedUs: this.#state.raisedUs[keyId]! }),
      message: this.#message({ key, values, severity: level, timeUs }),
      values,
    });
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

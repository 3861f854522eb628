import type { RuleNode, Severity } from '../../../dsl/plan.ts';
import { type Column, identityColumns, neededFields } from '../../batch.ts';
import type { Engine } from '../../engine.ts';
import type { AlertChange, Snapshot } from '../../operator.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64 } from '../../state/gather.ts';
import type { RowColumns } from '../row-batch.ts';
import type { BatchColumns } from '../workers/worker-protocol.ts';
import { alertCorrections } from './alert-corrections.ts';
import type { KeptEvents } from './kept-aside.ts';
import type { KeyStates } from './key-states.ts';
import { isQuietRule, mayLinger } from './quiet-rules.ts';
import type { RevisionSlice } from './revision-slice.ts';
import { areSameStates, escalatedAlert, isSameAlert, withLife } from './rule-states.ts';
import { Shadow, type ShadowOutput } from './shadow.ts';

/** Keys of a source's events, as columns of a batch. */
export type RevisedKeys = { readonly columns: readonly Column[]; readonly length: number };

/** What a revision gives; `too-much`, `too-short`: nothing was changed, as too much came meanwhile, or as too little was read. */
export type Revised =
  | { readonly kind: 'revised'; readonly rows: readonly RowColumns[]; readonly alerts: readonly AlertChange[] }
  | { readonly kind: 'too-much' | 'too-short' };

/**
 * The past of some keys, computed again beside the engine that runs them: the slice of the plan that late events revise runs
 * in an engine of its own, which is given the keys' stored events in order, then those that the live one was given
 * meanwhile. Then what the live one keeps of the keys there is replaced, between two rounds. Where rules are among it, a
 * second one is given the same without the late events: what that tells of alerts is what was told.
 */
export class HostRevision {
  /** By key: what the live engine had done when this began; −Infinity: it does not know the key. */
  readonly watermarkUs: Float64Array;
  readonly #slice: RevisionSlice;
  readonly #keys: RevisedKeys;
  readonly #live: KeyStates;
  readonly #keyIds: Int32Array; // by key, in the live engine
  readonly #now: Shadow;
  readonly #before: Shadow | undefined; // where there are rules
  readonly #keyColumns: readonly number[]; // of a batch
  readonly #identity: readonly number[];
  readonly #keysAt: ReadonlyMap<number, readonly number[]>; // by their watermark
  readonly #fedAt = new Map<number, Set<string>>(); // by key: identities of the events at its watermark

  constructor(options: {
    readonly slice: RevisionSlice;
    readonly keys: RevisedKeys;
    readonly live: KeyStates;
    readonly createEngine: (output: ShadowOutput) => Engine;
  }) {
    const { slice, keys, live, createEngine } = options;
    this.#slice = slice;
    this.#keys = keys;
    this.#live = live;
    this.#now = new Shadow(slice.source.id, createEngine);
    this.#before = slice.rules.length === 0 ? undefined : new Shadow(slice.source.id, createEngine);
    const fields = neededFields(slice.source);
    this.#keyColumns = slice.source.key.map(name => fields.findIndex(field => field.name === name));
    this.#identity = identityColumns(slice.source);
    this.#keyIds = Int32Array.from({ length: keys.length }, (_, i) => live.find(keys.columns, i));
    this.watermarkUs = Float64Array.from(this.#keyIds, keyId => (keyId < 0 ? -Infinity : live.watermarkUs(keyId)));
    this.#keysAt = Map.groupBy(this.watermarkUs.keys(), i => this.watermarkUs[i]!);
    live.aside.begin([...this.#keyIds].filter(keyId => keyId >= 0));
  }

  /** Stored events of these keys, in the order of (time, arrival), from one call to the next as well; 1: a late one that is new. */
  feed(events: BatchColumns, isNew: Uint8Array): void {
    this.#noteTies(events);
    if (this.#before !== undefined) {
      const old = Uint32Array.from(isNew.keys()).filter(row => isNew[row] === 0);
      this.#before.push(old.length === events.length ? copyOf(events) : rowsAt(events, old));
    }
    this.#now.push(events);
  }

  /** `isWhole`: nothing is stored that was not given. `fromUs`: rows are others from there on at the earliest. */
  finish({ isWhole, fromUs }: { readonly isWhole: boolean; readonly fromUs: number }): Revised {
    const { aside } = this.#live;
    const { isFull } = aside;
    const kept = aside.end();
    if (isFull) return { kind: 'too-much' };
    const places = new Map([...this.#keyIds].map((keyId, i) => [keyId, i]));
    for (const part of kept) this.#feedKept(part, places);
    for (let i = 0; i < this.#keys.length; i++) this.#moveOn(i);
    if (!isWhole && !this.#isLongEnough(fromUs)) return { kind: 'too-short' };
    const alerts = this.#alerts();
    for (let i = 0; i < this.#keys.length; i++) this.#replace(i);
    return { kind: 'revised', rows: this.#now.rows, alerts };
  }

  /** Nothing is changed. */
  giveUp(): void {
    this.#live.aside.end();
  }

  /** The key that the live engine has now, where it is the one that it had; −1: it was forgotten, and may have come anew. */
  #liveId(i: number): number {
    const keyId = this.#live.find(this.#keys.columns, i);
    return keyId === this.#keyIds[i] ? keyId : -1;
  }

  #moveOn(i: number): void {
    const liveId = this.#liveId(i);
    for (const shadow of this.#shadows()) {
      const id = shadow.keys.find(this.#keys.columns, i);
      if (id < 0) continue; // nothing of it is stored
      // Of a key that was forgotten everything is closed.
      const { lookUs, gapUs } = this.#slice.reach;
      shadow.keys.moveTo(id, liveId < 0 ? shadow.nowUs + lookUs + gapUs : this.#live.watermarkUs(liveId));
    }
  }

  #replace(i: number): void {
    const liveId = this.#liveId(i);
    const id = this.#now.keys.find(this.#keys.columns, i);
    if (liveId < 0 || id < 0) return;
    const states = this.#now.keys.take(id, this.#slice.operators);
    const rules: Record<string, Snapshot> = {};
    for (const { id: rule } of this.#slice.rules) {
      const [live, before] = this.#ruleStates(rule, i);
      const now = this.#now.keys.take(id, [rule])[rule] as Snapshot;
      // What late events change nothing of goes on as it is: it may be older than what was read.
      if (isSameAlert(live, before) && !areSameStates(before, now))
        rules[rule] = withLife(now, live, this.#live.arrivalUs);
    }
    this.#live.replace(liveId, { ...states, ...rules });
  }

  /**
   * Whether alerts follow from what was read: none was raised so soon that it may have been raised before; each that may have been
   * raised before is over before anything is another; and in the end they are those of the live engine.
   */
  #isLongEnough(fromUs: number): boolean {
    const before = this.#before;
    if (before === undefined) return true;
    const { alertUs, rangeUs } = this.#slice.reach;
    const knownUs = before.firstUs + alertUs;
    const seesAllUs = before.firstUs + rangeUs;
    const raised = before.alerts.filter(({ change }) => change === 'raised');
    const isQuiet = (rule: RuleNode) =>
      !mayLinger(rule) ||
      raised.some(({ rule: name, timeUs }) => isQuietRule(name, rule) && timeUs >= seesAllUs && timeUs <= fromUs);
    if (!this.#slice.rules.every(isQuiet)) return false;
    return raised.every(alert => isQuietRule(alert.rule) || alert.timeUs > knownUs) && this.#hasSameAlerts();
  }

  /** Whether what was read explains the alerts that fire, or are pending. */
  #hasSameAlerts(): boolean {
    return this.#slice.rules.every(({ id: rule }) => {
      for (let i = 0; i < this.#keys.length; i++) {
        const [live, before] = this.#ruleStates(rule, i);
        if (!isSameAlert(live, before)) return false;
      }
      return true;
    });
  }

  #alerts(): readonly AlertChange[] {
    const before = this.#before;
    if (before === undefined) return [];
    const told = (alerts: readonly AlertChange[]) => alerts.filter(({ rule }) => !isQuietRule(rule));
    return alertCorrections({
      before: told(before.alerts),
      now: told(this.#now.alerts),
      escalated: this.#escalated(before.alerts),
      atUs: this.#now.nowUs,
    });
  }

  /** By the id of an alert that fires: its level. */
  #escalated(told: readonly AlertChange[]): ReadonlyMap<string, Severity> {
    const escalated = new Map<string, Severity>();
    for (const { id: rule, name } of this.#slice.rules) {
      for (let i = 0; i < this.#keys.length; i++) {
        const alert = escalatedAlert(this.#ruleStates(rule, i)[0]);
        const raised = told.find(
          ({ change, rule: of, timeUs }) => change === 'raised' && of === name && timeUs === alert?.raisedUs,
        );
        if (alert !== null && raised !== undefined) escalated.set(raised.id, alert.level);
      }
    }
    return escalated;
  }

  /** Of the live engine, and of the shadow that stands for it. */
  #ruleStates(rule: string, i: number): readonly [live: Snapshot, before: Snapshot] {
    const liveId = this.#liveId(i);
    const beforeId = this.#before!.keys.find(this.#keys.columns, i);
    return [
      (liveId < 0 ? {} : this.#live.take(liveId, [rule])[rule]) as Snapshot,
      (beforeId < 0 ? {} : this.#before!.keys.take(beforeId, [rule])[rule]) as Snapshot,
    ];
  }

  #shadows(): readonly Shadow[] {
    return this.#before === undefined ? [this.#now] : [this.#before, this.#now];
  }

  #feedKept(part: KeptEvents, places: ReadonlyMap<number, number>): void {
    const rows: number[] = [];
    for (let row = 0; row < part.length; row++) {
      const fed = this.#fedAt.get(places.get(part.keyIds[row]!)!);
      if (fed?.has(this.#identityOf(part, row)) !== true) rows.push(row);
    }
    for (const shadow of this.#shadows()) shadow.push(rowsAt(part, Uint32Array.from(rows)));
  }

  /** An event of the watermark's own time may be stored already, and handled only after this began: it is fed once. */
  #noteTies(events: BatchColumns): void {
    const keys = this.#keyColumns.map(column => events.columns[column]!);
    for (let row = 0; row < events.length; row++) {
      for (const i of this.#keysAt.get(events.timeUs[row]!) ?? []) {
        if (!isSameKey(keys, row, this.#keys.columns, i)) continue;
        let fed = this.#fedAt.get(i);
        if (fed === undefined) this.#fedAt.set(i, (fed = new Set()));
        fed.add(this.#identityOf(events, row));
      }
    }
  }

  #identityOf({ columns }: { readonly columns: readonly Column[] }, row: number): string {
    return this.#identity.map(column => columns[column]!.values[row]).join(' ');
  }
}

export type Events = Pick<BatchColumns, 'timeUs' | 'columns'>;

/** An engine owns what it is given. */
function copyOf(events: BatchColumns): BatchColumns {
  return rowsAt(
    events,
    Uint32Array.from({ length: events.length }, (_, row) => row),
  );
}

export function rowsAt({ timeUs, columns }: Events, rows: Uint32Array): BatchColumns {
  const times = gatherFloat64(timeUs, rows);
  return {
    length: rows.length,
    timeUs: times,
    arrivalUs: times,
    columns: columns.map(column => gatherColumn(column, rows, rows.length)),
  };
}

function isSameKey(a: readonly Column[], rowA: number, b: readonly Column[], rowB: number): boolean {
  return a.every((column, c) => {
    const other = b[c]!;
    const isNull = column.valid !== undefined && column.valid[rowA] === 0;
    const isOtherNull = other.valid !== undefined && other.valid[rowB] === 0;
    return isNull || isOtherNull ? isNull === isOtherNull : column.values[rowA] === other.values[rowB];
  });
}

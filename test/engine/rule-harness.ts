import { expect } from 'vitest';
import { IDENTITY_COLUMNS, type RuleNode, type ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, type Scalar, SymbolTable } from '../../engine/batch.ts';
import type { AlertChange, Frame, KeyTable, Operator, Snapshot, View } from '../../engine/operator.ts';
import { createRule } from '../../engine/operators/rule.ts';
import type { RuleOrigin } from '../../engine/operators/rule/rule-origin.ts';
import { ArrivalTimers } from '../../engine/state/arrival-timers.ts';

/** An entry of a frame in plain words; a row's watermark is its time, and without `row` it only moves time. */
export type Entry = {
  readonly key: number;
  readonly watermarkUs: number;
  readonly row?: Readonly<Record<string, Scalar>>;
  readonly isMasked?: boolean; // the view does not have this row
};

/** Of no key at the time, so that ids are handed out with holes. */
const SPARE_IDS = 2;

/** One rule over one view: columns by name, keys `m0`, `m1` …, whose ids change when it is restarted. */
export class RuleBench {
  readonly changes: AlertChange[] = [];
  #node: RuleNode;
  readonly #types: Readonly<Record<string, ValueType>>;
  readonly #symbols: SymbolTable;
  readonly #view: View;
  readonly #keyCount: number;
  #firstId = 0; // of key 0; the others follow, round about
  operator: Operator;

  /** `hasMask`: whether the view may leave rows out. */
  constructor(
    node: RuleNode,
    types: Readonly<Record<string, ValueType>>,
    { keyCount, hasMask = true }: { keyCount: number; hasMask?: boolean },
  ) {
    this.#node = node;
    this.#types = types;
    this.#symbols = new SymbolTable();
    const names = Object.keys(types);
    const slots = new Map(names.map((name, i) => [name, i + 1])); // slot 0 is the mask
    const addSlot = (): number => {
      throw new Error('a rule adds no column');
    };
    this.#keyCount = keyCount;
    const keys: KeyTable = {
      fields: ['device'],
      size: keyCount + SPARE_IDS,
      values: id => ({ device: `m${this.#keyOf(id)}` }),
    };
    this.#view = { frame: { id: 'motor', keys, addSlot }, mask: hasMask ? 0 : undefined, slots };
    this.operator = this.#create();
  }

  process(entries: readonly Entry[]): void {
    const columns: Column[] = [maskColumn(entries)];
    for (const [name, type] of Object.entries(this.#types)) columns.push(this.#columnOf(name, type, entries));
    const hasRows = entries.some(entry => entry.row !== undefined);
    const areRows = entries.every(entry => entry.row !== undefined);
    const frame: Frame = {
      length: entries.length,
      keyIds: Uint32Array.from(entries, entry => this.idOf(entry.key)),
      timeUs: Float64Array.from(entries, entry => (entry.row === undefined ? Number.NaN : entry.watermarkUs)),
      watermarkUs: Float64Array.from(entries, entry => entry.watermarkUs),
      arrivalUs: Float64Array.from(entries, entry => entry.watermarkUs),
      rows: areRows ? undefined : Uint8Array.from(entries, entry => (entry.row === undefined ? 0 : 1)),
      hasRows,
      columns: hasRows ? columns : [],
    };
    this.operator.process(frame);
  }

  idOf(key: number): number {
    return (key + this.#firstId) % (this.#keyCount + SPARE_IDS);
  }

  /** A crash: a new operator with other ids, from snapshots of the old one, as two checkpoints have them. */
  restart(node = this.#node): void {
    const keys = Array.from({ length: this.#keyCount }, (_, key) => key);
    const firstOnly = this.#snapshot([0]);
    const all = this.#snapshot(keys);
    const isSame = node === this.#node;
    this.#node = node;
    this.operator = this.#create();
    this.#firstId++;
    this.operator.restore(firstOnly, Int32Array.of(this.idOf(0)));
    this.operator.restore(
      all,
      Int32Array.from(keys, key => (key === 0 ? -1 : this.idOf(key))),
    );
    if (isSame) expect(this.#snapshot(keys)).toEqual(all);
  }

  #snapshot(keys: readonly number[]): Snapshot {
    const keyIds = Uint32Array.from(keys, key => this.idOf(key));
    return structuredClone(this.operator.snapshot(keyIds)) as Snapshot;
  }

  #keyOf(id: number): number {
    const idCount = this.#keyCount + SPARE_IDS;
    return (id - (this.#firstId % idCount) + idCount) % idCount;
  }

  #create(): Operator {
    const alerts = { emit: (change: AlertChange) => void this.changes.push(change) };
    return createRule(this.#node, {
      input: this.#view,
      symbols: this.#symbols,
      alerts,
      keys: { changed: { oneWillChange: () => {} }, findValues: () => -1, fields: ['device'], columns: [] },
      arrivalTimers: new ArrivalTimers(),
      originOf: () => this.#origin(),
      isOfSourceKeys: false,
      silence: null,
      hasSeen: () => true,
    });
  }

  /** Rows are events of a stored stream where they have its columns. */
  #origin(): RuleOrigin {
    const [source, sequence, item] = Object.values(IDENTITY_COLUMNS).map(name => this.#view.slots.get(name));
    return {
      stream: 'motor',
      identity: source === undefined ? null : { source, sequence: sequence!, item: item! },
      bound: [],
      until: null,
      details: () => ({ version: 'v', rangesUs: [] }),
    };
  }

  #columnOf(name: string, type: ValueType, entries: readonly Entry[]): Column {
    const column = createColumn(type, entries.length);
    const isThere = (entry: Entry) => (entry.row?.[name] ?? null) !== null;
    if (!entries.every(isThere)) column.valid = Uint8Array.from(entries, entry => (isThere(entry) ? 1 : 0));
    entries.forEach((entry, i) => {
      column.values[i] = isThere(entry) ? this.#encode(entry.row![name]!, type) : garbage(type);
    });
    return column;
  }

  #encode(value: Scalar, type: ValueType): number | string {
    if (type === 'symbol') return this.#symbols.idOf(String(value));
    if (type === 'quality') return ['good', 'uncertain', 'bad'].indexOf(String(value));
    return type === 'bool' ? Number(value) : (value as number | string);
  }
}

function maskColumn(entries: readonly Entry[]): Column {
  const column = createColumn('bool', entries.length);
  entries.forEach((entry, i) => {
    column.values[i] = entry.row !== undefined && entry.isMasked !== true ? 1 : 0;
  });
  return column;
}

/** What must not be read where a value is null: the most harmful one. */
function garbage(type: ValueType): number | string {
  if (type === 'string') return 'garbage';
  return type === 'quality' ? 0 : 1; // good, true
}

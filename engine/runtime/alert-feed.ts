import { type AlertsNode, type Field, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import { type Column, createColumn, type SymbolTable } from '../batch.ts';
import { compareTexts } from '../compare-texts.ts';
import type { AlertChange, AlertPlace, Snapshot } from '../operator.ts';
import { asSnapshot, copyOrVoid, gatherColumn, growColumn, restoreColumn } from '../state/columns.ts';
import { ArrivalMerge } from './arrival-merge.ts';
import type { SourceStream } from './source-stream.ts';
import type { Clock } from './timeline.ts';

/**
 * Changes of alerts as events of a stream, at the instant of the arrival clock at which they happen (MEANING.md 26). They wait
 * until that is behind, on the clocks of all sources whose rules are read, so that their order does not depend on how the input
 * is cut: by (instant, rule, key), and of one alert as they came.
 */
export class AlertFeed {
  readonly stream: SourceStream;
  readonly #id: string;
  readonly #fields: readonly Field[];
  readonly #copied: readonly Field[]; // of the key, and carried: values of the rule's rows, as they were then
  readonly #symbols: SymbolTable;
  readonly #rules: ReadonlyMap<string, { readonly order: number; readonly source: string; readonly node: RuleNode }>; // by name
  readonly #source: string; // of what waits of a rule that is paused now
  readonly #merge: ArrivalMerge<Waiting>;
  #columns: Column[]; // of what is copied, in that order, and what waits
  #rowCount = 0; // of the columns
  #flushedUs = -Infinity;

  constructor(options: {
    readonly node: AlertsNode;
    readonly rules: readonly RuleNode[];
    /** By id: of the node's sources, and of what merges them in front of its rules. */
    readonly clocks: ReadonlyMap<string, Clock>;
    /** The one that a rule's rows come from. */
    readonly clockOf: (rule: RuleNode) => string;
    readonly symbols: SymbolTable;
    readonly stream: SourceStream;
  }) {
    const { node, rules, clocks, clockOf } = options;
    this.stream = options.stream;
    this.#id = node.id;
    this.#fields = node.fields;
    const copied = new Set([...node.key, ...node.carried].map(({ name }) => name));
    this.#copied = node.fields.filter(({ name }) => copied.has(name));
    this.#symbols = options.symbols;
    const readIds = new Set(node.rules);
    const read = rules.filter(rule => readIds.has(rule.id));
    this.#rules = new Map(read.map((rule, order) => [rule.name, { order, source: clockOf(rule), node: rule }]));
    this.#source = node.input;
    this.#merge = new ArrivalMerge(clocks, (a, b) => a.order - b.order || compareTexts(a.key, b.key) || a.row - b.row);
    this.#columns = this.#copied.map(({ type }) => emptyColumn(type, 0));
  }

  take(change: AlertChange, at: AlertPlace): void {
    const { keyId, keys, arrivalUs, valueRow } = at;
    const rule = this.#rules.get(change.rule);
    if (rule === undefined) return;
    const row = this.#rowCount++;
    const { level, id, message, timeUs } = change;
    const told = { rule: change.rule, level, change: change.change, id, message, timeUs };
    const { order, source } = rule;
    this.#merge.add({ source, arrivalUs, order, key: JSON.stringify(change.key), row, change: told });
    this.#copied.forEach(({ name }, i) => {
      const column = this.#columns[i]!;
      growColumn(column, row + 1);
      const ofKey = keys.columns[keys.fields.indexOf(name)]; // a field may be one rule's key, and another one's value
      const from = ofKey ?? at.valueColumn(name);
      copyOrVoid(from, ofKey === undefined ? valueRow : keyId, column, row);
    });
  }

  /** Sources that wait for others with so much that they are not to be read on. */
  get full(): readonly string[] {
    return this.#merge.full;
  }

  /** A source has come further, or to its end: what happened before all of them goes on. */
  advance(): void {
    this.#flush();
    const { nowUs, furthestUs } = this.#merge;
    if (nowUs === Infinity) this.stream.finish(furthestUs);
    else if (nowUs > -Infinity) this.stream.tick(nowUs);
  }

  snapshot(): Snapshot {
    const { waiting } = this.#merge;
    const rows = Uint32Array.from(waiting, ({ row }) => row);
    return {
      flushedUs: this.#flushedUs,
      waiting: waiting.map(({ source: _, ...change }) => ({ ...change })),
      named: Object.fromEntries(
        this.#copied.map(({ name }, i) => [name, asSnapshot(gatherColumn(this.#columns[i]!, rows, rows.length))]),
      ),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#flushedUs = snapshot['flushedUs'] as number;
    const waiting = snapshot['waiting'] as unknown as readonly Omit<Waiting, 'source'>[]; // as: what `snapshot` gave
    waiting.forEach((change, row) => {
      const source = this.#rules.get(change.change.rule)?.source ?? this.#source;
      this.#merge.add({ ...change, source, row });
    });
    this.#rowCount = waiting.length;
    const named = snapshot['named'] as Readonly<Record<string, Snapshot>>;
    this.#columns = this.#copied.map(({ name, type }) => {
      const stored = Object.hasOwn(named, name) ? restoreColumn(named[name]!) : undefined;
      return stored?.type === type ? withValidity(stored) : emptyColumn(type, waiting.length); // not carried then
    });
  }

  #flush(): void {
    const due = this.#merge.take();
    if (due.length === 0) return;
    const rows = Uint32Array.from(due, ({ row }) => row);
    const timeUs = Float64Array.from(due, ({ arrivalUs }) => (this.#flushedUs = Math.max(this.#flushedUs, arrivalUs)));
    const columns = this.#fields.map(field => {
      const place = this.#copied.indexOf(field);
      return place < 0 ? this.#told(field, due) : gatherColumn(this.#columns[place]!, rows, rows.length);
    });
    this.#compact();
    this.stream.push({
      stream: this.#id,
      length: rows.length,
      timeUs,
      arrivalUs: timeUs.slice(),
      columns,
      rejected: [],
    });
  }

  /** Only what waits keeps its values. */
  #compact(): void {
    const { waiting } = this.#merge;
    const rows = Uint32Array.from(waiting, ({ row }) => row);
    this.#columns = this.#columns.map(column => withValidity(gatherColumn(column, rows, rows.length)));
    waiting.forEach((change, row) => (change.row = row));
    this.#rowCount = waiting.length;
  }

  /** What the changes say themselves, and labels. */
  #told({ name, type }: Field, due: readonly Waiting[]): Column {
    const column = emptyColumn(type, due.length);
    due.forEach(({ change }, row) => {
      const value = this.#valueOf(name, change);
      if (value === null) return;
      column.valid![row] = 1;
      column.values[row] = value;
    });
    return column;
  }

  #valueOf(name: string, change: Told): string | number | null {
    switch (name) {
      case 'rule':
        return this.#symbols.idOf(change.rule);
      case 'severity':
        return SEVERITIES.indexOf(change.level);
      case 'change':
        return this.#symbols.idOf(change.change);
      case 'id':
        return change.id;
      case 'message':
        return change.message;
      case 'event_time':
        return change.timeUs;
      default: {
        const labels = this.#rules.get(change.rule)?.node.labels ?? {}; // a rule that is paused now has none
        return Object.hasOwn(labels, name) ? this.#symbols.idOf(labels[name]!) : null;
      }
    }
  }
}

type Waiting = {
  readonly source: string;
  readonly arrivalUs: number;
  readonly order: number;
  readonly key: string;
  row: number; // of the columns
  readonly change: Told;
};

/** All that may be asked of a change, also by a later plan that goes on from here. */
type Told = Pick<AlertChange, 'rule' | 'level' | 'change' | 'id' | 'message' | 'timeUs'>;

/** Of nulls. */
function emptyColumn(type: Field['type'], length: number): Column {
  const column = createColumn(type, length);
  column.valid = new Uint8Array(length);
  return column;
}

function withValidity(column: Column): Column {
  column.valid ??= new Uint8Array(column.values.length).fill(1);
  return column;
}

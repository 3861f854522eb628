import { type AlertsNode, type Field, type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import { type Column, createColumn, type SymbolTable } from '../batch.ts';
import { compareTexts } from '../compare-texts.ts';
import type { AlertChange, AlertPlace, Snapshot } from '../operator.ts';
import { asSnapshot, copyValue, gatherColumn, growColumn, restoreColumn } from '../state/columns.ts';
import type { SourceStream } from './source-stream.ts';

/**
 * Changes of alerts as events of a stream, at the instant of the arrival clock at which they happen (MEANING.md 26). They wait
 * until that is behind, so that their order does not depend on how the input is cut: by (instant, rule, key), and of one
 * alert as they came.
 */
export class AlertFeed {
  readonly stream: SourceStream;
  readonly #id: string;
  readonly #key: ReadonlySet<string>;
  readonly #fields: readonly Field[];
  readonly #copied: readonly Field[]; // of the key, and carried: values of the rule's rows, as they were then
  readonly #symbols: SymbolTable;
  readonly #rules: ReadonlyMap<string, { readonly order: number; readonly node: RuleNode }>; // by name
  #waiting: Waiting[] = []; // bound: what one call of the source makes happen
  #columns: Column[]; // of what is copied, in that order, and what waits
  #flushedUs = -Infinity;

  constructor(options: {
    readonly node: AlertsNode;
    readonly rules: readonly RuleNode[];
    readonly symbols: SymbolTable;
    readonly stream: SourceStream;
  }) {
    const { node, rules } = options;
    this.stream = options.stream;
    this.#id = node.id;
    this.#key = new Set(node.key.map(({ name }) => name));
    this.#fields = node.fields;
    const copied = new Set([...this.#key, ...node.carried.map(({ name }) => name)]);
    this.#copied = node.fields.filter(({ name }) => copied.has(name));
    this.#symbols = options.symbols;
    const readIds = new Set(node.rules);
    const read = rules.filter(rule => readIds.has(rule.id));
    this.#rules = new Map(read.map((rule, order) => [rule.name, { order, node: rule }]));
    this.#columns = this.#copied.map(({ type }) => emptyColumn(type, 0));
  }

  take(change: AlertChange, at: AlertPlace): void {
    const { keyId, keys, arrivalUs, valueRow } = at;
    const rule = this.#rules.get(change.rule);
    if (rule === undefined) return;
    const row = this.#waiting.length;
    const { level, id, message, timeUs } = change;
    const told = { rule: change.rule, level, change: change.change, id, message, timeUs };
    this.#waiting.push({ arrivalUs, order: rule.order, key: JSON.stringify(change.key), row, change: told });
    this.#copied.forEach(({ name }, i) => {
      const column = this.#columns[i]!;
      growColumn(column, row + 1);
      const isKey = this.#key.has(name);
      const from = isKey ? keys.columns[keys.fields.indexOf(name)] : at.valueColumn(name);
      if (from === undefined) column.valid![row] = 0;
      else copyValue(from, isKey ? keyId : valueRow, column, row);
    });
  }

  /** What happened before this instant goes on. */
  flush(beforeUs: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(({ arrivalUs }) => arrivalUs < beforeUs);
    if (due.length === 0) return;
    due.sort((a, b) => a.arrivalUs - b.arrivalUs || a.order - b.order || compareTexts(a.key, b.key) || a.row - b.row);
    const rows = Uint32Array.from(due, ({ row }) => row);
    const timeUs = Float64Array.from(due, ({ arrivalUs }) => (this.#flushedUs = Math.max(this.#flushedUs, arrivalUs)));
    const columns = this.#fields.map(field => {
      const place = this.#copied.indexOf(field);
      return place < 0 ? this.#told(field, due) : gatherColumn(this.#columns[place]!, rows, rows.length);
    });
    this.#keepOnly(this.#waiting.filter(({ arrivalUs }) => arrivalUs >= beforeUs));
    this.stream.push({
      stream: this.#id,
      length: rows.length,
      timeUs,
      arrivalUs: timeUs.slice(),
      columns,
      rejected: [],
    });
  }

  snapshot(): Snapshot {
    const rows = Uint32Array.from(this.#waiting, ({ row }) => row);
    return {
      flushedUs: this.#flushedUs,
      waiting: this.#waiting.map(waiting => ({ ...waiting })),
      named: Object.fromEntries(
        this.#copied.map(({ name }, i) => [name, asSnapshot(gatherColumn(this.#columns[i]!, rows, rows.length))]),
      ),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#flushedUs = snapshot['flushedUs'] as number;
    this.#waiting = (snapshot['waiting'] as unknown as readonly Waiting[]).map((waiting, row) => ({ ...waiting, row })); // as: what `snapshot` gave
    const named = snapshot['named'] as Readonly<Record<string, Snapshot>>;
    this.#columns = this.#copied.map(({ name, type }) => {
      const stored = Object.hasOwn(named, name) ? restoreColumn(named[name]!) : undefined;
      return stored?.type === type ? withValidity(stored) : emptyColumn(type, this.#waiting.length); // not carried then
    });
  }

  #keepOnly(waiting: readonly Waiting[]): void {
    const rows = Uint32Array.from(waiting, ({ row }) => row);
    this.#columns = this.#columns.map(column => withValidity(gatherColumn(column, rows, rows.length)));
    this.#waiting = waiting.map((kept, row) => ({ ...kept, row }));
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
  readonly arrivalUs: number;
  readonly order: number;
  readonly key: string;
  readonly row: number;
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

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
  readonly #carried: ReadonlySet<string>;
  readonly #fields: readonly Field[];
  readonly #symbols: SymbolTable;
  readonly #rules: ReadonlyMap<string, { readonly order: number; readonly node: RuleNode }>; // by name
  #waiting: Waiting[] = []; // bound: what one call of the source makes happen
  #columns: Column[]; // of what waits, in that order
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
    this.#carried = new Set(node.carried.map(({ name }) => name));
    this.#fields = node.fields;
    this.#symbols = options.symbols;
    const read = rules.filter(rule => node.rules.includes(rule.id));
    this.#rules = new Map(read.map((rule, order) => [rule.name, { order, node: rule }]));
    this.#columns = this.#emptyColumns();
  }

  take(change: AlertChange, at: AlertPlace): void {
    const { keyId, keys, arrivalUs } = at;
    const rule = this.#rules.get(change.rule);
    if (rule === undefined) return;
    const row = this.#waiting.length;
    this.#waiting.push({ arrivalUs, order: rule.order, key: JSON.stringify(change.key), row });
    this.#fields.forEach((field, i) => {
      const column = this.#columns[i]!;
      growColumn(column, row + 1);
      const from = this.#key.has(field.name)
        ? keys.columns[keys.fields.indexOf(field.name)]
        : this.#carried.has(field.name)
          ? at.valueColumn(field.name)
          : undefined;
      if (from !== undefined) copyValue(from, keyId, column, row);
      else this.#put(column, row, this.#valueOf(field.name, change, rule.node));
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
    const columns = this.#columns.map(column => gatherColumn(column, rows, rows.length));
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
      columns: this.#columns.map(column => asSnapshot(gatherColumn(column, rows, rows.length))),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#flushedUs = snapshot['flushedUs'] as number;
    this.#waiting = (snapshot['waiting'] as unknown as readonly Waiting[]).map((waiting, row) => ({ ...waiting, row })); // as: what `snapshot` gave
    this.#columns = (snapshot['columns'] as readonly Snapshot[]).map(column => withValidity(restoreColumn(column)));
  }

  #keepOnly(waiting: readonly Waiting[]): void {
    const rows = Uint32Array.from(waiting, ({ row }) => row);
    this.#columns = this.#columns.map(column => withValidity(gatherColumn(column, rows, rows.length)));
    this.#waiting = waiting.map((kept, row) => ({ ...kept, row }));
  }

  #valueOf(name: string, change: AlertChange, { name: rule, labels }: RuleNode): string | number | null {
    switch (name) {
      case 'rule':
        return this.#symbols.idOf(rule);
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
      default:
        return Object.hasOwn(labels, name) ? this.#symbols.idOf(labels[name]!) : null;
    }
  }

  #put(column: Column, row: number, value: string | number | null): void {
    column.valid![row] = value === null ? 0 : 1;
    if (value !== null) column.values[row] = value;
  }

  #emptyColumns(): Column[] {
    return this.#fields.map(({ type }) => withValidity(createColumn(type, 0)));
  }
}

type Waiting = { readonly arrivalUs: number; readonly order: number; readonly key: string; readonly row: number };

function withValidity(column: Column): Column {
  column.valid ??= new Uint8Array(column.values.length).fill(1);
  return column;
}

import {
  describeAggregate,
  describeDetector,
  describeExpression,
  describeHistory,
  withoutMark,
} from '../describe-expression.ts';
import {
  type DetectorOutput,
  DURATION_COLUMN,
  type Expression,
  type HistoryNode,
  type RangeNode,
  type ValueType,
} from '../plan.ts';
import { columnsOf, renameColumns } from '../plan/expression-parts.ts';
import type { AggregateCall, DetectorCall, Hoist, LookedUpField, LookupCall } from './scope.ts';

/**
 * A column that a statement needs beside the fields of its view. `column` is its name within the statement, `#` and a
 * readable text; the plan's own name is given when the statement is lowered, since equal columns of several statements
 * are one.
 */
export type ColumnRequest =
  | { readonly kind: 'compute'; readonly column: string; readonly expression: Expression }
  | {
      readonly kind: 'range';
      readonly column: string;
      readonly call: AggregateCall;
      readonly range: RangeNode['range'];
      readonly isInline: boolean; // skips readings that are not good (MEANING.md 23)
    }
  | { readonly kind: 'history'; readonly column: string; readonly call: HistoryCall }
  | {
      readonly kind: 'detector';
      readonly column: string;
      readonly call: DetectorCall;
      readonly output: Omit<DetectorOutput, 'name'>;
    }
  | {
      readonly kind: 'lookup';
      readonly column: string;
      readonly table: string;
      readonly key: readonly string[];
      readonly field: LookedUpField;
    };

export type HistoryCall = Omit<HistoryNode, 'kind' | 'id' | 'input' | 'quality'>;

export type WindowAggregate = { readonly column: string; readonly call: AggregateCall };

/** Names for the columns of one statement: equal content, equal name; different content, different names. */
export class ColumnNames {
  readonly #byContent = new Map<string, string>();
  readonly #taken = new Set<string>();

  nameFor(text: string, content: unknown): { readonly column: string; readonly isNew: boolean } {
    const contentText = JSON.stringify(content);
    const known = this.#byContent.get(contentText);
    if (known !== undefined) return { column: known, isNew: false };
    let column = `#${shorten(text)}`;
    for (let number = 2; this.#taken.has(column); number++) column = `#${shorten(text)}~${number}`;
    this.#byContent.set(contentText, column);
    this.#taken.add(column);
    return { column, isNew: true };
  }
}

/** The columns asked for at one stage of a statement's way: before `where`, behind it, behind the window. */
export class StageColumns implements Hoist {
  readonly requests: ColumnRequest[] = [];
  readonly #stage: string;
  readonly #names: ColumnNames;
  readonly #windowRange: RangeNode['range'] | null;

  /** `windowRange`: what a window's aggregates become where every event gives a row (`window sliding`). */
  constructor(stage: string, names: ColumnNames, windowRange: RangeNode['range'] | null = null) {
    this.#stage = stage;
    this.#names = names;
    this.#windowRange = windowRange;
  }

  has(column: string): boolean {
    return this.requests.some(request => request.column === column);
  }

  compute(expression: Expression): string {
    if (expression.kind === 'column') return expression.column;
    const { column, isNew } = this.#name(describeExpression(expression, withoutMark), ['compute', expression]);
    if (isNew) this.requests.push({ kind: 'compute', column, expression });
    return column;
  }

  range({ range, ...call }: AggregateCall & { readonly range: RangeNode['range'] }): string {
    return this.#range(call, range, true);
  }

  window(call: AggregateCall): string {
    if (this.#windowRange === null) throw new Error('MR9001: an aggregate of a window where there is none');
    return this.#range(call, this.#windowRange, false);
  }

  history(call: HistoryCall): string {
    const { column, isNew } = this.#name(describeHistory(call), ['history', call]);
    if (isNew) this.requests.push({ kind: 'history', column, call });
    return column;
  }

  detector(call: DetectorCall, output: Omit<DetectorOutput, 'name'>): string {
    const { column, isNew } = this.#name(describeDetector(call, output.of), ['detector', call, output]);
    if (isNew) this.requests.push({ kind: 'detector', column, call, output });
    return column;
  }

  lookup({ table, key: expressions, field }: LookupCall): string {
    const key = expressions.map(expression => this.compute(expression));
    const text = `${table}[${key.map(withoutMark).join(', ')}].${field.name}`;
    const { column, isNew } = this.#name(text, ['lookup', table, key, field.name]);
    if (isNew) this.requests.push({ kind: 'lookup', column, table, key, field });
    return column;
  }

  #range(call: AggregateCall, range: RangeNode['range'], isInline: boolean): string {
    const { column, isNew } = this.#name(describeAggregate(call, range), ['range', call, range, isInline]);
    if (isNew) this.requests.push({ kind: 'range', column, call, range, isInline });
    return column;
  }

  #name(text: string, content: readonly unknown[]) {
    return this.#names.nameFor(text, [this.#stage, ...content]);
  }
}

/**
 * The columns of a statement whose window has panes: what is asked of aggregates, and of fields of the rows
 * (`until`, `duration()`, the key), belongs behind the window; all else, aggregates' arguments, to the events before it.
 */
export class PaneColumns implements Hoist {
  readonly events: StageColumns;
  readonly rows: StageColumns;
  readonly aggregates: WindowAggregate[] = [];
  readonly #names: ColumnNames;
  readonly #rowColumns = new Set<string>(['until', DURATION_COLUMN]);
  readonly #fieldBySelected = new Map<string, string>();
  readonly #read = new Map<string, readonly string[]>(); // by column that is looked up
  /** Columns of the rows that stand in an aggregate, which is over events. */
  readonly misplaced: string[] = [];

  constructor(names: ColumnNames) {
    this.#names = names;
    this.events = new StageColumns('events', names);
    this.rows = new StageColumns('rows', names);
  }

  /** A selected value hides the events' field of its name, save inside aggregates, where only the field makes sense. */
  hideField(field: string, selectedColumn: string): void {
    this.#fieldBySelected.set(selectedColumn, field);
  }

  isOfRows(column: string): boolean {
    return this.#rowColumns.has(column);
  }

  compute(expression: Expression): string {
    if (expression.kind === 'column') return expression.column;
    if (!columnsOf(expression).some(column => this.isOfRows(column))) return this.events.compute(expression);
    return this.#ofRows(this.rows.compute(expression));
  }

  /** A column of the rows, whatever it is made of. */
  computeOfRows(expression: Expression): string {
    return expression.kind === 'column' ? expression.column : this.#ofRows(this.rows.compute(expression));
  }

  range(call: AggregateCall & { readonly range: RangeNode['range'] }): string {
    if (!call.arguments.some(column => this.isOfRows(column))) return this.events.range(call);
    return this.#ofRows(this.rows.range(call));
  }

  history(call: HistoryCall): string {
    if (!historyArguments(call).some(column => this.isOfRows(column))) return this.events.history(call);
    return this.#ofRows(this.rows.history(call));
  }

  detector(call: DetectorCall, output: Omit<DetectorOutput, 'name'>): string {
    if (!call.arguments.some(column => this.isOfRows(column))) return this.events.detector(call, output);
    return this.#ofRows(this.rows.detector(call, output));
  }

  /** Outside of aggregates a row of the window is looked up, by what it has. */
  lookup(call: LookupCall, { isOfEvents }: { readonly isOfEvents: boolean }): string {
    if (isOfEvents) return this.events.lookup(call);
    const key = call.key.map(({ type }, i) => columnOf(type, this.computeOfRows(call.key[i]!)));
    const column = this.#ofRows(this.rows.lookup({ ...call, key }));
    this.#read.set(
      column,
      call.key.flatMap(expression => columnsOf(expression)),
    );
    return column;
  }

  /** The columns that a value of the rows is made of, through look-ups. */
  readBy(column: string): readonly string[] {
    return this.#read.get(column)?.flatMap(read => this.readBy(read)) ?? [column];
  }

  window(call: AggregateCall): string {
    const ofEvents = { ...call, arguments: call.arguments.map(argument => this.#ofEvents(argument)) };
    const { column, isNew } = this.#names.nameFor(describeAggregate(ofEvents, null), ['window', ofEvents]);
    if (isNew) this.aggregates.push({ column, call: ofEvents });
    return this.#ofRows(column);
  }

  #ofEvents(column: string): string {
    if (!this.isOfRows(column)) return column;
    const field = this.#fieldBySelected.get(column);
    if (field !== undefined) return field;
    const request = this.rows.requests.find(known => known.column === column);
    if (request?.kind === 'compute') {
      return this.events.compute(renameColumns(request.expression, name => this.#ofEvents(name)));
    }
    this.misplaced.push(column);
    return column;
  }

  #ofRows(column: string): string {
    this.#rowColumns.add(column);
    return column;
  }
}

/** The columns that it is of. */
export function historyArguments({ argument, limit }: HistoryCall): readonly string[] {
  return limit === undefined ? [argument] : [argument, limit];
}

function columnOf(type: ValueType, column: string): Expression {
  return { kind: 'column', type, column };
}

/** Ids are read by people: a long condition is cut, and numbered where that makes it ambiguous. */
function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}

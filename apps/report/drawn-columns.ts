import {
  columnsIn,
  type ColumnExpression,
  type Expression,
  type HistoryNode,
  type MatchNode,
  type RuleNode,
  type Severity,
  SILENT,
} from '../../dsl/plan.ts';
import { showDuration, showValue } from '../../engine/operators/rule/show.ts';
import { isDrawnAsNumber, limitsIn, numberOf } from './condition-limits.ts';
import type { ReadColumn, ReadColumns } from './read-columns.ts';

/**
 * A column that a rule looks at. `reading`: what was measured, or is computed of it; `score`: what a detector says;
 * `condition`: true or false.
 */
export type DrawnColumn = {
  readonly kind: 'reading' | 'score' | 'condition';
  readonly read: ReadColumn;
  readonly limits: readonly DrawnLimit[];
};

/** `severity` null: no level asks it, but what clears the alert, or a step of a pattern. */
export type DrawnLimit = { readonly value: number; readonly text: string; readonly severity: Severity | null };

/** What a rule looks at, in the order in which it says so: what its conditions read, or else whether they hold. */
export function drawnColumnsOf(rule: RuleNode, columns: ReadColumns): DrawnColumn[] {
  const found = new FoundColumns(columns, rule);
  const ask = (view: string, condition: string, says: Says) =>
    found.add(columns.expandColumn(view, condition, 'bool'), says);

  for (const { when, severity, forUs } of rule.levels) ask(rule.input, when, { what: severity, severity, forUs });
  if (rule.clear !== null) {
    ask(rule.input, rule.clear.when, { what: 'clear', severity: null, forUs: rule.clear.forUs });
  }
  const frame = columns.frameOf(rule.input);
  if (frame?.kind === 'match') addSteps(frame, columns, found);
  if (rule.while !== null) found.add(columns.expandColumn(rule.input, rule.while.condition, 'bool'), null);
  if (found.isEmpty) {
    for (const { name, column, type } of rule.values) {
      if (isDrawnAsNumber(type) && name !== SILENT) found.add(columns.expandColumn(rule.input, column, type), null);
    }
  }
  if (found.isEmpty) for (const { when, severity } of rule.levels) found.addCondition(rule.input, when, severity);
  return found.columns;
}

/** The part of each step that is about its row alone. */
function addSteps({ input, events }: MatchNode, columns: ReadColumns, found: FoundColumns): void {
  for (const { name, when } of events) {
    if (when === null) continue;
    found.add(columns.expandColumn(input, when, 'bool'), { what: name, severity: null, forUs: 0 });
  }
}

/** Whose condition it is; null: its limits are not drawn. */
type Says = { readonly what: string; readonly severity: Severity | null; readonly forUs: number } | null;

class FoundColumns {
  readonly #read: ReadColumns;
  readonly #units: ReadonlyMap<string, string | undefined>; // of what alerts carry, by column
  readonly #found = new Map<string, { kind: DrawnColumn['kind']; read: ReadColumn; limits: DrawnLimit[] }>();

  constructor(read: ReadColumns, { values }: RuleNode) {
    this.#read = read;
    this.#units = new Map(values.map(({ column, unit }) => [column, unit]));
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  get columns(): DrawnColumn[] {
    return [...this.#found.values()];
  }

  /** All that an expression reads and that can be drawn, and the limits in it. */
  add(expression: Expression, says: Says): void {
    for (const column of columnsIn(expression)) this.#addColumn(column, says);
    if (says === null) return;
    for (const { column, operator, value } of limitsIn(expression)) this.#addLimit(column, { operator, value, says });
  }

  addCondition(view: string, column: string, severity: Severity): void {
    const place = `${view}\n${column}`;
    const read: ReadColumn = { view, column, type: 'bool', text: severity, unit: null, maker: null };
    this.#found.set(place, { kind: 'condition', read, limits: [] });
  }

  #addColumn(column: ColumnExpression, says: Says): void {
    const read = this.#read.of(column);
    const { maker } = read;
    if (maker?.kind === 'range') {
      const { arguments: names } = maker.aggregates.find(({ name }) => name === read.column)!;
      this.#addArguments(maker.input, names);
    }
    if (maker?.kind === 'detector') this.#addArguments(maker.input, maker.arguments);
    if (maker?.kind === 'history') return this.#addHistory(maker, says);
    if (!isDrawnAsNumber(column.type) && column.type !== 'bool') return;
    if (this.#found.has(column.column) || this.#isPresence(read)) return;
    const kind = maker?.kind === 'detector' && column.type !== 'bool' ? 'score' : kindOf(column);
    const unit = read.unit ?? this.#units.get(read.column) ?? null;
    this.#found.set(column.column, { kind, read: { ...read, unit }, limits: [] });
  }

  /** What a shape or `prev` is of. */
  #addHistory(node: HistoryNode, says: Says): void {
    const isCondition = ['stays', 'becomes', 'since', 'changed'].includes(node.function);
    const argument = this.#read.expandColumn(node.input, node.argument, isCondition ? 'bool' : 'string');
    if (node.function === 'changed') return this.#addReadings(argument);
    this.add(argument, isCondition ? says : null);
    if (node.function !== 'crosses' || says === null || argument.kind !== 'column') return;
    const limit = numberOf(this.#read.expandColumn(node.input, node.limit!, 'string'));
    if (limit !== null) this.#addLimit(argument, { operator: 'crosses', value: limit, says });
  }

  #addArguments(view: string, names: readonly string[]): void {
    for (const name of names) this.#addReadings(this.#read.expandColumn(view, name, 'string'));
  }

  #addReadings(expression: Expression): void {
    for (const column of columnsIn(expression)) if (isDrawnAsNumber(column.type)) this.#addColumn(column, null);
  }

  #addLimit(
    column: ColumnExpression,
    limit: { readonly operator: string; readonly value: number; readonly says: Exclude<Says, null> },
  ): void {
    const found = this.#found.get(column.column);
    if (found === undefined) return;
    const { operator, value, says } = limit;
    const unit = found.read.unit === null ? {} : { unit: found.read.unit };
    const shown = showValue(value, { type: column.type, ...unit });
    const text = `${says.what} ${operator} ${shown}${says.forUs === 0 ? '' : ` for ${showDuration(says.forUs)}`}`;
    if (found.limits.some(known => known.text === text && known.value === value)) return;
    found.limits.push({ value, text, severity: says.severity });
  }

  /** Of merged rows: from which stream they are. */
  #isPresence({ view, column }: ReadColumn): boolean {
    const frame = this.#read.frameOf(view);
    return frame?.kind === 'merge' && frame.inputs.some(({ isHere }) => isHere === column);
  }
}

function kindOf({ type }: ColumnExpression): DrawnColumn['kind'] {
  return type === 'bool' ? 'condition' : 'reading';
}

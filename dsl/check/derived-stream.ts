import type { DeriveStatement, Expression, Pattern, SelectItem } from '../ast.ts';
import { reportActions } from './actions-stream.ts';
import { type AlertSources, alertsInput } from './alerts-stream.ts';
import { checkBy, rekeyed } from './by.ts';
import { ColumnNames, PaneColumns, StageColumns } from './columns.ts';
import { columnsOf } from '../plan/expression-parts.ts';
import { conditionIn, expressionIn, lookupsIn } from './condition.ts';
import type { Context } from './context.ts';
import { rekeyDelay, windowDelay } from './delay.ts';
import { positiveUs } from './duration.ts';
import { withoutMark } from '../describe-expression.ts';
import { reportWhereOfMatch } from './match-clauses.ts';
import { checkPattern, type PatternMatches } from './pattern.ts';
import type { CheckedWhere, DerivedStream, SelectedColumn } from './program.ts';
import { isEndless, reportKeptValues } from './endless.ts';
import { checkJoin, type JoinClause } from './join.ts';
import { error } from './report.ts';
import { bindingOf, bindingsOf, type SchemaField, type StreamSchema } from './schema.ts';
import type { Binding, Checked, Hoist, Scope } from './scope.ts';
import { sideSchema } from './side-stream.ts';
import { NO_HOIST, scopeOf } from './statement-scope.ts';
import { walkExpression } from './walk-syntax.ts';
import { checkWhere } from './where.ts';
import { checkWindow, type Panes, type RunnableWindow, type Sliding } from './window.ts';

/**
 * `stream b = from a where … by … window … select … having …`, `= from a join c …` or `= match … by … window … select …
 * having …`; null after a report.
 */
export function checkDerivedStream(
  statement: DeriveStatement,
  context: Context,
  alertsOf: AlertSources,
): DerivedStream | null {
  const { from } = statement;
  if (from.kind === 'from-match') return checkMatchStream(statement, from.pattern, context);
  if (from.kind === 'from-join') return checkJoinedStream(statement, from, context);
  const isOfAlerts = from.kind === 'from-stream' && from.stream.name === 'alerts';
  const ofAlerts = isOfAlerts ? alertsInput(statement, from, alertsOf, context) : null;
  const input = isOfAlerts ? (ofAlerts?.schema ?? null) : inputOf(statement, context);
  if (input === null) return null;
  const stream = new DerivedStreamCheck(statement, input, context).check();
  return stream === null || ofAlerts === null ? stream : { ...stream, alerts: ofAlerts.alerts };
}

/** Its rows are matches, of which select and the like name the events. */
function checkMatchStream(statement: DeriveStatement, pattern: Pattern, context: Context): DerivedStream | null {
  const { name, by, where, select } = statement;
  if (where !== null) reportWhereOfMatch(where, context.report);
  if (select === null) reportNoValues(pattern, context.report);
  const matches = checkPattern(pattern, { name: name.name, by, skip: 'none' }, context);
  if (matches === null || select === null || where !== null) return null;
  const stream = new DerivedStreamCheck({ ...statement, by: null }, matches.schema, context, matches).check();
  const checked = matches.pattern();
  return stream && checked && { ...stream, pattern: checked };
}

function checkJoinedStream(statement: DeriveStatement, from: JoinClause, context: Context): DerivedStream | null {
  const input = checkJoin(from, statement, context);
  if (input === null) return null;
  const stream = new DerivedStreamCheck({ ...statement, by: null }, input.schema, context).check();
  return stream && { ...stream, join: input.join };
}

class DerivedStreamCheck {
  readonly #statement: DeriveStatement;
  readonly #input: StreamSchema;
  readonly #alias: string | null;
  readonly #context: Context;
  readonly #names = new ColumnNames();
  readonly #lookups: ReadonlyMap<string, Binding>;
  /** Nothing of it runs then, but what reads it can be checked. */
  readonly #isInputFaulty: boolean;
  readonly #faulty: Set<string>; // selected values that are wrong
  readonly #matches: PatternMatches | null; // what the input's rows are

  constructor(
    statement: DeriveStatement,
    input: StreamSchema,
    context: Context,
    matches: PatternMatches | null = null,
  ) {
    this.#matches = matches;
    this.#statement = statement;
    this.#input = input;
    this.#alias = aliasOf(statement);
    this.#context = context;
    this.#lookups = lookupsIn(
      statement.lookups,
      scopeOf([this.#bindingsOf(input), context.constants.bindings], {
        place: '`lookup`',
        aggregates: 'range',
        hoist: NO_HOIST,
        ...this.#unbound,
      }),
      context,
    );
    this.#isInputFaulty = input.faulty.size > 0;
    this.#faulty = new Set(statement.select === null ? input.faulty : []);
  }

  check(): DerivedStream | null {
    const where = this.#where();
    const by = this.#by();
    const window = this.#window();
    if (by === undefined) return null;
    const schema = by === null ? this.#input : rekeyed(this.#input, by);
    const rows =
      window === null || window.kind === 'sliding' ? this.#events(window, schema) : this.#panes(window, schema);
    if ((where === undefined && !this.#isInputFaulty) || rows === null) return null;
    const { from } = this.#statement;
    const name = this.#statement.name.name;
    return {
      kind: 'derived',
      schema: schemaOf(
        name,
        {
          ...schema,
          endless: this.#endless(window, schema),
          delay: windowDelay(by === null ? schema.delay : rekeyDelay(schema.delay), window),
          hasRevision: rows.window?.emitEveryUs != null,
        },
        { select: rows.select, faulty: this.#faulty },
        this.#statement,
      ),
      ...(from.kind === 'from-side'
        ? { from: from.stream.name, side: from.side }
        : { from: this.#input.name, side: null }),
      where: where ?? null,
      by,
      ...rows,
    };
  }

  #bindingsOf(schema: StreamSchema): Map<string, Binding> {
    return new Map([...bindingsOf(schema, this.#alias), ...(this.#matches?.bindings ?? [])]);
  }

  get #unbound(): Pick<Scope, 'unbound'> {
    return this.#matches === null ? {} : { unbound: this.#matches.unbound };
  }

  /** Undefined after a report. */
  #where(): CheckedWhere | null | undefined {
    if (this.#statement.where === null) return null;
    const names = { alias: this.#alias, lookups: this.#lookups };
    return checkWhere(this.#statement.where, this.#input, names, this.#context) ?? undefined;
  }

  #by(): readonly string[] | null | undefined {
    const { by } = this.#statement;
    return by === null ? null : (checkBy(by, this.#input, this.#alias, this.#context) ?? undefined);
  }

  #window(): RunnableWindow | null {
    const { window } = this.#statement;
    return window && checkWindow(window, this.#context);
  }

  /** The window whose panes need not end, here or in front of it. */
  #endless(window: RunnableWindow | null, { endless }: StreamSchema): StreamSchema['endless'] {
    return window !== null && isEndless(window) ? this.#statement.window!.span : endless;
  }

  /** Rows are panes: fields of events can only stand inside aggregates. */
  #panes(window: Exclude<RunnableWindow, Sliding>, schema: StreamSchema): Rows | null {
    const items = this.#statement.select;
    if (items === null) return this.#reportNoSelect();
    const columns = new PaneColumns(this.#names);
    const bindings = this.#bindingsOf(schema);
    const panes = window.kind === 'state' ? this.#statePanes(window, bindings, columns) : window;
    // a row of so many events has the time of the last one
    if (window.kind === 'count') this.#reportNoPanes();
    else if (!schema.key.includes('until')) bindings.set('until', UNTIL);
    const visible = {
      schema,
      columns,
      isVisible: (column: string) => columns.isOfRows(column) || isOfPane(column, schema),
    };
    const hoist = { hoist: columns, ofRows: (value: Checked) => columns.computeOfRows(value.expression) };
    const select = this.#select(items, bindings, hoist, visible, schema.key);
    const having = this.#having(select, bindings, hoist, visible);
    const emitEveryUs = this.#emitEveryUs(columns.rows, select, schema);
    const reviseUs = this.#reviseUs(window);
    if (isEndless(window)) reportKeptValues(this.#statement.window!, columns.aggregates, this.#context.report);
    if (panes === null || select === null || (having === undefined && !this.#isInputFaulty)) return null;
    return {
      window: { panes, emitEveryUs, reviseUs, eventColumns: columns.events.requests, aggregates: columns.aggregates },
      columns: columns.rows.requests,
      having: having ?? null,
      select: withoutKey(select, schema),
    };
  }

  /** The conditions are over the events, as the arguments of the aggregates are. Null after a report. */
  #statePanes(
    { from, to, maxUs }: Extract<RunnableWindow, { readonly kind: 'state' }>,
    bindings: ReadonlyMap<string, Binding>,
    { events }: PaneColumns,
  ): Panes | null {
    const columnOf = (condition: Expression, place: string) => {
      const scope = scopeOf([bindings, this.#context.constants.bindings], {
        place,
        aggregates: 'range',
        hoist: events,
        ...this.#unbound,
      });
      const checked = conditionIn(condition, scope, this.#context);
      return checked && events.compute(checked.expression);
    };
    const opening = columnOf(from, '`from`');
    const closing = columnOf(to, '`to`');
    return opening !== null && closing !== null ? { kind: 'state', from: opening, to: closing, maxUs } : null;
  }

  /** Null where there are no early rows. */
  #emitEveryUs(
    { requests }: StageColumns,
    select: readonly SelectedColumn[] | null,
    { key }: StreamSchema,
  ): number | null {
    const { emit } = this.#statement;
    const { report } = this.#context;
    if (emit?.every == null) return null;
    const past = requests.find(({ kind }) => kind === 'history' || kind === 'range' || kind === 'detector');
    if (past !== undefined) {
      const hint = 'a stream that reads this one sees closing rows only, and can look back at them';
      const message = `early rows have no past: \`${withoutMark(past.column)}\` looks back at rows`;
      report(error('MR3007', emit.span, message, { hint }));
    }
    if ([...key, ...(select ?? []).map(({ name }) => name)].includes(REVISION)) {
      const message = '`revision` is what tells early rows apart; another value needs another name';
      report(error('MR2551', emit.span, message));
    }
    return positiveUs(emit.every, 'the time between early rows', report);
  }

  /** A row per event, also of sliding windows, whose aggregates are ranges. */
  #events(window: Sliding | null, schema: StreamSchema): Rows | null {
    this.#reportNoPanes();
    this.#reviseUs(null);
    const items = this.#statement.select;
    if (items === null && window !== null) return this.#reportNoSelect();
    const columns = new StageColumns('rows', this.#names, window === null ? null : { us: window.sizeUs });
    const bindings = this.#bindingsOf(schema);
    const hoist = { hoist: columns, ofRows: (value: Checked) => columns.compute(value.expression) };
    const select = items === null ? everyField(schema) : this.#select(items, bindings, hoist, null, schema.key);
    const having = this.#having(select, bindings, hoist, null);
    if (select === null || (having === undefined && !this.#isInputFaulty)) return null;
    return { window: null, columns: columns.requests, having: having ?? null, select: withoutKey(select, schema) };
  }

  #select(
    items: readonly SelectItem[],
    bindings: ReadonlyMap<string, Binding>,
    hoist: RowHoist,
    visible: PaneView | null,
    key: readonly string[],
  ): SelectedColumn[] | null {
    const scope = this.#scope([bindings], '`select`', hoist.hoist);
    const selected = new Map<string, { readonly item: SelectItem; readonly column: SelectedColumn | null }>();
    for (const item of items) {
      const name = this.#nameOf(item);
      const value = this.#value(item.value, scope, visible);
      if (name === null) continue;
      const first = selected.get(name);
      if (first !== undefined) {
        this.#reportTwice(name, item, first.item);
        continue;
      }
      const column = value && { name, type: value.type, unit: value.unit, column: hoist.ofRows(value) };
      if (column !== null && key.includes(name) && column.column !== name) {
        const message = `\`${name}\` is the key, which every row has; another value needs another name`;
        this.#context.report(error('MR2551', item.span, message));
      }
      if (column === null) this.#faulty.add(name);
      selected.set(name, { item, column });
    }
    const columns = [...selected.values()].flatMap(({ column }) => column ?? []);
    return columns.length === items.length || this.#isInputFaulty ? columns : null;
  }

  /** Undefined after a report. */
  #having(
    select: readonly SelectedColumn[] | null,
    bindings: ReadonlyMap<string, Binding>,
    hoist: RowHoist,
    visible: PaneView | null,
  ): Condition | null | undefined {
    const { having } = this.#statement;
    if (having === null) return null;
    if (select === null) return undefined;
    const selected = new Map(
      select.map(field => [field.name, bindingOf({ ...field, declaredAt: null }, field.column)]),
    );
    for (const { name, column } of select)
      if (visible?.schema.fields.has(name)) visible.columns.hideField(name, column);
    const scope = this.#scope([selected, bindings], '`having`', hoist.hoist);
    const condition = conditionIn(having, scope, this.#context);
    if (condition === null) return undefined;
    const isVisible = this.#reportInvisible(having, condition, visible, new Set(select.map(field => field.column)));
    return isVisible ? condition.expression : undefined;
  }

  #value(expression: Expression, scope: Scope, visible: PaneView | null): Checked | null {
    const value = expressionIn(expression, scope, this.#context);
    return value !== null && this.#reportInvisible(expression, value, visible, new Set()) ? value : null;
  }

  /** False after a report of a field that the rows of a window do not have. */
  #reportInvisible(expression: Expression, value: Checked, view: PaneView | null, selected: Set<string>): boolean {
    if (view === null) return true;
    const [misplaced] = view.columns.misplaced.splice(0);
    if (misplaced !== undefined) {
      const name = withoutMark(misplaced);
      const hint = 'a stream that reads this one can aggregate its rows';
      const message = `an aggregate is over events, and \`${name}\` is of the window's row`;
      this.#context.report(error('MR2556', spanOfName(expression, name), message, { hint }));
      return false;
    }
    const hidden = columnsOf(value.expression)
      .filter(column => !selected.has(column))
      .flatMap(column => view.columns.readBy(column))
      .find(column => !view.isVisible(column) && !selected.has(column));
    if (hidden === undefined) return true;
    const name = withoutMark(hidden);
    const until = this.#statement.window?.kind === 'count' ? [] : ['until'];
    const key = [...view.schema.key, 'time', ...until].map(word => `\`${word}\``).join(', ');
    const hint = `a row of a window has ${key} and aggregates: write \`last(${name})\` or \`avg(${name})\``;
    const message = `\`${name}\` is of single events, and a row of the window stands for many`;
    this.#context.report(error('MR2552', spanOfName(expression, name), message, { hint }));
    return false;
  }

  #scope(bindings: readonly ReadonlyMap<string, Binding>[], place: string, hoist: Hoist): Scope {
    const { window } = this.#statement;
    return scopeOf([...bindings, this.#lookups, this.#context.constants.bindings], {
      place,
      aggregates: window === null ? 'range' : 'window',
      hasDuration: window?.kind === 'session' || window?.kind === 'state',
      hoist,
      ...this.#unbound,
    });
  }

  #nameOf({ name, value, span }: SelectItem): string | null {
    if (name !== null) return name.name;
    if (value.kind === 'name') return value.name;
    if (value.kind === 'member') return value.property.name;
    const hint = 'write `… as name`';
    this.#context.report(error('MR2550', span, 'a computed value needs a name', { hint }));
    return null;
  }

  #reportTwice(name: string, second: SelectItem, first: SelectItem): void {
    const related = [{ span: first.span, message: 'the first one' }];
    const { value } = second;
    const of = value.kind === 'member' && value.object.kind === 'name' ? value.object.name : 'other';
    const hint = second.name === null ? `give it a name of its own: \`… as ${of}_${name}\`` : undefined;
    this.#context.report(error('MR2551', second.span, `\`${name}\` is selected twice`, { hint, related }));
  }

  /** Early rows are of panes that are still open. */
  #reportNoPanes(): void {
    const { emit } = this.#statement;
    if (emit?.every == null) return;
    const hint = 'leave `emit` out: each event gives a row at once, or each so many';
    this.#context.report(error('MR3006', emit.span, 'there are no early rows without panes in time', { hint }));
  }

  /** Null where late events change nothing. */
  #reviseUs(window: RunnableWindow | null): number | null {
    const { revise } = this.#statement;
    const { report } = this.#context;
    if (revise === null) return null;
    if (window?.kind !== 'aligned' && window?.kind !== 'session') {
      const hint = 'late events can change the panes of `tumbling`, `hopping` and `session`';
      report(error('MR3132', revise.span, 'nothing is revised without panes that time closes', { hint }));
    }
    return positiveUs(revise.within, 'how late an event may be', report);
  }

  #reportNoSelect(): null {
    const { window } = this.#statement;
    const hint = 'write for example `select count() as n`';
    this.#context.report(error('MR2555', window!.span, 'a window needs a `select`', { hint }));
    return null;
  }
}

const REVISION = 'revision';
const UNTIL: Binding = { kind: 'column', column: 'until', type: 'time', unit: null, declaredAt: null };

type Rows = Pick<DerivedStream, 'window' | 'columns' | 'having' | 'select'>;
type Condition = NonNullable<DerivedStream['having']>;
type RowHoist = { readonly hoist: Hoist; readonly ofRows: (value: Checked) => string };
type PaneView = {
  readonly schema: StreamSchema;
  readonly columns: PaneColumns;
  readonly isVisible: (column: string) => boolean;
};

/** What the rows may be called: the stream's name, too, where they are what it leaves aside. */
function aliasOf({ from }: DeriveStatement): string | null {
  if (from.kind === 'from-side') return from.stream.name;
  return from.kind === 'from-stream' ? (from.alias?.name ?? null) : null;
}

function inputOf({ from }: DeriveStatement, context: Context): StreamSchema | null {
  const { names, schemas, report } = context;
  if (from.kind === 'from-side') return sideSchema(from.side, from.stream, context);
  if (from.kind !== 'from-stream') return null;
  const name = from.stream.name;
  if (name === 'actions') {
    reportActions(from.stream.span, report);
    return null;
  }
  return names.stream(from.stream, report) && (schemas.get(name) ?? null);
}

function reportNoValues({ span }: Pattern, report: Context['report']): void {
  const hint = 'write for example `select a.temp as temp, b.time - a.time as took`';
  report(error('MR2649', span, 'a stream of matches needs a `select`', { hint }));
}

function isOfPane(column: string, schema: StreamSchema): boolean {
  return schema.key.includes(column) || (column === 'time' && !schema.fields.has('time'));
}

function everyField(schema: StreamSchema): SelectedColumn[] {
  return [...schema.fields.values()].map(({ name, type, unit }) => ({ name, type, unit, column: name }));
}

/** The key's fields are visible behind a select without being named. */
function withoutKey(select: readonly SelectedColumn[], schema: StreamSchema): SelectedColumn[] {
  return select.filter(field => !(field.name === field.column && schema.key.includes(field.name)));
}

function schemaOf(
  name: string,
  rows: StreamSchema,
  { select, faulty }: { readonly select: readonly SelectedColumn[]; readonly faulty: ReadonlySet<string> },
  statement: DeriveStatement,
): StreamSchema {
  const fields = new Map<string, SchemaField>();
  for (const key of rows.key) fields.set(key, rows.fields.get(key)!);
  const spans = new Map(statement.select?.map(item => [item.name?.name, item.name?.span ?? item.span]));
  for (const { name: field, type, unit } of select) {
    const declaredAt = spans.get(field) ?? rows.fields.get(field)?.declaredAt ?? null;
    fields.set(field, { name: field, type, unit, declaredAt });
  }
  return {
    name,
    fields,
    key: rows.key,
    faulty,
    timeNames: [],
    isSource: false,
    endless: rows.endless,
    delay: rows.delay,
    hasRevision: rows.hasRevision,
  };
}

/** The name's own place inside the expression, where it stands outside of any call if possible. */
function spanOfName(expression: Expression, name: string) {
  let { span } = expression;
  let isFound = false;
  walkExpression(expression, inside => {
    const isIt =
      (inside.kind === 'name' && inside.name === name) || (inside.kind === 'member' && inside.property.name === name);
    if (isIt && !isFound) {
      span = inside.span;
      isFound = true;
    }
  });
  return span;
}

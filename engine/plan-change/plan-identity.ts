import {
  type DetectorNode,
  type AggregateColumn,
  DURATION_COLUMN,
  type Expression,
  type BoundValue,
  type Field,
  type IntervalJoinNode,
  type LatestJoinNode,
  type MatchNode,
  type MergeNode,
  type Plan,
  type PlanNode,
  type SideNode,
  SILENT,
  type SourceField,
  type SourceNode,
  type WindowNode,
} from '../../dsl/plan.ts';
import { historyColumns } from './history-columns.ts';
import { keyOfSource } from './own-change.ts';

/** What a column means, and the names of the source's fields that its values come from. */
export type ColumnIdentity = { readonly identity: number; readonly fields: ReadonlySet<string> };

/** Equal content, equal number: content holds numbers given before, so that each is short however deep it is. */
export type ContentNumbers = { of(...content: readonly unknown[]): number };

/** Numbers for plans that are compared here and now. */
export class Identities implements ContentNumbers {
  readonly #numbers = new Map<string, number>();

  of(...content: readonly unknown[]): number {
    const text = JSON.stringify(content);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/**
 * What the rows and the columns of a plan mean, whatever they are called and wherever they stand: a view is the way of
 * its rows from the source, a column is how its values come about. `rowsOf` says which rows a source gives. Two plans with
 * the same `ids` can be compared. Cost: linear in the plan.
 */
export class PlanIdentity {
  readonly #ids: ContentNumbers;
  readonly #rowsOfSource: (source: SourceNode) => number;
  readonly #views = new Map<string, View>();

  constructor(plan: Plan, options: { readonly ids: ContentNumbers; readonly rowsOf: (source: SourceNode) => number }) {
    this.#ids = options.ids;
    this.#rowsOfSource = options.rowsOf;
    for (const node of plan.nodes) this.add(node);
  }

  /** One more node: what it reads is there already, and it is new. */
  add(node: PlanNode): void {
    switch (node.kind) {
      case 'source': {
        const key = keyOfSource(node);
        const columns = node.fields.map(field => [field.name, this.#fieldOf(field)] as const);
        this.#addFrame(node.id, { rows: this.#rowsOfSource(node), table: node.id, columns, key });
        return;
      }
      case 'side':
        return this.#addSide(node);
      case 'alerts': {
        const others = (node.others ?? []).map(source => this.rowsOf(source));
        const rows = this.#ids.of('alerts', this.rowsOf(node.input), ...others, node.rules);
        const columns = node.fields.map(({ name }) => {
          return [name, { identity: this.#ids.of('alert-field', name), fields: NO_FIELDS }] as const;
        });
        this.#addFrame(node.id, { rows, table: node.id, columns, key: node.key });
        return;
      }
      case 'filter':
        return this.#addFilter(node);
      case 'select':
        return this.#addSelect(node);
      case 'rekey': {
        const by = node.by.map(name => [name, this.columnOf(node.input, name).identity]);
        const key = node.by.map(name => node.fields.find(field => field.name === name)!);
        const columns = node.fields.map(({ name }) => [name, this.columnOf(node.input, name)] as const);
        const rows = this.#ids.of('rekey', this.rowsOf(node.input), by);
        this.#addFrame(node.id, { rows, table: node.id, columns, key });
        return;
      }
      case 'merge':
        return this.#addMerge(node);
      case 'interval-join':
        return this.#addJoin(node, [node.withinUs, node.direction]);
      case 'latest-join':
        return this.#addJoin(node, [node.withinUs]);
      case 'tumbling-window':
        return this.#addWindow(node, [node.sizeUs, node.zone ?? null, node.emitEveryUs ?? null]);
      case 'hopping-window':
        return this.#addWindow(node, [node.sizeUs, node.everyUs, node.zone ?? null, node.emitEveryUs ?? null]);
      case 'session-window':
        return this.#addWindow(node, [node.gapUs, node.maxUs, node.emitEveryUs ?? null]);
      case 'count-window':
        return this.#addWindow(node, [node.size, node.every]);
      case 'state-window': {
        const conditions = [node.from, node.to].map(name => this.columnOf(node.input, name).identity);
        return this.#addWindow(node, [...conditions, node.maxUs, node.emitEveryUs ?? null]);
      }
      case 'match': {
        const { table, key } = this.#view(node.input);
        const columns = [
          ...key.map(({ name }) => [name, this.columnOf(node.input, name)] as const),
          ...node.values.map(value => [value.name, this.boundValueOf(node.input, value)] as const),
        ];
        const rows = this.#ids.of('matches', this.patternOf(node), node.on); // however many may wait: who allows more loses nothing
        this.#addFrame(node.id, { rows, table, columns, key });
        return;
      }
      case 'silence': {
        const input = this.#view(node.input);
        const rows = this.#ids.of('silence', input.rows, node.forUs, node.expectedBy);
        const silent = { identity: this.#ids.of('silent', rows), fields: NO_FIELDS };
        const columns = [
          [SILENT, silent] as const,
          ...input.key.map(({ name }) => [name, this.columnOf(node.input, name)] as const),
        ];
        this.#addFrame(node.id, { rows, table: node.id, columns, key: input.key });
        return;
      }
      case 'compute': {
        const { identity, columns } = this.#expression(node.expression, node.input);
        this.#view(node.input).columns.set(node.id, this.#made(columns, 'compute', identity));
        return;
      }
      case 'range':
        return this.#addRange(node);
      case 'history': {
        const columns = historyColumns(node).map(name => this.columnOf(node.input, name));
        const content = [node.function, node.events, node.us ?? null, columns.map(identityOf)];
        const made = this.#made(columns, 'history', this.rowsOf(node.input), ...content);
        this.#view(node.input).columns.set(node.id, made);
        return;
      }
      case 'detector': {
        const read = node.arguments.map(name => this.columnOf(node.input, name));
        for (const { name, of } of node.outputs) {
          const made = this.#made(read, 'detector', this.detectorOf(node), of);
          this.#view(node.input).columns.set(name, made);
        }
        return;
      }
      case 'lookup': {
        const { columns } = this.#view(node.input);
        const key = node.key.map(name => this.columnOf(node.input, name));
        for (const { name, field, type, unit } of node.fields) {
          const content = ['lookup', node.table, key.map(identityOf), field, type, unit ?? null];
          columns.set(name, this.#made(key, ...content));
        }
        return;
      }
      case 'table':
      case 'rule':
      case 'route':
      case 'store':
    }
  }

  /** What a detector keeps: the same for the same readings. */
  detectorOf({ input, detector, arguments: names, range, adaptUs, parameters, quality }: DetectorNode): number {
    const columns = [...names, ...(quality === null ? [] : [quality])];
    const read = columns.map(name => this.columnOf(input, name).identity);
    const content = [detector, read, range ?? null, adaptUs ?? null, parameters, quality !== null];
    return this.#ids.of('detector', this.rowsOf(input), ...content);
  }

  rowsOf(view: string): number {
    return this.#view(view).rows;
  }

  keyOf(view: string): readonly Field[] {
    return this.#view(view).key;
  }

  /** The source or rekey whose keys its rows belong to. */
  tableOf(view: string): string {
    return this.#view(view).table;
  }

  columnOf(view: string, name: string): ColumnIdentity {
    return this.findColumn(view, name) ?? { identity: this.#ids.of('time'), fields: NO_FIELDS }; // always there
  }

  findColumn(view: string, name: string): ColumnIdentity | undefined {
    for (let at: View | null = this.#view(view); at !== null; at = at.through) {
      const column = at.columns.get(name);
      if (column !== undefined) return column;
    }
    return undefined;
  }

  aggregateOf(view: string, { aggregate, arguments: names, parameter }: AggregateColumn): ColumnIdentity {
    const columns = names.map(name => this.columnOf(view, name));
    return this.#made(columns, 'aggregate', aggregate, columns.map(identityOf), parameter ?? null);
  }

  /** Of what is kept of the rows that a pattern binds. */
  boundValueOf(view: string, { event, take, column }: BoundValue): ColumnIdentity {
    const columns = column === null ? [] : [this.columnOf(view, column)];
    return this.#made(columns, 'bound', event, take, columns.map(identityOf));
  }

  /** What its partial matches mean: not which rows come of them, nor how many there may be. */
  patternOf({ input, events, root, withinUs, unless, skip, values }: MatchNode): number {
    const bound = new Map(values.map(value => [value.name, this.boundValueOf(input, value)]));
    const columnOf = (name: string | null) => name && this.columnOf(input, name).identity;
    const conditions = events.map(({ rows, when, condition }) => [
      columnOf(rows),
      columnOf(when),
      condition && this.#expression(condition, input, bound).identity,
    ]);
    return this.#ids.of('match', this.rowsOf(input), conditions, root, withinUs, unless, skip);
  }

  /** A field that is not the source's is what its name says. */
  #addSide(node: SideNode): void {
    const { rows, key } = this.#view(node.input);
    const columns = node.fields.map(({ name }) => {
      const own = { identity: this.#ids.of('side-field', name), fields: NO_FIELDS };
      return [name, this.findColumn(node.input, name) ?? own] as const;
    });
    this.#addFrame(node.id, { rows: this.#ids.of('side', rows, node.side), table: node.id, columns, key });
  }

  #addFilter(node: Extract<PlanNode, { readonly kind: 'filter' }>): void {
    const input = this.#view(node.input);
    const rows = this.#ids.of('filter', input.rows, this.#expression(node.condition, node.input).identity);
    this.#views.set(node.id, { ...input, rows, columns: new Map(), through: input });
  }

  #addSelect(node: Extract<PlanNode, { readonly kind: 'select' }>): void {
    const input = this.#view(node.input);
    const columns = new Map(input.key.map(({ name }) => [name, this.columnOf(node.input, name)]));
    for (const { name, column } of node.fields) columns.set(name, this.columnOf(node.input, column));
    this.#views.set(node.id, { ...input, columns, through: null });
  }

  #addJoin(
    { id, kind, input, left, right, join, fields }: IntervalJoinNode | LatestJoinNode,
    settings: readonly (number | string | null)[],
  ): void {
    const { key, table } = this.#view(input);
    const sides = [left, right].map(name => this.columnOf(input, name).identity);
    const rows = this.#ids.of(kind, this.rowsOf(input), ...sides, join, ...settings);
    const columns = [
      ...key.map(({ name }) => [name, this.columnOf(input, name)] as const),
      ...fields.map(({ name, column }) => [name, this.columnOf(input, column)] as const),
    ];
    this.#addFrame(id, { rows, table, columns, key });
  }

  #addMerge({ id, key, inputs }: MergeNode): void {
    const rows = this.#ids.of('merge', ...inputs.map(({ input }) => this.rowsOf(input)));
    const columns = inputs.flatMap(({ input, isHere, columns: own }, place) => {
      const here = { identity: this.#ids.of('here', rows, place), fields: NO_FIELDS };
      const merged = own.map(({ name, column }) => {
        const from = this.columnOf(input, column);
        return [name, this.#made([from], 'merged', place, from.identity)] as const;
      });
      return [[isHere, here] as const, ...merged];
    });
    const keyColumns = key.map(({ name }) => [name, this.columnOf(inputs[0]!.input, name)] as const);
    this.#addFrame(id, { rows, table: id, columns: [...keyColumns, ...columns], key });
  }

  /** `shape`: what makes its panes. */
  #addWindow(node: WindowNode, shape: readonly (number | string | null)[]): void {
    const input = this.#view(node.input);
    const rows = this.#ids.of(node.kind, input.rows, shape);
    const columns = [
      ['until', { identity: this.#ids.of('until'), fields: NO_FIELDS }] as const,
      [DURATION_COLUMN, { identity: this.#ids.of('duration'), fields: NO_FIELDS }] as const,
      ...input.key.map(({ name }) => [name, this.columnOf(node.input, name)] as const),
      ...node.aggregates.map(column => [column.name, this.aggregateOf(node.input, column)] as const),
    ];
    this.#addFrame(node.id, { rows, table: input.table, columns, key: input.key });
  }

  #addRange(node: Extract<PlanNode, { readonly kind: 'range' }>): void {
    const { rows, columns } = this.#view(node.input);
    const quality = node.quality === null ? null : this.columnOf(node.input, node.quality).identity;
    for (const column of node.aggregates) {
      const aggregate = this.aggregateOf(node.input, column);
      columns.set(column.name, this.#made([aggregate], 'range', rows, node.range, quality, aggregate.identity));
    }
  }

  #addFrame(
    id: string,
    frame: {
      readonly rows: number;
      readonly table: string;
      readonly columns: readonly (readonly [name: string, column: ColumnIdentity])[];
      readonly key: readonly Field[];
    },
  ): void {
    this.#views.set(id, { ...frame, columns: new Map(frame.columns), through: null });
  }

  /** The same declaration is the same field, whatever it is called. */
  #fieldOf({
    name,
    type,
    unit,
    from,
    isNumberFromText,
    scaling,
    range,
    default: fallback,
  }: SourceField): ColumnIdentity {
    const content = [type, unit ?? null, from, isNumberFromText, scaling, range, fallback];
    return { identity: this.#ids.of('field', ...content), fields: new Set([name]) };
  }

  #expression(
    expression: Expression,
    view: string,
    own: ReadonlyMap<string, ColumnIdentity> = NO_COLUMNS,
  ): { readonly identity: number; readonly columns: readonly ColumnIdentity[] } {
    const columns: ColumnIdentity[] = [];
    const shown = withColumns(expression, name => {
      const column = own.get(name) ?? this.columnOf(view, name);
      columns.push(column);
      return column.identity;
    });
    return { identity: this.#ids.of('expression', JSON.stringify(shown)), columns };
  }

  #made(from: readonly ColumnIdentity[], ...content: readonly unknown[]): ColumnIdentity {
    return { identity: this.#ids.of(...content), fields: new Set(from.flatMap(column => [...column.fields])) };
  }

  #view(id: string): View {
    return this.#views.get(id)!; // plans are in topological order
  }
}

type View = {
  readonly rows: number;
  readonly table: string;
  readonly columns: Map<string, ColumnIdentity>; // column nodes add to it
  readonly through: View | null; // where columns that are not found here are looked up
  readonly key: readonly Field[];
};

const NO_FIELDS: ReadonlySet<string> = new Set();
const NO_COLUMNS: ReadonlyMap<string, ColumnIdentity> = new Map();

function identityOf(column: ColumnIdentity): number {
  return column.identity;
}

/** A copy with what `show` says in the place of each column. A replacer of `JSON.stringify` takes three times as long. */
function withColumns(part: unknown, show: (column: string) => number): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (isColumn(part)) return show(part.column);
  if (Array.isArray(part)) return part.map(each => withColumns(each, show));
  const copy: Record<string, unknown> = {};
  for (const name in part) copy[name] = withColumns((part as Record<string, unknown>)[name], show); // as: plans are plain data
  return copy;
}

function isColumn(part: object): part is Extract<Expression, { readonly kind: 'column' }> {
  return 'kind' in part && part.kind === 'column';
}

import { columnsOf as columnsIn, type ColumnRequest, type WindowAggregate } from '../check/columns.ts';
import type { CheckedAlerts, SelectedColumn } from '../check/program.ts';
import type { AggregateCall } from '../check/scope.ts';
import { describeRange } from '../describe-expression.ts';
import type {
  AggregateColumn,
  Expression,
  Field,
  PlanNode,
  RangeNode,
  RouteNode,
  RuleNode,
  Side,
  SourceNode,
  StoreNode,
} from '../plan.ts';
import { renameColumns } from '../rename-columns.ts';

/** Rows as one node shows them. `quality` is their field that says whether a reading is good. */
export type View = { readonly id: string; readonly quality: string | null };

/** From the names within a statement to those of the plan. */
export type ColumnMap = (column: string) => string;

/**
 * The plan while it grows. What is equal exists once: asking for a node that is there gives that node, and aggregates
 * over the same window or range of the same view go into one node. Ids are made of names that readers know; the first
 * statement that asks gives the name.
 */
export class PlanGraph {
  readonly nodes: PlanNode[] = [];
  readonly #taken = new Set<string>();
  readonly #idByContent = new Map<string, string>();
  readonly #groups = new Map<string, { readonly id: string; readonly aggregates: AggregateColumn[] }>();
  /** How many ranges stand behind each other within a column: only equal depths share a node, else it read itself. */
  readonly #depths = new Map<string, number>();

  source(node: SourceNode): View {
    this.#add(node);
    return { id: node.id, quality: node.fields.find(field => field.type === 'quality')?.name ?? null };
  }

  filter(input: View, condition: Expression, name: string): View {
    const id = this.#once(['filter', input.id, condition], name, id => ({
      kind: 'filter',
      id,
      input: input.id,
      condition,
    }));
    return { ...input, id };
  }

  /** Its `fields`, too, are found when the plan is complete. */
  side(input: View, side: Side): View {
    const id = this.#once(['side', input.id, side], `${input.id}#${side}`, id => ({
      kind: 'side',
      id,
      input: input.id,
      side,
      fields: [],
    }));
    return { id, quality: side === 'late' ? input.quality : null };
  }

  alerts({ source, rules, key, carried }: CheckedAlerts): View {
    const id = this.#once(['alerts', source, rules], `${source}#alerts`, id => ({
      kind: 'alerts',
      id,
      input: source,
      rules: rules.map(rule => `rule:${rule}`),
      key,
      carried,
      fields: [],
    }));
    return { id, quality: null };
  }

  /** `fields` of the rekeyed rows are found when the plan is complete and it is known which are used. */
  rekey(input: View, by: readonly string[], name: string): View {
    const id = this.#once(['rekey', input.id, by], name, id => ({
      kind: 'rekey',
      id,
      input: input.id,
      by,
      fields: [],
    }));
    return { ...input, id };
  }

  window(
    input: View,
    window: { readonly sizeUs: number; readonly everyUs: number; readonly aggregates: readonly WindowAggregate[] },
    argument: ColumnMap,
    name: string,
  ): { readonly view: View; readonly columns: ColumnMap } {
    const { sizeUs, everyUs } = window;
    const group = this.#group(['window', input.id, sizeUs, everyUs], `${name}#window`, (id, aggregates) =>
      everyUs === sizeUs
        ? { kind: 'tumbling-window', id, input: input.id, sizeUs, aggregates }
        : { kind: 'hopping-window', id, input: input.id, sizeUs, everyUs, aggregates },
    );
    const columns = new Map<string, string>();
    for (const { column, call } of window.aggregates) {
      columns.set(column, this.#aggregate(group, call, argument, `${name}${column}`));
    }
    return { view: { id: group.id, quality: null }, columns: mapOf(columns) };
  }

  select(input: View, fields: readonly SelectedColumn[], column: ColumnMap, id: string): View {
    this.#add({ kind: 'select', id, input: input.id, fields: fields.map(field => selectField(field, column)) });
    return { id, quality: fields.find(field => field.type === 'quality')?.name ?? null };
  }

  /** Adds what a statement asks for to a view; `outer` names what the requests themselves read. */
  columns(view: View, requests: readonly ColumnRequest[], outer: ColumnMap = column => column): ColumnMap {
    const columns = new Map<string, string>();
    const name: ColumnMap = column => columns.get(column) ?? outer(column);
    for (const request of requests) columns.set(request.column, this.#column(view, request, name));
    return name;
  }

  end(node: RuleNode | RouteNode | StoreNode): void {
    this.#add({ ...node, id: this.#free(node.id) });
  }

  #column(view: View, request: ColumnRequest, name: ColumnMap): string {
    const id = `${view.id}${request.column}`;
    switch (request.kind) {
      case 'compute': {
        const expression = renameColumns(request.expression, name);
        const depth = Math.max(0, ...columnsIn(expression).map(column => this.#depthOf(column)));
        return this.#columnOnce(['compute', view.id, expression], id, depth, free => ({
          kind: 'compute',
          id: free,
          input: view.id,
          expression,
        }));
      }
      case 'history': {
        const argument = name(request.call.argument);
        const call = { ...request.call, argument };
        return this.#columnOnce(['history', view.id, call], id, this.#depthOf(argument) + 1, free => ({
          kind: 'history',
          id: free,
          input: view.id,
          ...call,
        }));
      }
      case 'range':
        return this.#range(view, request, name, id);
    }
  }

  #range(view: View, request: Extract<ColumnRequest, { kind: 'range' }>, name: ColumnMap, id: string): string {
    const { range, call } = request;
    const quality = request.isInline ? view.quality : null;
    const depth = Math.max(0, ...call.arguments.map(argument => this.#depthOf(name(argument))));
    const group = this.#group(
      ['range', view.id, range, quality, depth],
      `${view.id}#${describeRange(range)}`,
      (groupId, aggregates): RangeNode => ({ kind: 'range', id: groupId, input: view.id, range, quality, aggregates }),
    );
    const column = this.#aggregate(group, call, name, id);
    this.#depths.set(column, depth + 1);
    return column;
  }

  #aggregate(group: Group, call: AggregateCall, argument: ColumnMap, name: string): string {
    const renamed = { ...call, arguments: call.arguments.map(argument) };
    const content = JSON.stringify([group.id, renamed]);
    const known = this.#idByContent.get(content);
    if (known !== undefined) return known;
    const column = this.#free(name);
    group.aggregates.push({ name: column, ...renamed });
    this.#taken.add(column);
    this.#idByContent.set(content, column);
    return column;
  }

  #group(content: unknown, name: string, make: (id: string, aggregates: AggregateColumn[]) => PlanNode): Group {
    const key = JSON.stringify(content);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { id: this.#free(name), aggregates: [] };
      this.#groups.set(key, group);
      this.#add(make(group.id, group.aggregates));
    }
    return group;
  }

  #columnOnce(content: unknown, name: string, depth: number, make: (id: string) => PlanNode): string {
    const id = this.#once(content, name, make);
    this.#depths.set(id, depth);
    return id;
  }

  #once(content: unknown, name: string, make: (id: string) => PlanNode): string {
    const key = JSON.stringify(content);
    const known = this.#idByContent.get(key);
    if (known !== undefined) return known;
    const id = this.#free(name);
    this.#add(make(id));
    this.#idByContent.set(key, id);
    return id;
  }

  #add(node: PlanNode): void {
    this.#taken.add(node.id);
    this.nodes.push(node);
  }

  #free(name: string): string {
    let free = name;
    for (let number = 2; this.#taken.has(free); number++) free = `${name}~${number}`;
    return free;
  }

  #depthOf(column: string): number {
    return this.#depths.get(column) ?? 0;
  }
}

type Group = { readonly id: string; readonly aggregates: AggregateColumn[] };

function mapOf(columns: ReadonlyMap<string, string>): ColumnMap {
  return column => columns.get(column) ?? column;
}

function selectField(
  { name, type, unit, column }: SelectedColumn,
  map: ColumnMap,
): Field & { readonly column: string } {
  return { name, type, ...(unit === null ? {} : { unit: unit.text }), column: map(column) };
}

import { SHAPE_FUNCTIONS } from '../catalog/shape-functions.ts';
import { type ColumnRequest, historyArguments, type HistoryCall } from '../check/columns.ts';
import type { CheckedAlerts, CheckedWindow, SelectedColumn } from '../check/program.ts';
import type { AggregateCall } from '../check/scope.ts';
import type { Panes } from '../check/window.ts';
import { describeRange, withoutMark } from '../describe-expression.ts';
import type {
  AggregateColumn,
  DetectorOutput,
  Expression,
  Field,
  IntervalJoinNode,
  LatestJoinNode,
  HistoryNode,
  LookupNode,
  MatchNode,
  MergeInput,
  PlanNode,
  RangeNode,
  RouteNode,
  RuleNode,
  Side,
  SilenceNode,
  SourceNode,
  StoreNode,
  TableNode,
  WindowNode,
} from '../plan.ts';
import { columnsOf, renameColumns } from '../plan/expression-parts.ts';

/** Rows as one node shows them. `quality` is their field that says whether a reading is good. */
export type View = { readonly id: string; readonly quality: string | null };

/** A view that is merged with others. `name`: what its columns are called by, among the merged rows. */
export type MergedInput = { readonly view: View; readonly name: string; readonly latenessUs: number };

/** Rows of several views in one order; what is asked for of an input, by its place among them, becomes a column. */
export type MergedView = {
  readonly view: View;
  /** The bool column that is true of rows of this input. */
  isHere(input: number): string;
  /** The column of the merged rows for a column of the input; the key's fields are those of all. */
  column(input: number, column: Field): string;
};

/** Rows that a pattern or a window gives; `columns`: from their names within the statement. */
export type PatternView = { readonly view: View; readonly columns: ColumnMap };

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
  readonly #matches = new Map<string, PatternView>(); // by what is matched
  readonly #merges = new Map<string, MergeGroup>(); // by what is merged
  readonly #detectors = new Map<string, DetectorOutput[]>(); // by call
  readonly #lookups = new Map<string, LookupNode['fields'][number][]>(); // by what is looked up
  /** How many ranges stand behind each other within a column: only equal depths share a node, else it read itself. */
  readonly #depths = new Map<string, number>();

  source(node: SourceNode): View {
    this.#add(node);
    return { id: node.id, quality: node.fields.find(field => field.type === 'quality')?.name ?? null };
  }

  table(node: TableNode): void {
    this.#add(node);
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

  alerts({ sources, rules, key, carried }: CheckedAlerts): View {
    const [input = '', ...others] = sources;
    const id = this.#once(['alerts', sources, rules], `${input}#alerts`, id => ({
      kind: 'alerts',
      id,
      input,
      ...(others.length === 0 ? {} : { others }),
      rules: rules.map(rule => `rule:${rule}`),
      key,
      carried,
      fields: [],
    }));
    return { id, quality: null };
  }

  /** `fields` of the rekeyed rows are found when the plan is complete and it is known which are used. */
  rekey(input: View, by: readonly string[], name: string, { isRevised = false } = {}): View {
    const id = this.#once(['rekey', input.id, by, ...(isRevised ? ['revised'] : [])], name, id => ({
      kind: 'rekey',
      id,
      input: input.id,
      by,
      fields: [],
    }));
    return { ...input, id };
  }

  /** `inputs`: two or more, in the file's order. The same ones are merged once, whichever columns are asked for. */
  merge(inputs: readonly MergedInput[], key: readonly Field[], name: string): MergedView {
    const merged = inputs.map(({ view, latenessUs }) => [view.id, latenessUs]);
    const group = this.#mergeOnce(JSON.stringify(['merge', merged]), inputs, { key, name });
    return {
      view: { id: group.id, quality: null },
      isHere: input => group.inputs[input]!.isHere,
      column: (input, field) => this.#mergedColumn(group.inputs[input]!, field, key),
    };
  }

  /** Names of values are those within the statement; what `node` reads is named as in the plan. */
  match(input: View, node: Omit<MatchNode, 'kind' | 'id' | 'input'>, name: string): PatternView {
    const content = JSON.stringify(['match', input.id, node]);
    let group = this.#matches.get(content);
    if (group === undefined) {
      const id = this.#free(`${name}#match`);
      const columns = new Map(node.values.map(value => [value.name, this.#take(`${name}${value.name}`)]));
      group = { view: { id, quality: null }, columns: mapOf(columns) };
      this.#matches.set(content, group);
      const renamed = (condition: Expression | null) => condition && renameColumns(condition, mapOf(columns));
      this.#add({
        kind: 'match',
        id,
        input: input.id,
        ...node,
        events: node.events.map(event => ({ ...event, condition: renamed(event.condition) })),
        values: node.values.map(value => ({ ...value, name: columns.get(value.name)! })),
      });
    }
    return group;
  }

  /** Which of its fields are used is found when the plan is complete. */
  join(node: Omit<IntervalJoinNode, 'id'> | Omit<LatestJoinNode, 'id'>, name: string): View {
    const id = this.#once(node, `${name}#join`, free => ({ ...node, id: free }));
    return { id, quality: null };
  }

  silence(input: View, silence: Pick<SilenceNode, 'forUs' | 'expectedBy'>, name: string): View {
    const id = this.#once(['silence', input.id, silence], `${name}#silence`, free => ({
      kind: 'silence',
      id: free,
      input: input.id,
      ...silence,
    }));
    return { id, quality: null };
  }

  window(
    input: View,
    { panes, emitEveryUs, reviseUs, aggregates: calls }: CheckedWindow,
    argument: ColumnMap,
    name: string,
  ): { readonly view: View; readonly columns: ColumnMap } {
    const shape = {
      ...shapeOf(panes, argument),
      ...(emitEveryUs === null ? {} : { emitEveryUs }),
      ...(reviseUs === null ? {} : { reviseUs }),
    };
    const group = this.#group(
      ['window', input.id, shape],
      `${name}#window`,
      (id, aggregates): WindowNode => ({ ...shape, id, input: input.id, aggregates }),
    );
    const columns = new Map<string, string>();
    for (const { column, call } of calls) {
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
        const depth = Math.max(0, ...columnsOf(expression).map(column => this.#depthOf(column)));
        return this.#columnOnce(['compute', view.id, expression], id, depth, free => ({
          kind: 'compute',
          id: free,
          input: view.id,
          expression,
        }));
      }
      case 'history': {
        const call = { ...renamedHistory(request.call, name), ...qualityOf(request.call, view) };
        const depth = Math.max(...historyArguments(call).map(column => this.#depthOf(column))) + 1;
        return this.#columnOnce(['history', view.id, call], id, depth, free => ({
          kind: 'history',
          id: free,
          input: view.id,
          ...call,
        }));
      }
      case 'detector':
        return this.#detector(view, request, name, id);
      case 'range':
        return this.#range(view, request, name, id);
      case 'lookup':
        return this.#lookup(view, request, name, id);
    }
  }

  #mergeOnce(
    content: string,
    inputs: readonly MergedInput[],
    { key, name }: { readonly key: readonly Field[]; readonly name: string },
  ): MergeGroup {
    const known = this.#merges.get(content);
    if (known !== undefined) return known;
    const id = this.#free(`${name}#merge`);
    const group = {
      id,
      inputs: inputs.map(({ view, name: prefix, latenessUs }): MergeGroup['inputs'][number] => {
        const isHere = this.#free(`${prefix}#here`);
        this.#taken.add(isHere);
        return { input: view.id, prefix, isHere, columns: [], latenessUs };
      }),
    };
    this.#merges.set(content, group);
    this.#add({ kind: 'merge', id, inputs: group.inputs.map(({ prefix: _, ...input }) => input), key });
    return group;
  }

  #mergedColumn({ prefix, columns }: MergeGroup['inputs'][number], field: Field, key: readonly Field[]): string {
    if (key.some(({ name }) => name === field.name)) return field.name;
    const known = columns.find(({ column }) => column === field.name);
    if (known !== undefined) return known.name;
    const name = this.#free(`${prefix}#${field.name}`);
    this.#taken.add(name);
    columns.push({ ...field, name, column: field.name });
    return name;
  }

  /** All outputs of one detector stand in one node. */
  #detector(view: View, request: Extract<ColumnRequest, { kind: 'detector' }>, name: ColumnMap, id: string): string {
    const { output } = request;
    const call = { ...request.call, arguments: request.call.arguments.map(name) };
    const content = JSON.stringify(['detector', view.id, call]);
    let outputs = this.#detectors.get(content);
    if (outputs === undefined) {
      outputs = [];
      this.#detectors.set(content, outputs);
      const nodeId = this.#free(`${view.id}#${call.detector} of ${call.arguments.map(withoutMark).join(', ')}`);
      this.#add({ kind: 'detector', id: nodeId, input: view.id, ...call, quality: view.quality, outputs });
    }
    const known = outputs.find(added => added.of === output.of);
    if (known !== undefined) return known.name;
    const column = this.#free(id);
    outputs.push({ name: column, ...output });
    this.#taken.add(column);
    this.#depths.set(column, Math.max(0, ...call.arguments.map(read => this.#depthOf(read))) + 1);
    return column;
  }

  #lookup(view: View, request: Extract<ColumnRequest, { kind: 'lookup' }>, name: ColumnMap, id: string): string {
    const { table, field } = request;
    const key = request.key.map(name);
    const content = JSON.stringify(['lookup', view.id, table, key]);
    let fields = this.#lookups.get(content);
    if (fields === undefined) {
      fields = [];
      this.#lookups.set(content, fields);
      const rowText = request.column.slice(0, request.column.lastIndexOf('.'));
      this.#add({ kind: 'lookup', id: this.#free(`${view.id}${rowText}`), input: view.id, table, key, fields });
    }
    const known = fields.find(added => added.field === field.name);
    if (known !== undefined) return known.name;
    const column = this.#free(id);
    const unit = field.unit === null ? {} : { unit: field.unit.text };
    fields.push({ name: column, field: field.name, type: field.type, ...unit });
    this.#taken.add(column);
    this.#depths.set(column, Math.max(0, ...key.map(read => this.#depthOf(read))));
    return column;
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

  #take(name: string): string {
    const free = this.#free(name);
    this.#taken.add(free);
    return free;
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

function renamedHistory(call: HistoryCall, name: ColumnMap): HistoryCall {
  const argument = name(call.argument);
  return call.limit === undefined ? { ...call, argument } : { ...call, argument, limit: name(call.limit) };
}

/** Shapes are of readings, as inline ranges are. */
function qualityOf(call: HistoryCall, { quality }: View): Pick<HistoryNode, 'quality'> {
  return quality !== null && Object.hasOwn(SHAPE_FUNCTIONS, call.function) ? { quality } : {};
}

/** A window's node without what is of its place in the plan. */
function shapeOf(panes: Panes, column: ColumnMap): WindowShape {
  switch (panes.kind) {
    case 'session':
      return { kind: 'session-window', gapUs: panes.gapUs, maxUs: panes.maxUs };
    case 'state':
      return { kind: 'state-window', from: column(panes.from), to: column(panes.to), maxUs: panes.maxUs };
    case 'count':
      return { kind: 'count-window', size: panes.size, every: panes.every };
    case 'aligned': {
      const { sizeUs, everyUs, zone } = panes;
      const clock = zone === null ? {} : { zone };
      if (everyUs === sizeUs) return { kind: 'tumbling-window', sizeUs, ...clock };
      return { kind: 'hopping-window', sizeUs, everyUs, ...clock };
    }
  }
}

type OfPlace = 'id' | 'input' | 'aggregates';
type WindowShape = WindowNode extends infer N ? (N extends WindowNode ? Omit<N, OfPlace> : never) : never;

type MergeGroup = {
  readonly id: string;
  readonly inputs: readonly (Omit<MergeInput, 'columns'> & {
    readonly prefix: string;
    readonly columns: MergeInput['columns'][number][]; // grows as they are asked for
  })[];
};

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

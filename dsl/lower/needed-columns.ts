import {
  addedColumns,
  ALERT_FIELDS,
  type AlertsNode,
  DURATION_COLUMN,
  type Field,
  type MergeInput,
  IDENTITY_COLUMNS,
  type PlanNode,
  SIDE_FIELDS,
  type SideNode,
  SILENT,
  type SourceNode,
} from '../plan.ts';
import { inputOf, readsOf } from './node-columns.ts';

/**
 * Marks the fields of sources that something reads, and gives rekeyed rows, and events that were left aside, the fields that
 * are read behind them: what nobody reads never becomes a column. `nodes` are in topological order.
 */
export function markNeeded(nodes: readonly PlanNode[]): PlanNode[] {
  const needed = neededColumns(nodes);
  const types = new ColumnTypes();
  return nodes.map(node => {
    const marked = mark(node, needed.get(node.id) ?? new Set(), types);
    types.add(marked);
    return marked;
  });
}

function mark(node: PlanNode, needed: ReadonlySet<string>, types: ColumnTypes): PlanNode {
  if (node.kind === 'source') return markSource(node, needed);
  if (node.kind === 'side') return markSide(node, needed, types);
  if (node.kind === 'alerts') return markAlerts(node, needed);
  if (node.kind !== 'rekey') return usedOf(node, needed);
  const names = [...new Set([...node.by, ...needed])];
  return { ...node, fields: names.flatMap(name => types.find(node.input, name) ?? []) };
}

function markSource(node: SourceNode, needed: ReadonlySet<string>): SourceNode {
  const { key, unique } = node;
  const isNeeded = (name: string) => needed.has(name) || key.includes(name) || unique?.fields.includes(name) === true;
  return { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: isNeeded(field.name) })) };
}

/** The key's fields first. */
function markSide(node: SideNode, needed: ReadonlySet<string>, types: ColumnTypes): SideNode {
  const own = SIDE_FIELDS[node.side];
  const names = new Set([...types.keyOf(node.input), ...needed]);
  const fields = [...names].flatMap(
    name => own.find(field => field.name === name) ?? types.find(node.input, name) ?? [],
  );
  return { ...node, fields };
}

/** The key's fields first; what else is read is an alert's own, or a label. */
function markAlerts(node: AlertsNode, needed: ReadonlySet<string>): AlertsNode {
  const names = [...needed].filter(name => name !== 'time' && !node.key.some(field => field.name === name));
  const known = [...ALERT_FIELDS, ...node.carried];
  const others = names.map(name => known.find(field => field.name === name) ?? { name, type: 'symbol' as const });
  const carried = node.carried.filter(({ name }) => needed.has(name));
  return { ...node, carried, fields: [...node.key, ...others] };
}

/** Per view, the columns that are read from it, directly or through views behind it. */
function neededColumns(nodes: readonly PlanNode[]): ReadonlyMap<string, ReadonlySet<string>> {
  const needed = new Map<string, Set<string>>();
  const byId = new Map(nodes.map(node => [node.id, node]));
  const addedTo = new Map(nodes.flatMap(node => addedColumns(node).map(column => [column, inputOf(node)] as const)));
  const need = (view: string, column: string) => {
    if (addedTo.get(column) === view) return;
    const columns = needed.get(view);
    if (columns === undefined) needed.set(view, new Set([column]));
    else columns.add(column);
  };
  for (const node of nodes.toReversed()) {
    for (const { view, columns } of readsOf(usedOf(node, needed.get(node.id) ?? new Set())))
      for (const column of columns) need(view, column);
    const input = inputOf(node);
    if (input === null) continue;
    if (node.kind === 'rule') for (const column of Object.values(IDENTITY_COLUMNS)) need(input, column);
    if (node.kind === 'filter' || node.kind === 'rekey') {
      for (const column of needed.get(node.id) ?? []) need(input, column);
    }
    if (node.kind === 'side' && node.side === 'late') {
      for (const column of needed.get(node.id) ?? []) if (column !== 'event_time') need(input, column);
    }
    const read = byId.get(input);
    if ((node.kind === 'store' || node.kind === 'route') && read?.kind === 'source') {
      for (const field of read.fields) need(input, field.name);
    }
  }
  return needed;
}

/** What makes rows of several does not need what nobody reads of these. */
function usedOf(node: PlanNode, needed: ReadonlySet<string>): PlanNode {
  if (node.kind === 'merge') {
    const used = (input: MergeInput) => input.columns.filter(({ name }) => needed.has(name));
    return { ...node, inputs: node.inputs.map(input => ({ ...input, columns: used(input) })) };
  }
  if (node.kind !== 'interval-join' && node.kind !== 'latest-join') return node;
  return { ...node, fields: node.fields.filter(({ name }) => needed.has(name)) };
}

/** What is known of the columns that stand before a rekey. */
class ColumnTypes {
  readonly #fields = new Map<string, Map<string, Field>>();
  readonly #inputs = new Map<string, string>();
  readonly #keys = new Map<string, readonly string[]>(); // of sources

  add(node: PlanNode): void {
    switch (node.kind) {
      case 'source':
        this.#keys.set(node.id, node.key);
        this.#add(node.id, node.fields.map(fieldOf));
        break;
      case 'side':
      case 'alerts':
      case 'rekey':
        this.#add(node.id, node.fields);
        break;
      case 'merge':
        this.#add(node.id, node.key);
        for (const { isHere, columns } of node.inputs) {
          this.#add(node.id, [{ name: isHere, type: 'bool' }, ...columns.map(fieldOf)]);
        }
        break;
      case 'interval-join':
      case 'latest-join':
      case 'select':
        this.#inputs.set(node.id, node.input); // the key's fields come through
        this.#add(node.id, node.fields.map(fieldOf));
        break;
      case 'filter':
        this.#inputs.set(node.id, node.input);
        break;
      case 'tumbling-window':
      case 'hopping-window':
      case 'session-window':
      case 'state-window':
      case 'count-window':
        this.#inputs.set(node.id, node.input);
        this.#add(node.id, [
          { name: 'until', type: 'time' },
          { name: DURATION_COLUMN, type: 'duration' },
          ...node.aggregates.map(fieldOf),
        ]);
        break;
      case 'match':
        this.#inputs.set(node.id, node.input); // the key's fields come through
        this.#add(node.id, node.values.map(fieldOf));
        break;
      case 'compute':
        this.#add(node.input, [{ name: node.id, type: node.expression.type }]);
        break;
      case 'history':
        this.#add(node.input, [{ name: node.id, type: node.type }]);
        break;
      case 'detector':
        this.#add(node.input, node.outputs.map(fieldOf));
        break;
      case 'range':
        this.#add(node.input, node.aggregates.map(fieldOf));
        break;
      case 'lookup':
        this.#add(node.input, node.fields.map(fieldOf));
        break;
      case 'silence':
        this.#inputs.set(node.id, node.input);
        this.#add(node.id, [{ name: SILENT, type: 'bool' }]);
        break;
      case 'table':
      case 'rule':
      case 'route':
      case 'store':
        break;
    }
  }

  keyOf(source: string): readonly string[] {
    return this.#keys.get(source)!;
  }

  find(view: string, name: string): Field | undefined {
    for (let at: string | undefined = view; at !== undefined; at = this.#inputs.get(at)) {
      const field = this.#fields.get(at)?.get(name);
      if (field !== undefined) return field;
    }
    return undefined;
  }

  #add(view: string, fields: readonly Field[]): void {
    const known = this.#fields.get(view) ?? new Map<string, Field>();
    this.#fields.set(view, known);
    for (const field of fields) known.set(field.name, field);
  }
}

function fieldOf({ name, type, unit }: Field): Field {
  return { name, type, ...(unit === undefined ? {} : { unit }) };
}

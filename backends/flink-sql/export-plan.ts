import {
  inputsOf,
  type Plan,
  type PlanNode,
  type RouteNode,
  type RuleNode,
  type SelectNode,
  type SourceNode,
  type StoreNode,
  type ValueType,
} from '../../dsl/plan.ts';
import { alertsQuery, sharedKey } from './alert-changes.ts';
import { typeOf } from './column-types.ts';
import { type Gap, Gaps } from './gaps.ts';
import { Queries } from './queries.ts';
import { CLOCK, namesOf, renamed, type Rows, selectText } from './rows.ts';
import { ruleChanges } from './rule-changes.ts';
import { type Insert, type Section, scriptText } from './script.ts';
import { sinkTable } from './sink-table.ts';
import { fieldsOf, refuseTimeField, sourceText } from './source-table.ts';
import { quoted } from './sql-text.ts';
import { atom, type Sql } from './sql.ts';
import { statementOf } from './statement.ts';
import { type ConnectorTemplate, filled, SINK_TEMPLATE, SOURCE_TEMPLATE } from './templates.ts';
import { Views } from './views.ts';

export type FlinkOptions = { readonly sourceWith?: ConnectorTemplate; readonly sinkWith?: ConnectorTemplate };

export type FlinkExport = { readonly script: string; readonly leftOut: readonly LeftOut[] };

/** A statement of the rule file that is not in the script. */
export type LeftOut = {
  readonly kind: 'stream' | 'rule' | 'route' | 'store';
  readonly name: string; // of a route and a store: of the stream
  readonly gaps: readonly Gap[];
  readonly reads: readonly string[]; // statements that are left out themselves
};

type Root = SourceNode | SelectNode | RuleNode | RouteNode | StoreNode;

/**
 * A plan as a script of Flink SQL: tables of what comes in and goes out, a view for each stream and rule, and the inserts. What
 * has no equivalent is left out, and so is what reads it; all of it is told. Cost: linear in the plan.
 */
export function exportPlan(plan: Plan, options: FlinkOptions = {}): FlinkExport {
  const script = new Exporter(plan, options);
  for (const node of plan.nodes)
    if (node.kind === 'source' || node.kind === 'select' || node.kind === 'rule') script.add(node);
  for (const node of plan.nodes) if (node.kind === 'route' || node.kind === 'store') script.add(node);
  return { script: scriptText(script), leftOut: script.leftOut };
}

class Exporter {
  readonly sections: Section[] = [];
  readonly inserts: Insert[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #plan: Plan;
  readonly #views: Views;
  readonly #sourceWith: ConnectorTemplate;
  readonly #sinkWith: ConnectorTemplate;

  constructor(plan: Plan, { sourceWith = SOURCE_TEMPLATE, sinkWith = SINK_TEMPLATE }: FlinkOptions) {
    this.#plan = plan;
    this.#views = new Views(plan.nodes);
    this.#sourceWith = sourceWith;
    this.#sinkWith = sinkWith;
  }

  add(node: Root): void {
    const reads = this.#statementsReadBy(node).filter(id => this.#views.relation(id) === undefined);
    const queries = new Queries(this.#views, new Gaps());
    const commit = reads.length === 0 ? this.#written(node, queries) : null;
    const before = this.#views.takeDefined();
    if (commit !== null && queries.gaps.isEmpty) commit(before);
    else this.leftOut.push({ ...nameOf(node), gaps: queries.gaps.list, reads: reads.map(id => statementOf({ id })) });
  }

  /** What to do with the text once it is known to be whole; `before`: views that it needs. */
  #written(node: Root, queries: Queries): (before: readonly string[]) => void {
    switch (node.kind) {
      case 'source':
        return this.#source(node, queries);
      case 'select':
        return this.#view(node, queries, this.#selected(node, queries));
      case 'rule':
        return this.#view(node, queries, ruleChanges(node, queries));
      case 'route':
        return node.input === 'alerts' ? this.#alerts(node, queries) : this.#end(node, queries);
      case 'store':
        return this.#end(node, queries);
    }
  }

  #source(node: SourceNode, queries: Queries): () => void {
    const table = this.#views.name(`${node.id}_messages`);
    const holes = { stream: node.id, table, address: node.address, path: pathOf(node) };
    const text = sourceText(node, { table, view: node.id, connector: filled(this.#sourceWith, holes) }, queries.gaps);
    queries.note('source');
    return () => {
      const fields = fieldsOf(node).map(({ name, type }) => [name, atom(quoted(name), type === 'float')] as const);
      this.#views.addRelation(node.id, {
        name: node.id,
        columns: new Map([...fields, ['time', atom(quoted('time'))] as const]),
        key: node.key,
        clock: { name: 'time', of: { kind: 'events' } },
      });
      this.sections.push({ title: `stream ${node.id}`, notes: queries.notes, statements: [text.table, text.view] });
    };
  }

  /** The fields of a derived stream, with its key, its time, and Flink's where that is another. */
  #selected(node: SelectNode, queries: Queries): Rows {
    const rows = queries.rows(
      node.input,
      node.fields.map(({ column }) => column),
    );
    refuseTimeField(
      node.fields.map(({ name }) => name),
      queries.gaps,
    );
    const own = node.fields.filter(({ name }) => !rows.key.includes(name));
    const columns = new Map<string, Sql>(rows.key.map(column => [column, rows.columns.get(column)!]));
    columns.set('time', rows.columns.get('time')!);
    const rowTime = rows.columns.get(CLOCK);
    if (rowTime !== undefined) columns.set(CLOCK, rowTime);
    for (const { name, column } of own) columns.set(name, queries.column(rows, column));
    return { ...rows, columns };
  }

  #view(node: SelectNode | RuleNode, queries: Queries, rows: Rows): (before: readonly string[]) => void {
    const isRule = node.kind === 'rule';
    return before => {
      const name = isRule ? this.#views.name(node.name) : node.id;
      const names = namesOf(rows);
      const view = `CREATE VIEW ${quoted(name)} AS\n${selectText(rows, names)}`;
      this.#views.addRelation(node.id, { name, key: rows.key, ...renamed(rows, names) });
      const title = `${isRule ? 'rule' : 'stream'} ${statementOf(node)}`;
      this.sections.push({ title, notes: queries.notes, statements: [...before, view] });
    };
  }

  #end(node: RouteNode | StoreNode, queries: Queries): () => void {
    const { condition } = node.kind === 'route' ? node : { condition: null };
    const rows = queries.read(node.input);
    const columns = [...rows.columns.keys()].filter(column => column !== CLOCK);
    const names = new Map(columns.map(column => [column, column]));
    const passed = condition === null ? rows : queries.where(rows, condition);
    const insert = selectText(passed, names);
    const types = columns.map(name => ({ name, type: typeOf(this.#views, node.input, name) }));
    return this.#sink(node, types, insert, queries);
  }

  #alerts(node: RouteNode, queries: Queries): () => void {
    const rules = this.#rules();
    const insert = alertsQuery(node, rules, queries);
    const key = sharedKey(rules.map(({ id }) => queries.read(id).key));
    const types = [
      { name: 'rule', type: 'symbol' as const },
      ...key.map(name => ({ name, type: typeOf(this.#views, rules[0]!.id, name) })),
      { name: 'change', type: 'symbol' as const },
      { name: 'severity', type: 'severity' as const },
      { name: 'time', type: 'time' as const },
    ];
    return this.#sink(node, types, insert, queries);
  }

  #sink(
    node: RouteNode | StoreNode,
    columns: readonly { readonly name: string; readonly type: ValueType }[],
    query: string,
    queries: Queries,
  ): () => void {
    const target = node.kind === 'store' ? 'store' : `to_${node.target.connector}`;
    const table = this.#views.name(`${node.input}_${target}`);
    const address = node.kind === 'store' ? '' : (node.target.address ?? '');
    const connector = filled(this.#sinkWith, { stream: node.input, table, address, path: table });
    return () => {
      const title = node.kind === 'store' ? `store ${node.input}` : `route ${node.input} to ${node.target.connector}`;
      this.sections.push({ title, notes: queries.notes, statements: [sinkTable(table, columns, connector)] });
      this.inserts.push({ table, query });
    };
  }

  /** Those that are written: what is left out of the others' alerts is told with them. */
  #rules(): readonly RuleNode[] {
    return this.#plan.nodes.filter(isRule).filter(({ id }) => this.#views.relation(id) !== undefined);
  }

  /** Sources, selects and, of a route of alerts, rules. */
  #statementsReadBy(node: PlanNode): readonly string[] {
    if (node.kind === 'source') return [];
    if (node.kind === 'route' && node.input === 'alerts') {
      const rules = this.#rules();
      return rules.length > 0 ? rules.map(({ id }) => id) : this.#plan.nodes.filter(isRule).map(({ id }) => id);
    }
    const found: string[] = [];
    const waiting = [...inputsOf(node)];
    while (waiting.length > 0) {
      const read = this.#views.node(waiting.pop()!);
      if (read.kind === 'source' || read.kind === 'select') found.push(read.id);
      else waiting.push(...inputsOf(read));
    }
    return found;
  }
}

function isRule(node: PlanNode): node is RuleNode {
  return node.kind === 'rule';
}

function nameOf(node: Root): Pick<LeftOut, 'kind' | 'name'> {
  switch (node.kind) {
    case 'source':
    case 'select':
      return { kind: 'stream', name: node.id };
    case 'rule':
      return { kind: 'rule', name: node.name };
    case 'route':
    case 'store':
      return { kind: node.kind, name: node.input };
  }
}

function pathOf({ connector, directory, address, id }: SourceNode): string {
  if (connector !== 'file') return id;
  return directory === '.' || address.startsWith('/') ? address : `${directory}/${address}`;
}

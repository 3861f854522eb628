import type { RouteNode, RuleNode, SelectNode, SourceNode, StoreNode } from '../../dsl/plan.ts';
import { alertsQuery, sharedKey } from './alert-changes.ts';
import { typeOf } from './column-types.ts';
import { asValue } from './instant.ts';
import type { Queries } from './queries.ts';
import { CLOCK, namesOf, renamed, type Rows, selectText } from './rows.ts';
import { ruleChanges } from './rule-changes.ts';
import type { Insert } from './script.ts';
import { type SinkColumn, sinkTable } from './sink-table.ts';
import { fieldsOf, refuseTimeField, sourceText } from './source-table.ts';
import { quoted } from './sql-text.ts';
import { atom, type Sql } from './sql.ts';
import { type ConnectorTemplate, filled } from './templates.ts';
import type { Relation, Views } from './views.ts';

/** A node that stands for a statement of the rule file. */
export type Root = SourceNode | SelectNode | RuleNode | RouteNode | StoreNode;

/** What a statement becomes, if it has no gaps. */
export type Draft = {
  readonly title: string;
  readonly statements: readonly string[];
  readonly relation?: Relation; // that others read
  readonly insert?: Insert;
};

export type DraftContext = {
  readonly views: Views;
  readonly queries: Queries;
  readonly sourceWith: ConnectorTemplate;
  readonly sinkWith: ConnectorTemplate;
  readonly rules: readonly RuleNode[]; // that are written
};

export function draftOf(node: Root, context: DraftContext): Draft {
  switch (node.kind) {
    case 'source':
      return sourceDraft(node, context);
    case 'select':
      return viewDraft({ title: `stream ${node.id}`, name: node.id }, selected(node, context.queries));
    case 'rule':
      return viewDraft(
        { title: `rule ${node.name}`, name: context.views.name(node.name) },
        ruleChanges(node, context.queries),
      );
    case 'route':
      return node.input === 'alerts' ? alertsDraft(node, context) : endDraft(node, context);
    case 'store':
      return endDraft(node, context);
  }
}

function sourceDraft(node: SourceNode, { views, queries, sourceWith }: DraftContext): Draft {
  const table = views.name(`${node.id}_messages`);
  const holes = { stream: node.id, table, address: node.address, path: pathOf(node) };
  const text = sourceText(node, { table, view: node.id, connector: filled(sourceWith, holes) }, queries.gaps);
  queries.note('source');
  const fields = fieldsOf(node).map(({ name, type }) => [name, atom(quoted(name), type === 'float')] as const);
  return {
    title: `stream ${node.id}`,
    statements: [text.table, text.view],
    relation: {
      name: node.id,
      columns: new Map([...fields, ['time', atom(quoted('time'))]]),
      key: node.key,
      clock: { name: 'time', of: { kind: 'events' } },
    },
  };
}

/** The fields of a derived stream, with its key, its time, and Flink's where that is another. */
function selected(node: SelectNode, queries: Queries): Rows {
  refuseTimeField(
    node.fields.map(({ name }) => name),
    queries.gaps,
  );
  const rows = queries.rows(
    node.input,
    node.fields.map(({ column }) => column),
  );
  const own = node.fields.filter(({ name }) => !rows.key.includes(name));
  const always = [...rows.key, 'time', CLOCK].flatMap((column): [string, Sql][] => {
    const sql = rows.columns.get(column);
    return sql === undefined ? [] : [[column, sql]];
  });
  const fields = own.map(({ name, column, type }) => [name, asValue(queries.column(rows, column), type)] as const);
  return { ...rows, columns: new Map([...always, ...fields]) };
}

function viewDraft({ title, name }: { readonly title: string; readonly name: string }, rows: Rows): Draft {
  const names = namesOf(rows);
  return {
    title,
    statements: [`CREATE VIEW ${quoted(name)} AS\n${selectText(rows, names)}`],
    relation: { name, key: rows.key, ...renamed(rows, names) },
  };
}

function endDraft(node: RouteNode | StoreNode, context: DraftContext): Draft {
  const { views, queries } = context;
  const condition = node.kind === 'route' ? node.condition : null;
  const rows = queries.read(node.input);
  const columns = [...rows.columns.keys()].filter(column => column !== CLOCK);
  const passed = condition === null ? rows : queries.where(rows, condition);
  const query = selectText(passed, new Map(columns.map(column => [column, column])));
  const typed = columns.map(name => ({ name, type: typeOf(views, node.input, name) }));
  return sinkDraft(node, { columns: typed, query }, context);
}

function alertsDraft(node: RouteNode, context: DraftContext): Draft {
  const { views, queries, rules } = context;
  const key = sharedKey(rules.map(({ id }) => queries.read(id).key));
  const columns: readonly SinkColumn[] = [
    { name: 'rule', type: 'symbol' },
    ...key.map(name => ({ name, type: typeOf(views, rules[0]!.id, name) })),
    { name: 'change', type: 'symbol' },
    { name: 'severity', type: 'severity' },
    { name: 'time', type: 'time' },
  ];
  return sinkDraft(node, { columns, query: alertsQuery(node, rules, queries) }, context);
}

function sinkDraft(
  node: RouteNode | StoreNode,
  { columns, query }: { readonly columns: readonly SinkColumn[]; readonly query: string },
  { views, sinkWith }: DraftContext,
): Draft {
  const target = node.kind === 'store' ? 'store' : `to_${node.target.connector}`;
  const table = views.name(`${node.input}_${target}`);
  const address = node.kind === 'store' ? '' : (node.target.address ?? '');
  const connector = filled(sinkWith, { stream: node.input, table, address, path: table });
  return {
    title: node.kind === 'store' ? `store ${node.input}` : `route ${node.input} to ${node.target.connector}`,
    statements: [sinkTable(table, columns, connector)],
    insert: { table, query },
  };
}

function pathOf({ connector, directory, address, id }: SourceNode): string {
  if (connector !== 'file') return id;
  return directory === '.' || address.startsWith('/') ? address : `${directory}/${address}`;
}

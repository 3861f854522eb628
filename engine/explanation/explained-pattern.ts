import { columnsIn, type Expression, type MatchNode, type PlanNode, type SelectNode } from '../../dsl/plan.ts';
import { CarriedColumns } from './carried-columns.ts';
import type { ExplainedColumn } from './explained-rule.ts';

/** The pattern whose matches a rule reads, with what its conditions read at each row that it looks at. */
export type ExplainedPattern = {
  readonly node: MatchNode;
  /** The statement that it stands in. */
  readonly statement: string;
  /** In the node's order. `rows`: the column that says which rows are looked at; null: all are. */
  readonly events: readonly { readonly name: string; readonly rows: string | null; readonly condition: Expression }[];
  /** By their name in conditions, those of `rows` and of bound values among them. */
  readonly columns: ReadonlyMap<string, ExplainedColumn>;
  /** Of the rows of PATTERN_ROWS. */
  readonly select: SelectNode;
};

/** No stream of a file has a colon in its name. */
export const PATTERN_ROWS = 'why:pattern';

/** What is between a pattern and who reads its matches row by row, by the same key. */
const SAME_ROWS: readonly PlanNode['kind'][] = [
  'filter',
  'compute',
  'range',
  'history',
  'detector',
  'lookup',
  'select',
];

/** Of a rule that reads this view; null: its rows are no matches. The nodes that are given back carry the columns that are read. */
export function explainedPattern(
  input: string,
  nodes: readonly PlanNode[],
  shownName: (column: string) => string,
): { readonly pattern: ExplainedPattern; readonly nodes: readonly PlanNode[] } | null {
  const node = patternBehind(input, nodes);
  if (node === null) return null;
  const carried = new CarriedColumns(nodes);
  const values = new Map(node.values.map(value => [value.name, value]));
  const columns = new Map<string, ExplainedColumn>();
  const events = node.events.map(({ name, rows, when, condition }) => {
    const own = when === null ? null : carried.expanded(node.input, when);
    const both = [own, condition].filter(part => part !== null);
    if (rows !== null && !columns.has(rows)) columns.set(rows, { field: `c${columns.size}`, text: name, type: 'bool' });
    for (const { column, type } of both.flatMap(part => columnsIn(part))) {
      if (columns.has(column)) continue;
      const value = values.get(column);
      const { field, column: origin } = carried.originOf(node.input, value === undefined ? column : value.column);
      const text = shownName(value === undefined ? origin! : column);
      const unit = field?.unit;
      columns.set(column, { field: `c${columns.size}`, text, type, ...(unit === undefined ? {} : { unit }) });
    }
    return { name, rows, condition: both.reduce<Expression>(and, ALWAYS) };
  });
  const read = [...columns].filter(([column]) => !values.has(column));
  const fields = read.map(([column, { field, type }]) => ({ name: field, type, column }));
  const select: SelectNode = { kind: 'select', id: PATTERN_ROWS, input: node.input, fields };
  const statement = node.id.replace(/#match.*$/, '');
  return { pattern: { node, statement, events, columns, select }, nodes: carried.nodes };
}

function patternBehind(input: string, nodes: readonly PlanNode[]): MatchNode | null {
  let node = nodes.find(({ id }) => id === input);
  while (node !== undefined && 'input' in node && SAME_ROWS.includes(node.kind)) {
    const { input: before } = node;
    node = nodes.find(({ id }) => id === before);
  }
  return node?.kind === 'match' ? node : null;
}

const ALWAYS: Expression = { kind: 'literal', type: 'bool', value: true };

function and(left: Expression, right: Expression): Expression {
  return left === ALWAYS ? right : { kind: 'and', type: 'bool', left, right };
}

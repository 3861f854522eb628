import {
  columnsIn,
  type Expression,
  type Field,
  type OutputKind,
  type Plan,
  PLAN_VERSION,
  type PlanNode,
  replaceColumns,
  type RuleNode,
  type SelectNode,
  SILENT,
  type SilenceNode,
  type SourceNode,
} from '../../dsl/plan.ts';
import { Identities, PlanIdentity } from '../plan-change/plan-identity.ts';
import { RuleVersions } from '../rule-version.ts';
import { PlanReaders } from '../runtime/workers/plan-readers.ts';
import { type ExplainedPattern, explainedPattern } from './explained-pattern.ts';

/** A rule by itself, so that it can be run again over a stretch of its past and seen from inside. */
export type ExplainedRule = {
  readonly rule: RuleNode;
  readonly version: string;
  /** Of the rule alone; EVIDENCE is a stream of it, whose rows have what the conditions read, BEFORE_WHERE one of what `where` reads. */
  readonly plan: Plan;
  readonly key: readonly Field[];
  readonly sources: readonly SourceNode[];
  /** Streams of the plan: the events of the sources that have the rule's key. */
  readonly heard: readonly SelectNode[];
  /** Whether events of other keys of its sources have a part in it. */
  readonly isOfAllKeys: boolean;
  readonly levels: readonly Expression[];
  readonly clear: Expression | null;
  readonly while: Expression | null;
  /** Which rows of its stream the rule looks at, where it says so and they keep their key. */
  readonly where: Expression | null;
  /** By their name in conditions. */
  readonly columns: ReadonlyMap<string, ExplainedColumn>;
  /** The same of `where`, in the rows of BEFORE_WHERE. */
  readonly whereColumns: ReadonlyMap<string, ExplainedColumn>;
  /** Whose matches it reads, where these have its key. */
  readonly pattern: ExplainedPattern | null;
  /** Of which it is told. */
  readonly silence: SilenceNode | null;
  /** Late events revise what it reads: the same rows come again as if they had been in order. */
  readonly isRevised: boolean;
  /** How long an event may still matter to it, roughly. */
  readonly horizonUs: number;
  /** How long after a time events may still come that have a part in what is of that time, roughly: a pane is told of when it closes. */
  readonly delayUs: number;
};

export type ExplainedColumn = {
  /** Of the rows of EVIDENCE. */
  readonly field: string;
  /** As a rule file writes it: `temp`, `avg(temp, 1h)`. */
  readonly text: string;
  readonly unit?: string;
  readonly type: Field['type'];
  /** What a detector says: its outputs among the columns. */
  readonly detector?: { readonly of: OutputKind; readonly argument: string | null };
};

/** No stream of a file has a colon in its name. */
export const EVIDENCE = 'why:rows';
export const BEFORE_WHERE = 'why:all';

/** Null: the plan has no such rule. */
export function explainedRule(plan: Plan, name: string): ExplainedRule | null {
  const rule = plan.nodes.find((node): node is RuleNode => node.kind === 'rule' && node.name === name);
  if (rule === undefined) return null;
  const readers = new PlanReaders(plan);
  const ids = readers.withInputs([rule]);
  const nodes = plan.nodes.filter(node => ids.has(node.id)).map(withoutEarlyRows);
  const sources = nodes.filter((node): node is SourceNode => node.kind === 'source');
  const conditions = new Conditions(nodes);
  const levels = rule.levels.map(level => conditions.of(level.when));
  const clear = rule.clear && conditions.of(rule.clear.when);
  const whileHolds = rule.while && conditions.of(rule.while.condition);
  const columns = new Map<string, ExplainedColumn>();
  for (const condition of [...levels, clear, whileHolds]) {
    if (condition !== null) addColumns(condition, { columns, nodes, rule });
  }
  const { column: quality } = rule.quality;
  if (quality !== null && !columns.has(quality)) {
    const field = `c${columns.size}`;
    columns.set(quality, { field, text: shownName(quality, nodes), type: 'quality' });
  }
  for (const { column, type } of rule.suppress?.columns ?? []) {
    if (columns.has(column)) continue;
    columns.set(column, { field: `c${columns.size}`, text: shownName(column, nodes), type });
  }
  const evidence = selectOf({ id: EVIDENCE, input: rule.input, columns });
  const filter = nodes.find(node => node.kind === 'filter' && node.id === rule.input && node.id.includes('#'));
  const where = filter?.kind === 'filter' ? conditions.expanded(filter.condition) : null;
  const whereColumns = new Map<string, ExplainedColumn>();
  if (where !== null) addColumns(where, { columns: whereColumns, nodes, rule });
  const beforeWhere =
    filter?.kind === 'filter' ? [selectOf({ id: BEFORE_WHERE, input: filter.input, columns: whereColumns })] : [];
  const matches = explainedPattern(rule.input, nodes, column => shownName(column, nodes));
  const key = new PlanIdentity({ version: PLAN_VERSION, nodes }, { ids: new Identities(), rowsOf: () => 0 }).keyOf(
    rule.input,
  );
  const heard = sources.filter(source => hasKey(source, key)).map(heardOf);
  const selects = [evidence, ...beforeWhere, ...(matches === null ? [] : [matches.pattern.select]), ...heard];
  return {
    rule,
    version: new RuleVersions(plan, readers).versionOf(rule),
    plan: { version: PLAN_VERSION, nodes: [...(matches?.nodes ?? nodes), ...selects] },
    key,
    sources,
    heard,
    isOfAllKeys: readers.isOfAllKeys(rule),
    levels,
    clear,
    while: whileHolds,
    where,
    columns: new Map([...(matches?.pattern.columns ?? []), ...whereColumns, ...columns]),
    whereColumns,
    pattern: matches?.pattern ?? null,
    silence: silenceBehind(rule.input, nodes),
    isRevised: nodes.some(node => 'reviseUs' in node && node.reviseUs !== undefined),
    horizonUs: horizonUs(rule, nodes),
    delayUs: nodes.reduce((sum, node) => sum + delayUs(node), 0),
  };
}

function selectOf(select: {
  readonly id: string;
  readonly input: string;
  readonly columns: ReadonlyMap<string, ExplainedColumn>;
}): SelectNode {
  const { id, input, columns } = select;
  const fields = [...columns].map(([column, { field, type }]) => ({ name: field, type, column }));
  return { kind: 'select', id, input, fields };
}

function hasKey(source: SourceNode, key: readonly Field[]): boolean {
  return source.key.length === key.length && key.every(({ name }) => source.key.includes(name));
}

function heardOf({ id }: SourceNode): SelectNode {
  return { kind: 'select', id: `why:heard:${id}`, input: id, fields: [] };
}

function silenceBehind(input: string, nodes: readonly PlanNode[]): SilenceNode | null {
  const node = nodes.find(({ id }) => id === input);
  if (node?.kind === 'filter' || node?.kind === 'compute') return silenceBehind(node.input, nodes);
  return node?.kind === 'silence' ? node : null;
}

/** Rules see closing rows only. */
function withoutEarlyRows(node: PlanNode): PlanNode {
  if (!('emitEveryUs' in node)) return node;
  const { emitEveryUs: _, ...rest } = node;
  return rest;
}

/** Conditions as one expression each, however the plan has hoisted their parts. */
class Conditions {
  readonly #computed: ReadonlyMap<string, Expression>;

  constructor(nodes: readonly PlanNode[]) {
    this.#computed = new Map(
      nodes.flatMap(node => (node.kind === 'compute' ? [[node.id, node.expression] as const] : [])),
    );
  }

  of(column: string): Expression {
    const made = this.#computed.get(column);
    return made === undefined ? { kind: 'column', type: 'bool', column } : this.expanded(made);
  }

  expanded(expression: Expression): Expression {
    return replaceColumns(expression, read => {
      const made = this.#computed.get(read.column);
      return made === undefined ? read : this.expanded(made);
    });
  }
}

function addColumns(
  expression: Expression,
  to: { readonly columns: Map<string, ExplainedColumn>; readonly nodes: readonly PlanNode[]; readonly rule: RuleNode },
): void {
  for (const { column, type } of columnsIn(expression)) {
    if (to.columns.has(column)) continue;
    const text = shownName(column, to.nodes);
    const unit = unitOf(column, text, to);
    const field = `c${to.columns.size}`;
    const detector = detectorOf(column, to.nodes);
    to.columns.set(column, {
      field,
      text,
      ...(unit === undefined ? {} : { unit }),
      type,
      ...(detector === null ? {} : { detector }),
    });
    const argument = detector?.argument ?? null;
    if (argument === null || to.columns.has(argument)) continue;
    to.columns.set(argument, { field: `c${to.columns.size}`, text: shownName(argument, to.nodes), type: 'string' });
  }
}

/** Null: it is of no detector. */
function detectorOf(column: string, nodes: readonly PlanNode[]): NonNullable<ExplainedColumn['detector']> | null {
  for (const node of nodes) {
    if (node.kind !== 'detector') continue;
    const output = node.outputs.find(({ name }) => name === column);
    if (output === undefined) continue;
    return { of: output.of, argument: node.outputs.find(({ of }) => of === 'argument')?.name ?? null };
  }
  return null;
}

/** Without the view that the column was added to, and the number that tells it apart. */
export function shownName(column: string, nodes: readonly PlanNode[]): string {
  if (column === SILENT) return 'silent';
  const isBound = nodes.some(node => node.kind === 'match' && node.values.some(({ name }) => name === column));
  if (isBound) return column.slice(column.indexOf('#') + 1); // behind the statement's name
  const views = nodes.map(({ id }) => `${id}#`).filter(prefix => column.startsWith(prefix));
  const view = views.toSorted((a, b) => b.length - a.length)[0] ?? '';
  return column.slice(view.length).replace(/~\d+$/, '').replace(/^#/, '');
}

function unitOf(
  column: string,
  text: string,
  { nodes, rule }: { readonly nodes: readonly PlanNode[]; readonly rule: RuleNode },
): string | undefined {
  const value = rule.values.find(({ name, column: read }) => read === column || name === text);
  if (value !== undefined) return value.unit;
  const declared = nodes.flatMap((node): readonly Field[] =>
    node.kind === 'source' || node.kind === 'select' ? node.fields : [],
  );
  return declared.find(({ name }) => name === column)?.unit;
}

function horizonUs(rule: RuleNode, nodes: readonly PlanNode[]): number {
  const held = [
    ...rule.levels.map(({ forUs }) => forUs),
    rule.clear?.forUs ?? 0,
    rule.clearAfterUs ?? 0,
    rule.while?.settleUs ?? 0,
    rule.cooldownUs,
    ...nodes.map(reachUs),
  ];
  return held.reduce((sum, us) => sum + us, 0);
}

/** How much later a row comes than its time. */
function delayUs(node: PlanNode): number {
  if (node.kind === 'source') return node.latenessUs;
  const isOfPanes = node.kind === 'tumbling-window' || node.kind === 'hopping-window' || node.kind === 'session-window';
  return isOfPanes || node.kind === 'interval-join' ? reachUs(node) : 0;
}

/** How far back a node looks, where it says so. */
function reachUs(node: PlanNode): number {
  switch (node.kind) {
    case 'range':
      return 'us' in node.range ? node.range.us : 0;
    case 'tumbling-window':
    case 'hopping-window':
      return node.sizeUs;
    case 'session-window':
      return node.gapUs + (node.maxUs ?? 0);
    case 'silence':
      return node.forUs;
    case 'match':
      return node.withinUs ?? 0;
    case 'interval-join':
      return node.withinUs;
    case 'latest-join':
      return node.withinUs ?? 0;
    case 'detector':
      return Infinity; // what it has learnt is of all its past
    default:
      return 0;
  }
}

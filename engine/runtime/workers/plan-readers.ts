import type { Expression, Plan, PlanNode } from '../../../dsl/plan.ts';

/** Which nodes of a plan read which: through `input`, a column that another node of the same view adds, or a table. */
export class PlanReaders {
  readonly #plan: Plan;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #madeBy = new Map<string, string>(); // column → the node that adds it
  readonly #reads = new Map<string, readonly PlanNode[]>(); // by node, when first asked for: what it reads itself

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#nodes = new Map(plan.nodes.map(node => [node.id, node]));
    for (const node of plan.nodes) {
      if (node.kind === 'compute' || node.kind === 'history') this.#madeBy.set(node.id, node.id);
      if (node.kind === 'lookup') for (const { name } of node.fields) this.#madeBy.set(name, node.id);
      if (node.kind === 'range') for (const { name } of node.aggregates) this.#madeBy.set(name, node.id);
    }
  }

  /**
   * The sources that a node reads in the end: several, where alerts of several are read or suppress its own; none of a route of
   * alerts. Those that its rows come from are the first.
   */
  sourcesOf(node: PlanNode): readonly string[] {
    const others = suppressingRules(node).map(rule => this.#nodes.get(rule)!);
    return [...new Set([node, ...others].flatMap(each => this.#sourcesOfRows(each)))];
  }

  #sourcesOfRows(node: PlanNode): readonly string[] {
    let at: PlanNode | undefined = node;
    while (at !== undefined && at.kind !== 'source') {
      if (at.kind === 'alerts') return [at.input, ...(at.others ?? [])];
      at = this.inputOf(at);
    }
    return at === undefined ? [] : [at.id];
  }

  inputOf(node: PlanNode): PlanNode | undefined {
    return 'input' in node ? this.#nodes.get(node.input) : undefined;
  }

  /** It is keyed anew, or of alerts of all keys, or such may suppress its own. */
  isOfAllKeys(node: PlanNode): boolean {
    if (node.kind === 'rule' && node.suppress !== undefined) return true;
    for (let at: PlanNode | undefined = node; at !== undefined; at = this.inputOf(at)) {
      if (at.kind === 'rekey' || at.kind === 'alerts') return true;
    }
    return false;
  }

  /** Ids of these nodes and of all that they read. */
  withInputs(nodes: readonly PlanNode[]): ReadonlySet<string> {
    const needed = new Set<string>();
    const add = (node: PlanNode): void => {
      if (needed.has(node.id)) return;
      needed.add(node.id);
      this.#readBy(node).forEach(add);
    };
    nodes.forEach(add);
    return needed;
  }

  #readBy(node: PlanNode): readonly PlanNode[] {
    const known = this.#reads.get(node.id);
    if (known !== undefined) return known;
    const ids: string[] = [];
    const input = this.inputOf(node);
    if (input !== undefined) ids.push(input.id);
    if (node.kind === 'lookup') ids.push(node.table);
    if (node.kind === 'silence' && node.expectedBy !== null) ids.push(node.expectedBy);
    if (node.kind === 'alerts') ids.push(...(node.others ?? []), ...node.rules);
    ids.push(...suppressingRules(node));
    forEachText(node, text => {
      const maker = this.#madeBy.get(text);
      if (maker !== undefined) ids.push(maker);
    });
    const nodes = ids.map(id => this.#nodes.get(id)!);
    this.#reads.set(node.id, nodes);
    return nodes;
  }

  /** The plan without these rules, and without what served them alone; streams with names stay. */
  without(rules: ReadonlySet<string>): Plan {
    if (rules.size === 0) return this.#plan;
    const isKept = (node: PlanNode) => (node.kind === 'rule' ? !rules.has(node.name) : !node.id.includes('#'));
    const left = this.#plan.nodes.filter(node => node.kind !== 'rule' || isKept(node));
    const ids = new Set(left.map(node => node.id));
    const nodes = left.map(node => readingOnly(ids, node));
    const needed = new PlanReaders({ ...this.#plan, nodes }).withInputs(nodes.filter(isKept));
    return { ...this.#plan, nodes: nodes.filter(node => needed.has(node.id)) };
  }
}

/** Without the rules that are not among these: an alert of one of those does not fire. */
function readingOnly(ids: ReadonlySet<string>, node: PlanNode): PlanNode {
  if (node.kind === 'alerts') return { ...node, rules: node.rules.filter(rule => ids.has(rule)) };
  if (node.kind !== 'rule' || node.suppress === undefined) return node;
  const { suppress } = node;
  const alerts = suppress.alerts.filter(({ rule }) => ids.has(rule));
  if (alerts.length === suppress.alerts.length) return node;
  const known = new Set([...suppress.columns, ...alerts].map(({ column }) => column));
  const text = JSON.stringify(suppress.condition, (_, part: Expression | undefined) =>
    part?.kind === 'column' && !known.has(part.column) ? { kind: 'literal', type: 'bool', value: false } : part,
  );
  const condition = JSON.parse(text) as Expression; // as: one of its parts is another expression
  return { ...node, suppress: { ...suppress, condition, alerts } };
}

function suppressingRules(node: PlanNode): readonly string[] {
  return node.kind === 'rule' ? (node.suppress?.alerts ?? []).map(alert => alert.rule) : [];
}

/** Ids of columns that operators add contain `#`, so none of them is taken for another thing. */
function forEachText(value: unknown, use: (text: string) => void): void {
  if (typeof value === 'string') use(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) forEachText(part, use);
}

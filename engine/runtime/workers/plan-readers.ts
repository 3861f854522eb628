import type { Plan, PlanNode } from '../../../dsl/plan.ts';

/** Which nodes of a plan read which: through `input`, a column that another node of the same view adds, or a table. */
export class PlanReaders {
  readonly #plan: Plan;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #madeBy = new Map<string, string>(); // column → the node that adds it

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#nodes = new Map(plan.nodes.map(node => [node.id, node]));
    for (const node of plan.nodes) {
      if (node.kind === 'compute' || node.kind === 'history') this.#madeBy.set(node.id, node.id);
      if (node.kind === 'lookup') for (const { name } of node.fields) this.#madeBy.set(name, node.id);
      if (node.kind === 'range') for (const { name } of node.aggregates) this.#madeBy.set(name, node.id);
    }
  }

  /** The sources that a node reads in the end: several, where alerts of several are read; none of a route of alerts. */
  sourcesOf(node: PlanNode): readonly string[] {
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

  /** It is keyed anew, or of alerts of all keys. */
  isOfAllKeys(node: PlanNode): boolean {
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
      const input = this.inputOf(node);
      if (input !== undefined) add(input);
      if (node.kind === 'lookup') add(this.#nodes.get(node.table)!);
      if (node.kind === 'silence' && node.expectedBy !== null) add(this.#nodes.get(node.expectedBy)!);
      if (node.kind === 'alerts') for (const id of [...(node.others ?? []), ...node.rules]) add(this.#nodes.get(id)!);
      eachText(node, text => {
        const maker = this.#madeBy.get(text);
        if (maker !== undefined) add(this.#nodes.get(maker)!);
      });
    };
    nodes.forEach(add);
    return needed;
  }

  /** The plan without these rules, and without what served them alone; streams with names stay. */
  without(rules: ReadonlySet<string>): Plan {
    if (rules.size === 0) return this.#plan;
    const isKept = (node: PlanNode) => (node.kind === 'rule' ? !rules.has(node.name) : !node.id.includes('#'));
    const left = this.#plan.nodes.filter(node => node.kind !== 'rule' || isKept(node));
    const ids = new Set(left.map(node => node.id));
    const nodes = left.map(node =>
      node.kind === 'alerts' ? { ...node, rules: node.rules.filter(rule => ids.has(rule)) } : node,
    );
    const needed = new PlanReaders({ ...this.#plan, nodes }).withInputs(nodes.filter(isKept));
    return { ...this.#plan, nodes: nodes.filter(node => needed.has(node.id)) };
  }
}

/** Every text in a node; ids of columns that operators add contain `#`, so none of them is taken for another thing. */
function eachText(value: unknown, take: (text: string) => void): void {
  if (typeof value === 'string') take(value);
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) eachText(member, take);
}

import { addedColumns, inputsOf, type Plan, type PlanNode, replaceColumns } from '../../../dsl/plan.ts';

/** Which nodes of a plan read which: through `input`, a column that another node of the same view adds, or a table. */
export class PlanReaders {
  readonly #plan: Plan;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #madeBy = new Map<string, string>(); // column → the node that adds it
  readonly #sources = new Map<string, readonly string[]>(); // by node
  readonly #ofAllKeys = new Set<string>();
  readonly #reads = new Map<string, readonly PlanNode[]>(); // by node, when first asked for: what it reads itself
  #readers: ReadonlyMap<string, readonly PlanNode[]> | undefined; // by node: what reads it itself

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#nodes = new Map(plan.nodes.map(node => [node.id, node]));
    for (const node of plan.nodes) {
      for (const column of addedColumns(node)) this.#madeBy.set(column, node.id);
      this.#follow(node);
    }
  }

  /**
   * The sources that a node reads in the end: several, behind a merge or alerts of several, or where such suppress its own; none of
   * a route of alerts.
   */
  sourcesOf(node: PlanNode): readonly string[] {
    const own = this.#sources.get(node.id)!;
    const suppressing = suppressingRules(node).flatMap(rule => this.#sources.get(rule)!);
    return suppressing.length === 0 ? own : [...new Set([...own, ...suppressing])];
  }

  /** It is keyed anew, or of alerts of all keys, or such a stream is among those that it reads, or such may suppress its own. */
  isOfAllKeys(node: PlanNode): boolean {
    return this.#ofAllKeys.has(node.id) || (node.kind === 'rule' && node.suppress !== undefined);
  }

  /** The nodes that its rows come through, the nearest first: up to what brings them in, or several streams together. */
  wayTo(node: PlanNode): readonly PlanNode[] {
    const inputs = inputsOf(node).flatMap(id => this.#nodes.get(id) ?? []);
    return inputs.length === 1 ? [inputs[0]!, ...this.wayTo(inputs[0]!)] : [];
  }

  /** The other nodes that read it themselves. */
  readersOf(node: PlanNode): readonly PlanNode[] {
    this.#readers ??= this.#findReaders();
    return this.#readers.get(node.id) ?? [];
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

  /** Of what a node reads, which stands before it in the plan. */
  #follow(node: PlanNode): void {
    const inputs = inputsOf(node);
    const sources =
      node.kind === 'alerts' ? [node.input, ...(node.others ?? [])] : inputs.flatMap(id => this.#sources.get(id) ?? []);
    this.#sources.set(node.id, node.kind === 'source' ? [node.id] : [...new Set(sources)]);
    const isOfAllKeys = node.kind === 'rekey' || node.kind === 'alerts' || inputs.some(id => this.#ofAllKeys.has(id));
    if (isOfAllKeys) this.#ofAllKeys.add(node.id);
  }

  #findReaders(): ReadonlyMap<string, readonly PlanNode[]> {
    const readers = new Map<string, PlanNode[]>();
    for (const reader of this.#plan.nodes) {
      for (const { id } of new Set(this.#readBy(reader))) {
        if (id === reader.id) continue;
        const known = readers.get(id);
        if (known === undefined) readers.set(id, [reader]);
        else known.push(reader);
      }
    }
    return readers;
  }

  #readBy(node: PlanNode): readonly PlanNode[] {
    const known = this.#reads.get(node.id);
    if (known !== undefined) return known;
    const ids = inputsOf(node).filter(id => this.#nodes.has(id));
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
  const condition = replaceColumns(suppress.condition, read =>
    known.has(read.column) ? read : { kind: 'literal', type: 'bool', value: false },
  );
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

import { type Plan, PLAN_VERSION, type PlanNode, type RuleNode } from '../../dsl/plan.ts';

/** Versions of one rule in one plan, so that what they have in common is run once. */
export type SideBySide = {
  readonly plan: Plan;
  /** By version: what the rule is called in the plan. Versions that say the same are one. */
  readonly names: readonly string[];
};

/**
 * Puts versions of a rule's plan beside each other. Nodes that are equal, and read equal ones, stand there once, however far
 * apart the versions are; others get names of their own. Null: they differ in what they read from outside, or in other rules that
 * they ask of, which are asked for by name.
 * Cost: linear in all of them.
 */
export function sideBySide(versions: readonly Plan[], rule: string): SideBySide | null {
  const merged = new MergedPlan();
  const names = versions.map(({ nodes }) => merged.add(nodes, rule));
  return merged.isPossible ? { plan: { version: PLAN_VERSION, nodes: merged.nodes }, names } : null;
}

class MergedPlan {
  readonly nodes: PlanNode[] = [];
  isPossible = true;
  readonly #namesByContent = new Map<string, readonly string[]>(); // what a node calls its own, in order
  readonly #taken = new Set<string>();

  /** Returns the rule's name. */
  add(nodes: readonly PlanNode[], rule: string): string {
    const names = new Map<string, string>(); // of this version → of the plan
    let ruleName = rule;
    for (const node of nodes) {
      if (isOfOutside(node)) this.#addInput(node, names);
      else if (node.kind === 'rule' && node.name === rule) ruleName = this.#addRule(node, names);
      else this.#addNode(node, names);
    }
    return ruleName;
  }

  #addInput(node: PlanNode, names: Map<string, string>): void {
    const content = JSON.stringify(node);
    names.set(node.id, node.id);
    if (this.#namesByContent.has(content)) return;
    if (this.#taken.has(node.id)) this.isPossible = false;
    this.#taken.add(node.id);
    this.#namesByContent.set(content, [node.id]);
    this.nodes.push(node);
  }

  /** It has the name of its node, and tells nobody. */
  #addRule(node: RuleNode, names: Map<string, string>): string {
    this.#addNode({ ...node, name: '', message: null }, names);
    const name = names.get(node.id)!;
    const place = this.nodes.length - 1;
    const added = this.nodes[place]!;
    if (added.kind === 'rule' && added.id === name) this.nodes[place] = { ...added, name };
    return name;
  }

  #addNode(node: PlanNode, names: Map<string, string>): void {
    const own = ownNames(node, names);
    const content = JSON.stringify(renamed(node, withNames(names, own, placeholders(own))));
    const known = this.#namesByContent.get(content);
    const given = known ?? this.#free(own);
    own.forEach((name, place) => names.set(name, given[place]!));
    if (known !== undefined) return;
    if (node.kind === 'rule' && node.name !== '' && given[0] !== node.id) this.isPossible = false;
    this.#namesByContent.set(content, given);
    this.nodes.push(renamed(node, names));
  }

  #free(own: readonly string[]): readonly string[] {
    let given = own;
    for (let count = 1; given.some(name => this.#taken.has(name)); count++) given = own.map(name => `${name}~${count}`);
    for (const name of given) this.#taken.add(name);
    return given;
  }
}

/** The node's id, and the columns that no node before it has named. */
function ownNames(node: PlanNode, known: ReadonlyMap<string, string>): readonly string[] {
  const own = new Set([node.id]);
  forEachName(node, name => {
    if (isUnique(name) && !known.has(name)) own.add(name);
  });
  return [...own];
}

function placeholders(own: readonly string[]): readonly string[] {
  return own.map((_, place) => `#own ${place}`);
}

function withNames(
  names: ReadonlyMap<string, string>,
  own: readonly string[],
  given: readonly string[],
): ReadonlyMap<string, string> {
  return new Map([...names, ...own.map((name, place) => [name, given[place]!] as const)]);
}

/** Names of nodes where nodes are named, and names of columns that are the plan's alone wherever they stand. */
function renamed(node: PlanNode, names: ReadonlyMap<string, string>): PlanNode {
  const copy = (value: unknown, isNode: boolean): unknown => {
    if (typeof value === 'string') return isNode || isUnique(value) ? (names.get(value) ?? value) : value;
    if (Array.isArray(value)) return value.map(part => copy(part, isNode));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, TEXTS.has(key) ? part : copy(part, NODES.has(key))]),
    );
  };
  return copy(node, false) as PlanNode; // as: names alone have changed
}

function forEachName(value: unknown, use: (name: string) => void): void {
  if (typeof value === 'string') use(value);
  else if (Array.isArray(value)) value.forEach(part => forEachName(part, use));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) if (!TEXTS.has(key) && !NODES.has(key)) forEachName(part, use);
  }
}

/** Of a column that operators add: nothing of a rule file is called so. What begins with it, as `#silent`, has one meaning everywhere. */
function isUnique(name: string): boolean {
  return name.indexOf('#') > 0;
}

/** What brings something in: its id says what is read. */
function isOfOutside({ kind }: PlanNode): boolean {
  return kind === 'source' || kind === 'table';
}

/** Members that name nodes. */
const NODES = new Set(['id', 'input', 'others', 'rules', 'rule', 'table', 'expectedBy', 'stream']);
/** Members that say what a file says, and name nothing. */
const TEXTS = new Set(['value', 'message', 'labels', 'cause', 'consequence', 'response', 'runbook']);

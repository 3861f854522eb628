import type { Field, Plan, PlanNode, RuleNode, SourceNode } from '../../dsl/plan.ts';
import { type Identities, PlanIdentity } from './plan-identity.ts';
import type { RowsNode, RowsStep, StatefulNode } from './state-change.ts';
import { stateShape, type StateShape } from './state-shape.ts';

/** One of the two plans that are compared: its nodes, what they mean, and where their rows come from. */
export class PlanSide {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, PlanNode>;
  readonly identity: PlanIdentity;
  readonly #ids: Identities;
  readonly #rules: ReadonlyMap<string, RuleNode>; // by name
  readonly #shapes = new Map<RowsNode, StateShape>();

  constructor(plan: Plan, options: { readonly ids: Identities; readonly rowsOf: (source: SourceNode) => number }) {
    this.plan = plan;
    this.nodes = new Map(plan.nodes.map(node => [node.id, node]));
    this.identity = new PlanIdentity(plan, options);
    this.#ids = options.ids;
    this.#rules = new Map(plan.nodes.flatMap(node => (node.kind === 'rule' ? [[node.name, node] as const] : [])));
  }

  shapeOf(node: RowsNode): StateShape {
    let shape = this.#shapes.get(node);
    if (shape === undefined) this.#shapes.set(node, (shape = stateShape(node, this.identity, this.#ids)));
    return shape;
  }

  /** Of the rows that wait in a source. */
  waitingOf(source: SourceNode): StateShape {
    const waiting = source.fields.filter(field => field.isNeeded);
    const parts = new Map(waiting.map(({ name }) => [name, this.identity.columnOf(source.id, name).identity]));
    return { identity: this.identity.rowsOf(source.id), parts, waiting };
  }

  sideOf(source: SourceNode): { readonly source: SourceNode; meaningOf(field: string): number } {
    return { source, meaningOf: field => this.identity.columnOf(source.id, field).identity };
  }

  keyOf(rule: RuleNode): readonly Field[] {
    return this.identity.keyOf(rule.input);
  }

  /** The nodes that a view's rows come through, its source first, or what merges several. */
  wayTo(view: string): readonly RowsStep[] {
    const way: RowsStep[] = [];
    for (let node = this.nodes.get(view); node !== undefined; node = this.#inputOf(node)) {
      if (isStep(node)) way.unshift(node);
    }
    return way;
  }

  ruleNamed(name: string): RuleNode | undefined {
    return this.#rules.get(name);
  }

  /** The source, or what has keys of its own, whose keys a node's state is by; a rekey's own state is by the keys that come in. */
  tableOf(node: StatefulNode): string {
    const { kind, id } = node;
    return kind === 'source' || kind === 'merge' || KEYED_KINDS.has(kind) ? id : this.identity.tableOf(node.input);
  }

  #inputOf(node: PlanNode): PlanNode | undefined {
    return 'input' in node ? this.nodes.get(node.input) : undefined;
  }
}

function isStep(node: PlanNode): node is RowsStep {
  return node.kind !== 'select'; // a view's way has no others
}

const KEYED_KINDS: ReadonlySet<PlanNode['kind']> = new Set(['side', 'alerts', 'silence']);

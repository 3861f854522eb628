import type { Plan } from '../../../dsl/plan.ts';
import { PlanReaders } from '../workers/plan-readers.ts';

/** Which nodes a rule needs, and how many rules each of them serves. A source is nobody's. */
export class RuleShares {
  readonly #nodesOf: ReadonlyMap<string, readonly string[]>; // by rule
  readonly #rulesOf = new Map<string, number>(); // by node

  constructor(plan: Plan) {
    const readers = new PlanReaders(plan);
    const sources = new Set(plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : [])));
    this.#nodesOf = new Map(
      plan.nodes.flatMap(node => {
        if (node.kind !== 'rule') return [];
        return [[node.name, [...readers.withInputs([node])].filter(id => !sources.has(id))] as const];
      }),
    );
    for (const nodes of this.#nodesOf.values()) {
      for (const id of nodes) this.#rulesOf.set(id, (this.#rulesOf.get(id) ?? 0) + 1);
    }
  }

  get rules(): string[] {
    return [...this.#nodesOf.keys()];
  }

  /** What its nodes have; of those that serve several rules, all of it. */
  whole(rule: string, ofNodes: ReadonlyMap<string, number>): number {
    return this.#nodesOf.get(rule)!.reduce((sum, id) => sum + (ofNodes.get(id) ?? 0), 0);
  }

  /** What its nodes have; of those that serve several rules, an equal part. */
  divided(rule: string, ofNodes: ReadonlyMap<string, number>): number {
    return this.#nodesOf.get(rule)!.reduce((sum, id) => sum + (ofNodes.get(id) ?? 0) / this.#rulesOf.get(id)!, 0);
  }
}

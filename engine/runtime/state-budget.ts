import type { Plan } from '../../dsl/plan.ts';
import { PlanReaders } from './workers/plan-readers.ts';

/** Bytes that state may take; Infinity: any. */
export type StateBudgets = { readonly ruleBytes: number; readonly totalBytes: number };

/** What a rule that stopped was over. */
export type PassedBudget = { readonly budget: 'rule' | 'total'; readonly budgetBytes: number };

/** A rule that has to stop. */
export type OverBudget = PassedBudget & { readonly rule: string; readonly bytes: number };

/**
 * Which rules take more than they may. A rule's state is its own and that of the windows and ranges that it reads; what
 * several rules share counts for each. Over the budget of all, the rule that takes most is the one to stop.
 */
export class StateBudget {
  readonly #budgets: StateBudgets;
  readonly #nodesOf: ReadonlyMap<string, ReadonlySet<string>>; // by rule
  readonly #paused: Set<string>;

  constructor(plan: Plan, budgets: StateBudgets, paused: Iterable<string>) {
    const readers = new PlanReaders(plan);
    const sources = new Set(plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : [])));
    this.#budgets = budgets;
    this.#paused = new Set(paused);
    this.#nodesOf = new Map(
      plan.nodes.flatMap(node => {
        if (node.kind !== 'rule') return [];
        const nodes = [...readers.withInputs([node])].filter(id => !sources.has(id));
        return [[node.name, new Set(nodes)] as const];
      }),
    );
  }

  /** `stateBytes` by node. What is returned counts as paused from then on. */
  check(stateBytes: ReadonlyMap<string, number>): OverBudget[] {
    const { ruleBytes, totalBytes } = this.#budgets;
    const running = [...this.#nodesOf].filter(([rule]) => !this.#paused.has(rule));
    const sizes = running.map(([rule, nodes]) => ({ rule, bytes: sumOf(stateBytes, nodes) }));
    const over: OverBudget[] = sizes
      .filter(({ bytes }) => bytes > ruleBytes)
      .map(size => ({ ...size, budget: 'rule', budgetBytes: ruleBytes }));
    const all = [...stateBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const largest = sizes.sort((a, b) => b.bytes - a.bytes)[0];
    if (over.length === 0 && all > totalBytes && largest !== undefined && largest.bytes > 0) {
      over.push({ ...largest, budget: 'total', budgetBytes: totalBytes });
    }
    for (const { rule } of over) this.#paused.add(rule);
    return over;
  }
}

function sumOf(stateBytes: ReadonlyMap<string, number>, nodes: ReadonlySet<string>): number {
  let sum = 0;
  for (const node of nodes) sum += stateBytes.get(node) ?? 0;
  return sum;
}

import type { ComputeNode, Plan, PlanNode, RuleNode } from '../../../dsl/plan.ts';
import { scalarFunctions } from '../../functions/index.ts';
import type { Functions } from '../../functions/own-functions.ts';
import type { View } from '../../operator.ts';
import type { RunObserver } from '../../operators/run-observer.ts';
import { type IndexPlan, isTestedOnly, planIndex } from '../../operators/rule-index/index-plan.ts';
import type { PlanReaders } from '../workers/plan-readers.ts';

/** Which rules of a plan share an index, view by view. */
export class IndexedRules {
  readonly #readers: PlanReaders;
  readonly #functions: Functions;
  readonly #nodesOfView: ReadonlyMap<string | null, readonly PlanNode[]>;
  readonly #plans = new Map<string, IndexPlan>(); // by view

  /** A rule that is observed looks at all rows itself. */
  constructor(
    plan: Plan,
    options: {
      readonly readers: PlanReaders;
      readonly functions?: Functions | undefined;
      readonly observer?: RunObserver | undefined;
    },
  ) {
    this.#readers = options.readers;
    this.#functions = options.functions ?? scalarFunctions;
    const rest = plan.nodes.filter(node => node.kind !== 'rule' || node.name !== options.observer?.rule.name);
    this.#nodesOfView = Map.groupBy(rest, node => ('input' in node ? node.input : null));
  }

  /** Of the view that the node reads. */
  planOf({ input }: RuleNode | ComputeNode, view: View): IndexPlan {
    let plan = this.#plans.get(input);
    if (plan === undefined) {
      const nodes = this.#nodesOfView.get(input) ?? [];
      plan = planIndex(nodes, { keyFields: view.frame.keys.fields, functions: this.#functions });
      this.#plans.set(input, plan);
    }
    return plan;
  }

  /** Whether nobody needs the column: the conditions of these rules are tested row by row. */
  isTestedOnly(node: ComputeNode, view: View): boolean {
    return isTestedOnly(node, this.#readers.readersOf(node), this.planOf(node, view));
  }
}

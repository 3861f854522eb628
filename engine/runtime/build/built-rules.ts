import type { ComputeNode, RuleNode } from '../../../dsl/plan.ts';
import type { Operator } from '../../operator.ts';
import { createTested } from '../../operators/compute.ts';
import { createRule } from '../../operators/rule.ts';
import { RuleIndex } from '../../operators/rule-index.ts';
import type { Building } from './building.ts';
import type { BuiltOperators } from './built-operators.ts';
import { IndexedRules } from './indexed-rules.ts';

/** The rules of a plan, and the conditions that they alone read: each by itself, or in the index of its view. */
export class BuiltRules {
  readonly #building: Building;
  readonly #operators: BuiltOperators;
  readonly #indexed: IndexedRules;
  readonly #indexes = new Map<string, RuleIndex>(); // by view

  constructor(building: Building, operators: BuiltOperators) {
    const { options, readers } = building;
    this.#building = building;
    this.#operators = operators;
    this.#indexed = new IndexedRules(options.plan, { ...options, readers });
  }

  addCompute(node: ComputeNode): void {
    const { frames } = this.#building;
    const input = frames.view(node.input);
    if (!this.#indexed.isTestedOnly(node, input)) return this.#operators.addColumns(node);
    frames.register(createTested(node, this.#operators.contextOf(input)), input.frame);
  }

  add(node: RuleNode): void {
    const { frames } = this.#building;
    const input = frames.view(node.input);
    const plan = this.#indexed.planOf(node, input);
    if (!plan.guardOf.has(node)) return this.#operators.addColumns(node);
    const context = this.#operators.contextOf(input);
    let index = this.#indexes.get(node.input);
    if (index === undefined) this.#indexes.set(node.input, (index = new RuleIndex(plan, context)));
    frames.register(
      index.add(node, seat => createRule(node, { ...context, seat })),
      input.frame,
    );
  }

  /** When all rules are there, and all columns that they read. */
  addIndexes(): void {
    for (const [viewId, index] of this.#indexes) this.#building.frames.view(viewId).frame.addOperator(index, undefined);
  }

  remove(operator: Operator): void {
    if (operator.node.kind === 'rule') this.#indexes.get(operator.node.input)?.remove(operator);
  }
}

import type { ComputeNode } from '../../dsl/plan.ts';
import { compileColumn } from '../expression/compile.ts';
import type { Operator, OperatorContext } from '../operator.ts';

/** Puts the column of a pure expression into its slot. */
export function createCompute(node: ComputeNode, context: OperatorContext, outputSlot: number): Operator {
  const compute = compileColumn(node.expression, { ...context, name: node.id });
  return {
    node,
    source: compute.source,
    memory: { bytesPerKey: 0, plus: null },
    process(frame) {
      if (frame.hasRows) frame.columns[outputSlot] = compute(frame);
      return undefined;
    },
    snapshot: () => ({}),
    restore: () => {},
    forget: () => {},
    stateBytes: 0,
  };
}

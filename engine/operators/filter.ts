import type { FilterNode } from '../../dsl/plan.ts';
import { compileMask } from '../expression/compile.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { maskOf } from './mask.ts';
import { STATELESS } from './stateless.ts';

/** Puts the mask of the rows for which the condition is true into its slot. */
export function createFilter(node: FilterNode, context: OperatorContext, outputSlot: number): Operator {
  const { input } = context;
  const select = compileMask(node.condition, { ...context, name: node.id });
  return {
    ...STATELESS,
    node,
    source: select.source,
    process(frame) {
      if (!frame.hasRows) return undefined;
      frame.columns[outputSlot] = { type: 'bool', values: select(frame, maskOf(frame, input)), valid: undefined };
      return undefined;
    },
  };
}

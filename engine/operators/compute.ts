import type { ComputeNode } from '../../dsl/plan.ts';
import { compileColumn, compileTest } from '../expression/compile.ts';
import type { Frame, Operator, OperatorContext } from '../operator.ts';
import { maskOf } from './mask.ts';
import { STATELESS } from './stateless.ts';

/** Puts the column of a pure expression into its slot. */
export function createCompute(node: ComputeNode, context: OperatorContext, outputSlot: number): Operator {
  const compute = compileColumn(node.expression, { ...context, name: node.id });
  return {
    ...STATELESS,
    node,
    source: compute.source,
    process(frame) {
      if (!frame.hasRows) return undefined;
      const mask = compute.needsMask ? withEarly(frame, maskOf(frame, context.input)) : undefined;
      frame.columns[outputSlot] = compute(frame, mask);
      return undefined;
    },
  };
}

/**
 * A condition whose column nobody needs: rules in an index test it at the few rows that they are given. `source`: with its
 * constants in their places, where the index keeps them apart.
 */
export function createTested(node: ComputeNode, context: OperatorContext): Operator {
  return {
    ...STATELESS,
    node,
    get source() {
      return compileTest(node.expression, { ...context, bound: { columns: [], isFixed: true }, name: node.id }).source;
    },
    process: () => undefined,
  };
}

/** The columns of early rows are wanted, too. */
function withEarly({ early, length }: Frame, mask: Uint8Array | undefined): Uint8Array | undefined {
  if (early === undefined || mask === undefined) return mask;
  return mask.slice(0, length).map((exists, row) => exists | early[row]!);
}

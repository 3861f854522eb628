import type { Plan } from '../../dsl/plan.ts';
import type { Output } from '../../engine/scenario/output-record.ts';

/** Whether an output is of a stream or rule that is meant. */
export type Named = (output: Pick<Output, 'kind' | 'name'>) => boolean;

/** Outputs of what a plan has. */
export function namedIn({ nodes }: Plan): Named {
  const rules = new Set(nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : [])));
  const streams = new Set(nodes.flatMap(node => (node.kind === 'route' ? [node.input] : [])));
  return ({ kind, name }) => (kind === 'alert' ? rules : streams).has(name);
}

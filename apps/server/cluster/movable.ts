import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import type { Connector } from '../../../engine/connector.ts';
import { MillraceError } from '../../../engine/errors.ts';

/** Whether another machine can go on with it: all that is read and written is on servers. Errors: MR6035. */
export function requireMovable(plan: Plan, store: Connector | null): void {
  if (store !== null && store.name !== 'questdb') throw ofOneMachine(`series are stored in ${store.name}`);
  for (const node of plan.nodes) {
    const what = wordsOf(node);
    if (what !== null) throw ofOneMachine(what);
  }
}

/** Null: it is on a server, or nothing depends on it. */
function wordsOf(node: PlanNode): string | null {
  if (node.kind === 'source' && node.connector !== 'nats') return `${node.id} is read from ${node.connector}`;
  if (node.kind === 'route' && !['nats', 'log'].includes(node.target.connector)) {
    return `${node.input} is routed to ${node.target.connector}`;
  }
  return null;
}

function ofOneMachine(what: string): MillraceError {
  return new MillraceError('MR6035', `a cluster cannot run this: ${what}, which is of one machine`, {
    hint: 'read from nats, route to nats, and store in questdb; or run it without `cluster`, in one process',
  });
}

import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { build, type Built } from '../../engine/runtime/build.ts';

/** The operators of a plan, which never see an event. */
export function built(plan: Plan): Built {
  const nothing = () => {};
  return build({
    plan,
    symbols: new SymbolTable(),
    arrivalClockOf: () => 'as-read',
    rowStreams: [],
    onAlert: nothing,
    onRows: nothing,
    onRejected: nothing,
  });
}

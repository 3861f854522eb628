import { type Plan, PLAN_VERSION } from '../../../dsl/plan.ts';
import { type AlertSpan, AlertSpans } from '../../../engine/backtest/alert-span.ts';
import type { WatchedTime } from '../../../engine/backtest/watched-time.ts';
import type { Hearing, PastRuns } from './past-runs.ts';

/** Who else hears of a run: `watched` of its keys, `hearing` of all that it gives. */
export type Listeners = { readonly watched?: WatchedTime | undefined; readonly hearing?: Hearing | undefined };

/** What a plan raised over a stretch of the past. Errors: those of the run, MR7365. */
export async function pastAlerts(
  past: PastRuns,
  plan: Plan,
  { watched, hearing }: Listeners = {},
): Promise<readonly AlertSpan[]> {
  const spans = new AlertSpans();
  const run: Plan = { version: PLAN_VERSION, nodes: [...plan.nodes, ...(watched?.nodes ?? [])] };
  await past.run(run, {
    onAlert: change => {
      spans.take(change);
      hearing?.onAlert(change);
    },
    onRows: batch => {
      watched?.hear(batch);
      hearing?.onRows(batch);
    },
  });
  return spans.end();
}

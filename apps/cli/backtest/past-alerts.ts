import { type Plan, PLAN_VERSION } from '../../../dsl/plan.ts';
import { type AlertSpan, AlertSpans } from '../../../engine/backtest/alert-span.ts';
import type { WatchedTime } from '../../../engine/backtest/watched-time.ts';
import type { PastRuns } from './past-runs.ts';

/** What a plan raised over a stretch of the past. `watched` hears of the keys. Errors: those of the run, MR7365. */
export async function pastAlerts(past: PastRuns, plan: Plan, watched?: WatchedTime): Promise<readonly AlertSpan[]> {
  const spans = new AlertSpans();
  const run: Plan = { version: PLAN_VERSION, nodes: [...plan.nodes, ...(watched?.nodes ?? [])] };
  await past.run(run, { onAlert: change => spans.take(change), onRows: batch => watched?.hear(batch) });
  return spans.end();
}

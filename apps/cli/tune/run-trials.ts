import type { AlertSpan } from '../../../engine/backtest/alert-span.ts';
import { countsOf, type KnownFault, type ScoreCounts } from '../../../engine/backtest/score-alerts.ts';
import { sideBySide } from '../../../engine/backtest/side-by-side.ts';
import { bestOf } from '../../../engine/backtest/trade-off.ts';
import { WatchedTime } from '../../../engine/backtest/watched-time.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { pastAlerts } from '../backtest/past-alerts.ts';
import type { PastRuns } from '../backtest/past-runs.ts';
import { PastFaults } from '../labels/past-faults.ts';
import type { TunedRule } from './tuned-rule.ts';
import type { Trial, Tuning } from './tuning.ts';
import { amountIn, combinationsOf, rounded, type Values, type VariedConstant } from './varied-constants.ts';

type Trials = {
  readonly rule: TunedRule;
  readonly varied: readonly VariedConstant[];
  readonly faults: readonly KnownFault[];
  readonly past: PastRuns;
  readonly signal: AbortSignal;
};

/** Runs a rule over the past with all combinations of values. Null: it is wrong with one, which was told, or it was interrupted. Errors: MR7364 too many, those of the runs. */
export async function runTrials(options: Trials): Promise<Tuning | null> {
  const { rule, varied, faults, past, signal } = options;
  const now = varied.map(({ current }) => rounded(current, amountIn(current)));
  const isNow = (values: Values) => values.every((value, place) => value === now[place]);
  const combinations = combinationsOf(varied);
  const all = combinations.some(isNow) ? combinations : [now, ...combinations];
  const versions = versionsOf(all, { rule, varied, isNow });
  if (versions === null) return null;
  const watched = new WatchedTime(rule.current.plan);
  const trials: Trial[] = [];
  let known: PastFaults | undefined;
  for (let from = 0; from < all.length; from += TOGETHER) {
    const some = versions.slice(from, from + TOGETHER);
    const spans = await spansOf(some, { past, rule: rule.name, ...(from === 0 ? { watched } : {}) });
    if (signal.aborted) return null;
    known ??= new PastFaults(faults, { past, watched: watched.of([rule.name]), rule: rule.name });
    for (const [place, own] of spans.entries()) {
      trials.push(trialOf(all[from + place]!, countsOf(known.score(own, rule.name)), varied));
    }
  }
  const current = trials.find(({ values }) => isNow(values))!;
  return {
    rule: rule.name,
    ...{ varied, trials, current },
    best: bestOf(trials, current),
    from: past.description,
    watched: watched.of([rule.name]),
    leftOut: known!.leftOut,
  };
}

/** Null: the rule is wrong with some values. */
function versionsOf(
  combinations: readonly Values[],
  { rule, varied, isNow }: Pick<Trials, 'rule' | 'varied'> & { readonly isNow: (values: Values) => boolean },
): readonly Plan[] | null {
  const plans: Plan[] = [];
  for (const values of combinations) {
    const version = isNow(values) ? rule.current : rule.with(varied, values);
    if (version === null) return null;
    plans.push(version.plan);
  }
  return plans;
}

/** What the rule raised in each of its versions: in one run where they read the same. */
async function spansOf(
  versions: readonly Plan[],
  { past, rule, watched }: { readonly past: PastRuns; readonly rule: string; readonly watched?: WatchedTime },
): Promise<readonly (readonly AlertSpan[])[]> {
  const together = sideBySide(versions, rule);
  if (together === null) {
    const spans: (readonly AlertSpan[])[] = [];
    for (const [place, plan] of versions.entries()) {
      const all = await pastAlerts(past, plan, { watched: place === 0 ? watched : undefined });
      spans.push(all.filter(span => span.rule === rule));
    }
    return spans;
  }
  const byRule = Map.groupBy(await pastAlerts(past, together.plan, { watched }), span => span.rule);
  return together.names.map(name => byRule.get(name) ?? []);
}

function trialOf(values: Values, counts: ScoreCounts, varied: readonly VariedConstant[]): Trial {
  return {
    ...{ values, counts },
    at: varied.map((constant, place) => placeIn(constant.values, values[place]!)),
    faults: counts.faults,
    hits: counts.inTime,
    falseAlarms: counts.falseAlarms,
  };
}

function placeIn(values: readonly number[], value: number): number {
  const [low, high] = [values[0]!, values.at(-1)!];
  return high === low ? 0 : (value - low) / (high - low);
}

/** So many trials share a run: its memory grows with them. */
const TOGETHER = 50;

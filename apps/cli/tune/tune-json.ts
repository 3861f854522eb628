import { tradeOffs } from '../../../engine/backtest/trade-off.ts';
import { countsJson } from '../backtest/backtest-json.ts';
import type { Trial, Tuning } from './tuning.ts';
import { valueText } from './varied-constants.ts';

/** What trials came to, an object a line, and a summary. */
export function* tuneLines(tuning: Tuning): Generator<string> {
  const { rule, trials, current, best, watched } = tuning;
  const curve = new Set(tradeOffs(trials).flatMap(point => point.trials));
  for (const trial of trials) {
    yield JSON.stringify({
      type: 'trial',
      constants: constantsJson(trial, tuning),
      ...countsJson(trial.counts, watched),
      on_curve: curve.has(trial),
      current: trial === current,
      best: trial === best,
    });
  }
  yield JSON.stringify({
    type: 'summary',
    rule,
    trials: trials.length,
    current: constantsJson(current, tuning),
    best: constantsJson(best, tuning),
    keys: watched.keys,
    key_days: watched.keyDays,
    labels_left_out: tuning.leftOut,
  });
}

/** As a rule file writes them. */
function constantsJson({ values }: Trial, { varied }: Tuning): object {
  return Object.fromEntries(varied.map(({ name, current }, place) => [name, valueText(current, values[place]!)]));
}

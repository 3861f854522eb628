import { isoTime } from '../../../connectors/codecs/output-lines.ts';
import type { AlertSpan } from '../../../engine/backtest/alert-span.ts';
import { type AlertDifference, DIFFERENCES, laterByUs } from '../../../engine/backtest/compare-alerts.ts';
import { countsOf, type FoundFault, type KnownFault, type ScoreCounts } from '../../../engine/backtest/score-alerts.ts';
import { perKeyDay, type Watched } from '../../../engine/backtest/watched-time.ts';
import type { Backtest, ScoredRun } from './backtest-result.ts';

/** What a backtest found, an object a line: each difference, each known fault, each false alarm, and a summary. */
export function* backtestLines(result: Backtest): Generator<string> {
  const { before, after, differences, watched } = result;
  for (const difference of differences) yield JSON.stringify(differenceJson(difference));
  if (before.score !== null && after.score !== null) {
    const found = after.score.found;
    yield* before.score.found.map((old, index) => JSON.stringify(faultJson(old, found[index]!)));
    for (const [run, { falseAlarms }] of [
      ['before', before.score],
      ['after', after.score],
    ] as const) {
      for (const { rule, key, timeUs } of falseAlarms) {
        yield JSON.stringify({ type: 'false_alarm', run, rule, key, time: isoTime(timeUs) });
      }
    }
  }
  yield JSON.stringify({
    type: 'summary',
    before: runJson(before, watched),
    after: runJson(after, watched),
    differences: Object.fromEntries(
      DIFFERENCES.map(kind => [kind, differences.filter(difference => difference.kind === kind).length]),
    ),
    keys: watched.keys,
    key_days: watched.keyDays,
    ...(before.score === null ? {} : { labels_left_out: result.leftOut }),
  });
}

/** What was counted, as `backtest` and `tune` write it. */
export function countsJson({ faults, inTime, missed, delayUs, falseAlarms }: ScoreCounts, watched: Watched): object {
  return {
    faults,
    in_time: inTime,
    missed,
    found_after_s: delayUs === null ? null : delayUs / 1e6,
    false_alarms: falseAlarms,
    false_alarms_per_key_and_day: perKeyDay(falseAlarms, watched),
  };
}

function differenceJson(difference: AlertDifference): object {
  const { rule, key } = (difference.after ?? difference.before)!;
  const laterUs = laterByUs(difference);
  return {
    type: 'difference',
    difference: difference.kind,
    ...{ rule, key },
    before: spanJson(difference.before),
    after: spanJson(difference.after),
    later_by_s: laterUs === null ? null : laterUs / 1e6,
  };
}

function spanJson(span: AlertSpan | null): object | null {
  if (span === null) return null;
  const { raisedUs, clearedUs, level } = span;
  return { raised: isoTime(raisedUs), cleared: clearedUs === null ? null : isoTime(clearedUs), level };
}

function faultJson(before: FoundFault, after: FoundFault): object {
  const { name, rule, where, fromUs, toUs }: KnownFault = before.known;
  const times = { from: isoTime(fromUs), to: isoTime(toUs) };
  return { type: 'fault', name, rule, where, ...times, before: foundJson(before), after: foundJson(after) };
}

function foundJson({ alert, isInTime }: FoundFault): object | null {
  return alert === null ? null : { rule: alert.rule, raised: isoTime(alert.timeUs), in_time: isInTime };
}

function runJson({ name, score }: ScoredRun, watched: Watched): object {
  return { rules: name, ...(score === null ? {} : countsJson(countsOf(score), watched)) };
}

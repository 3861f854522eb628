import type { AlertSpan } from '../../engine/backtest/alert-span.ts';
import { type AlertDifference, DIFFERENCES, firstOf } from '../../engine/backtest/compare-alerts.ts';
import { countsOf, type ScoreCounts } from '../../engine/backtest/score-alerts.ts';
import type { Backtest } from '../cli/backtest/backtest-result.ts';
import { watchedText } from '../cli/backtest/backtest-text.ts';
import { counted } from '../cli/counted.ts';
import { type RecordedBacktest, spansOf } from './backtest-recorder.ts';
import { differenceLanes } from './difference-lanes.ts';
import { differenceTable } from './difference-table.ts';
import { faultTable } from './fault-table.ts';
import { Html, html } from './html.ts';
import { drawnData, figureId, labelsOf, type PageData, type PlacedFigure, placedFigures } from './page-data.ts';
import { pageHtml, tile } from './page-html.ts';
import { ruleSections, type ToldRule } from './rule-sections.ts';
import { countText } from './shown.ts';

/** Two versions of rules over one history: their alerts side by side, in tables, over time and in charts, and what is known of faults. */
export function backtestHtml(result: Backtest, run: RecordedBacktest): string {
  const { before, after, from, watched } = result;
  const figures = placedFigures(run);
  const scores = before.score === null || after.score === null ? null : { before: before.score, after: after.score };
  const falseAlarms = scores && [...scores.before.falseAlarms, ...scores.after.falseAlarms];
  return pageHtml({
    title: `${after.name} against ${before.name}`,
    about: [`over ${from}`, watchedText(watched)],
    note: null,
    tiles: [...alertTiles(result.differences), ...(scores === null ? [] : faultTiles(scores))],
    overview: html`${differenceLanes(run)}
${differenceTable(run, { figures, falseAlarms })}
${scores === null ? '' : faultTable(scores.before, scores.after, watched)}`,
    charts: ruleSections(run, { figures, toldOf: toldOfDifferences(result.differences) }),
    run,
    data: backtestData(run, figures),
  });
}

function backtestData(run: RecordedBacktest, figures: readonly PlacedFigure[]): PageData {
  const toUs = run.stretch?.toUs ?? 0;
  const byFigure = Map.groupBy(run.differences, difference => {
    const first = firstOf(difference);
    return figureId(first.rule, first);
  });
  const shade = ({ raisedUs, clearedUs, level }: AlertSpan) => ({
    fromMs: raisedUs / 1000,
    toMs: (clearedUs ?? toUs) / 1000,
    level,
  });
  return drawnData(figures, {
    stretch: run.stretch,
    shadesOf: ({ rule, figure }) => {
      const own = byFigure.get(figureId(rule, figure)) ?? [];
      return {
        alerts: own.flatMap(({ after }) => (after === null ? [] : [shade(after)])),
        before: own.flatMap(({ before }) => (before === null ? [] : [shade(before)])),
        labels: labelsOf(run.labels, { rule, key: figure.key }),
      };
    },
    told: run.differences.map(difference => {
      const spans = spansOf(difference);
      const { rule, key, raisedUs } = firstOf(difference);
      return { rule, key, fromUs: raisedUs, toUs: Math.max(...spans.map(({ clearedUs }) => clearedUs ?? toUs)) };
    }),
  });
}

function alertTiles(differences: readonly AlertDifference[]): Html[] {
  const { before, after, kinds } = countsOfDifferences(differences);
  return [
    tile('alerts before', before),
    tile('alerts after', after),
    ...kinds.filter(({ count }) => count > 0).map(({ kind, count }) => tile(kind, count, kind)),
  ];
}

function faultTiles(scores: Readonly<Record<'before' | 'after', Parameters<typeof countsOf>[0]>>): Html[] {
  const counts = [countsOf(scores.before), countsOf(scores.after)];
  const both = (count: (counts: ScoreCounts) => number) => counts.map(one => countText(count(one))).join(' → ');
  return [
    tile(
      `of ${counted(counts[0]!.faults, 'fault')} in time`,
      both(({ inTime }) => inTime),
      'label',
    ),
    tile(
      'not found',
      both(({ missed }) => missed),
      'label',
    ),
    tile(
      'false alarms',
      both(({ falseAlarms }) => falseAlarms),
      'label',
    ),
  ];
}

/** Rules with differences come before those whose alerts are the same. */
function toldOfDifferences(differences: readonly AlertDifference[]): (rule: string) => ToldRule {
  const byRule = Map.groupBy(differences, difference => firstOf(difference).rule);
  return rule => {
    const own = byRule.get(rule) ?? [];
    const { before, after, kinds } = countsOfDifferences(own);
    const differing = own.filter(({ kind }) => kind !== 'same').length;
    const parts = kinds.filter(({ count }) => count > 0).map(({ kind, count }) => `${countText(count)} ${kind}`);
    const text = `${counted(before, 'alert')} before, ${countText(after)} after: ${parts.join(', ')}`;
    return {
      count: own.length === 0 ? 0 : 1 + differing,
      text: own.length === 0 ? 'No alert of either version' : text,
    };
  };
}

function countsOfDifferences(differences: readonly AlertDifference[]): {
  readonly before: number;
  readonly after: number;
  readonly kinds: readonly { readonly kind: AlertDifference['kind']; readonly count: number }[];
} {
  return {
    before: differences.filter(({ before }) => before !== null).length,
    after: differences.filter(({ after }) => after !== null).length,
    kinds: DIFFERENCES.map(kind => ({ kind, count: differences.filter(one => one.kind === kind).length })),
  };
}

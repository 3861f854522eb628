import { SEVERITIES, type Plan } from '../../dsl/plan.ts';
import { type AlertDifference, firstOf } from '../../engine/backtest/compare-alerts.ts';
import type { KnownFault } from '../../engine/backtest/score-alerts.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { MOST_ALERTS, rankOf } from './alert-history.ts';
import { chosenFigures } from './chosen-figures.ts';
import { type ComparedPlans, comparedPlans, type DrawnVersion } from './compared-plans.ts';
import { streamsOf } from './drawn-plan.ts';
import { newsByRule } from './key-news.ts';
import type { RecordedRun } from './recorded-run.ts';
import { ReportLabels } from './report-labels.ts';
import { RowRecorder } from './row-recorder.ts';

/** What two runs over one history left for their report: bounded, as `RecordedRun`. */
export type RecordedBacktest = Pick<RecordedRun, 'stretch' | 'rules' | 'rulesLeftOut' | 'labels' | 'labelsLeftOut'> & {
  /** In order of time: those that are not the same before those that are, where there are too many. */
  readonly differences: readonly AlertDifference[];
  readonly differencesLeftOut: number;
};

/**
 * Keeps of a backtest what its report shows. Calls: `versions` are run, one behind the other, and what comes of both is heard by
 * `hearRows` and `hearAlert`; then `recorded`, with what was found. What it keeps has the bound of one run (ReportRecorder).
 */
export class BacktestRecorder {
  readonly #compared: ComparedPlans;
  readonly #streams: ReadonlyMap<string, readonly string[]>; // by rule
  readonly #rows: RowRecorder;

  constructor(plans: { readonly before: Plan; readonly after: Plan }) {
    this.#compared = comparedPlans(plans);
    this.#streams = new Map(this.#compared.rules.map(rule => [rule.name, streamsOf(rule)]));
    this.#rows = new RowRecorder(this.#compared.streams);
  }

  get versions(): { readonly before: DrawnVersion; readonly after: DrawnVersion } {
    return this.#compared;
  }

  /** False: the rows are none of those that are drawn. */
  hearRows(batch: RowBatch): boolean {
    return this.#rows.hearRows(batch);
  }

  /** Of the first run, too: what is around it is kept of the rows of the second one. */
  hearAlert({ rule, key, timeUs, change }: AlertChange): void {
    this.#rows.see(timeUs);
    if (change !== 'raised' && change !== 'level' && change !== 'cleared') return;
    this.#rows.keepAround({ streams: this.#streams.get(rule) ?? [], key, timeUs });
  }

  recorded(all: readonly AlertDifference[], { faults }: { readonly faults: readonly KnownFault[] }): RecordedBacktest {
    this.#rows.settle();
    const { stretch, pool } = this.#rows;
    const labels = new ReportLabels();
    for (const { where, ...fault } of faults) if (isWithin(stretch, fault)) labels.add({ ...fault, key: where });
    const differences = shownOf(all);
    return {
      stretch,
      rules: chosenFigures(this.#compared.rules, { pool, newsOf: newsByRule(all.map(newsOf)), labels: labels.kept }),
      rulesLeftOut: this.#compared.rulesLeftOut,
      labels: labels.kept,
      labelsLeftOut: labels.leftOut,
      differences,
      differencesLeftOut: all.length - differences.length,
    };
  }
}

function isWithin(stretch: RecordedRun['stretch'], { fromUs, toUs }: Pick<KnownFault, 'fromUs' | 'toUs'>): boolean {
  return stretch !== null && toUs >= stretch.fromUs && fromUs <= stretch.toUs;
}

/** What has changed comes before what is the same, and is the worse the higher its level. */
function newsOf(difference: AlertDifference): Parameters<typeof newsByRule>[0][number] {
  const { rule, key } = firstOf(difference);
  const level = Math.max(...spansOf(difference).map(span => rankOf(span.level)));
  return { rule, key, weight: level + (difference.kind === 'same' ? 0 : SEVERITIES.length) };
}

export function spansOf({ before, after }: AlertDifference): NonNullable<AlertDifference['before']>[] {
  return [before, after].filter(span => span !== null);
}

function shownOf(all: readonly AlertDifference[]): readonly AlertDifference[] {
  if (all.length <= MOST_ALERTS) return all;
  const inTurn = all.toSorted((a, b) => Number(a.kind === 'same') - Number(b.kind === 'same')); // stable
  const shown = new Set(inTurn.slice(0, MOST_ALERTS));
  return all.filter(difference => shown.has(difference));
}

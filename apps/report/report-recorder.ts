import type { Plan } from '../../dsl/plan.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { AlertHistory } from './alert-history.ts';
import { chosenFigures } from './chosen-figures.ts';
import { drawnPlan, type DrawnPlan, streamsOf } from './drawn-plan.ts';
import { newsOfAlerts } from './key-news.ts';
import type { RecordedRun } from './recorded-run.ts';
import { ReportLabels, type ReportLabel } from './report-labels.ts';
import { RowRecorder } from './row-recorder.ts';

/**
 * Keeps of a run what its report shows. The order of calls: run `plan` instead of one's own, with `rowStreams` among the streams
 * whose rows are wanted · `hearRows` and `hearAlert` as they come, `addLabel` any time · `recorded`, any time. What it keeps has a
 * bound: about 100 MB, and a few MB of most runs.
 */
export class ReportRecorder {
  readonly #drawn: DrawnPlan;
  readonly #streams: ReadonlyMap<string, readonly string[]>; // by rule
  readonly #rows: RowRecorder;
  readonly #alerts = new AlertHistory();
  readonly #labels = new ReportLabels();

  /** `rules`: those that are drawn; undefined: all. */
  constructor(plan: Plan, rules?: readonly string[]) {
    this.#drawn = drawnPlan(plan, rules === undefined ? {} : { rules });
    this.#streams = new Map(this.#drawn.rules.map(rule => [rule.name, streamsOf(rule)]));
    this.#rows = new RowRecorder(this.#drawn.streams);
  }

  /** The plan with the streams that are drawn. They add nothing to its state. */
  get plan(): Plan {
    return this.#drawn.plan;
  }

  /** Ids of the streams that are drawn. */
  get rowStreams(): string[] {
    return [...this.#drawn.streams.keys()];
  }

  /** Rows that were heard: a job has counted them among its own. */
  get rowCount(): number {
    return this.#rows.rowCount;
  }

  /** False: the rows are none of those that are drawn. */
  hearRows(batch: RowBatch): boolean {
    return this.#rows.hearRows(batch);
  }

  /** In order. Before or behind the rows that it is decided by, as a job or a history tells them. */
  hearAlert(change: AlertChange): void {
    const { key, timeUs, rule } = change;
    this.#alerts.hear(change);
    this.#rows.see(timeUs);
    if (change.change !== 'raised' && change.change !== 'level' && change.change !== 'cleared') return;
    this.#rows.keepAround({ streams: this.#streams.get(rule) ?? [], key, timeUs });
  }

  addLabel(label: ReportLabel): void {
    this.#labels.add(label);
  }

  recorded(): RecordedRun {
    this.#rows.settle();
    const alerts = this.#alerts.recorded();
    const { kept, leftOut } = this.#labels;
    return {
      ...alerts,
      stretch: this.#rows.stretch,
      rules: chosenFigures(this.#drawn.rules, {
        pool: this.#rows.pool,
        newsOf: newsOfAlerts(alerts.alerts),
        labels: kept,
      }),
      rulesLeftOut: this.#drawn.rulesLeftOut,
      labels: kept,
      labelsLeftOut: leftOut,
    };
  }
}

import type { Plan } from '../../dsl/plan.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { AlertHistory } from './alert-history.ts';
import { drawnPlan, type DrawnPlan, type DrawnRule } from './drawn-plan.ts';
import { chosenFigures } from './chosen-figures.ts';
import { keyText } from './key-text.ts';
import { pendingRows, type PendingRows } from './pending-rows.ts';
import type { RecordedRun } from './recorded-run.ts';
import type { ReportLabel } from './report-labels.ts';
import { type KeyTrace, TracePool } from './trace-pool.ts';

/**
 * Rows wait until so many came behind them, since an alert is heard of after the rows that decide it: what is around it is kept
 * in full (Trace).
 */
const MOST_PENDING_ROWS = 262_144;
const MOST_LABELS = 5_000;

/**
 * Keeps of a run what its report shows. The order of calls: run `plan` instead of one's own, with `rowStreams` among the streams
 * whose rows are wanted · `hearRows` and `hearAlert` as they come, `addLabel` any time · `recorded`, any time. What it keeps has a
 * bound: about 100 MB, and a few MB of most runs.
 */
export class ReportRecorder {
  readonly #drawn: DrawnPlan;
  readonly #rules: ReadonlyMap<string, DrawnRule>;
  readonly #pool = new TracePool();
  readonly #alerts = new AlertHistory();
  readonly #labels: ReportLabel[] = [];
  #labelsLeftOut = 0;
  readonly #pending: PendingRows<KeyTrace | null>[] = [];
  #pendingRows = 0;
  #rowCount = 0;
  #fromUs = Infinity;
  #toUs = -Infinity;

  constructor(plan: Plan) {
    this.#drawn = drawnPlan(plan);
    this.#rules = new Map(this.#drawn.rules.map(rule => [rule.name, rule]));
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
    return this.#rowCount;
  }

  /** False: the rows are none of those that are drawn. */
  hearRows(batch: RowBatch): boolean {
    const { stream } = batch;
    const fieldCount = this.#drawn.streams.get(stream);
    if (fieldCount === undefined) return false;
    this.#rowCount += batch.length;
    this.#pending.push(...pendingRows(batch, key => this.#pool.take({ stream, ...key }, fieldCount)));
    this.#pendingRows += batch.length;
    while (this.#pendingRows > MOST_PENDING_ROWS) this.#takeOldest();
    return true;
  }

  /** Behind the rows that it is decided by, as a job tells them. */
  hearAlert(change: AlertChange): void {
    this.#alerts.hear(change);
    this.#see(change.timeUs);
    if (change.change !== 'raised' && change.change !== 'level' && change.change !== 'cleared') return;
    const { key, rule } = change;
    const of = { keyText: keyText(key), key: () => key };
    const streams = new Set(this.#rules.get(rule)?.panels.map(({ stream }) => stream));
    for (const stream of streams) {
      this.#pool.keepAround({ stream, ...of }, this.#drawn.streams.get(stream)!, change.timeUs);
    }
  }

  addLabel(label: ReportLabel): void {
    if (this.#labels.length < MOST_LABELS) this.#labels.push(label);
    else this.#labelsLeftOut++;
  }

  recorded(): RecordedRun {
    while (this.#pending.length > 0) this.#takeOldest();
    const alerts = this.#alerts.recorded();
    return {
      ...alerts,
      stretch: this.#toUs === -Infinity ? null : { fromUs: this.#fromUs, toUs: this.#toUs },
      rules: chosenFigures(this.#drawn.rules, { pool: this.#pool, alerts: alerts.alerts, labels: this.#labels }),
      rulesLeftOut: this.#drawn.rulesLeftOut,
      labels: this.#labels,
      labelsLeftOut: this.#labelsLeftOut,
    };
  }

  #takeOldest(): void {
    const { length, timeUs, keys, columns } = this.#pending.shift()!;
    this.#pendingRows -= length;
    for (let row = 0; row < length; row++) {
      const key = keys[row]!;
      this.#see(timeUs[row]!);
      if (key !== null) this.#pool.add(key, timeUs[row]!, field => columns[field]![row]!);
    }
  }

  #see(timeUs: number): void {
    if (timeUs < this.#fromUs) this.#fromUs = timeUs;
    if (timeUs > this.#toUs) this.#toUs = timeUs;
  }
}

import type { Plan } from '../../../dsl/plan.ts';
import type { KnownFault } from '../../../engine/backtest/score-alerts.ts';
import { withWantedRows } from '../../../engine/runtime/history/wanted-rows.ts';
import { backtestHtml } from '../../report/backtest-html.ts';
import { BacktestRecorder } from '../../report/backtest-recorder.ts';
import type { DrawnVersion } from '../../report/compared-plans.ts';
import { writeReportFile } from '../../report/report-file.ts';
import { type FilesRead, requireReportPlace } from '../report-place.ts';
import type { Backtest } from './backtest-result.ts';
import type { Hearing } from './past-runs.ts';

/** `--report FILE`: what a backtest leaves behind as a page. Both plans are run as `plans` has them, and heard by `hearing`. */
export class BacktestReport {
  /** With the rows that are drawn. */
  readonly plans: { readonly before: Plan; readonly after: Plan };
  readonly hearing: Hearing;
  readonly #path: string;
  readonly #recorder: BacktestRecorder;

  /** Errors: MR7380. */
  constructor(path: string, { before, after, read }: BacktestReport['plans'] & { readonly read: FilesRead }) {
    requireReportPlace(path, read);
    const recorder = new BacktestRecorder({ before, after });
    const { versions } = recorder;
    this.plans = { before: planOf(versions.before), after: planOf(versions.after) };
    this.hearing = { onAlert: change => recorder.hearAlert(change), onRows: batch => recorder.hearRows(batch) };
    this.#path = path;
    this.#recorder = recorder;
  }

  /** Errors: MR7381. */
  write(result: Backtest, faults: readonly KnownFault[] | null): void {
    const run = this.#recorder.recorded(result.differences, { faults: faults ?? [] });
    writeReportFile(this.#path, backtestHtml(result, run));
  }
}

function planOf({ plan, streams }: DrawnVersion): Plan {
  return withWantedRows(plan, streams);
}

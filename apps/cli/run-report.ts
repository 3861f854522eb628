import { basename } from 'node:path';
import type { Plan } from '../../dsl/plan.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import type { Summary } from '../../engine/runtime/job.ts';
import { type Report, reportHtml } from '../report/report-html.ts';
import { ReportRecorder } from '../report/report-recorder.ts';
import { writeReportFile } from '../report/report-file.ts';
import { requireReportPlace } from './report-place.ts';

const STOPPED = 'The run was stopped before its sources were at their end.';
const FAILED = 'The run failed: this is what it had come to.';

/** `--report FILE`: what a run leaves behind as a page, also where it is stopped or fails. */
export class RunReport {
  readonly #path: string;
  readonly #files: readonly string[];
  readonly #recorder: ReportRecorder;

  /** `rules`: those that are drawn; undefined: all. Errors: MR7380. */
  constructor(
    path: string,
    {
      plan,
      files,
      rules,
    }: { readonly plan: Plan; readonly files: readonly string[]; readonly rules?: readonly string[] },
  ) {
    requireReportPlace(path, { files });
    this.#path = path;
    this.#files = files;
    this.#recorder = new ReportRecorder(plan, rules);
  }

  get plan(): Plan {
    return this.#recorder.plan;
  }

  get rowStreams(): readonly string[] {
    return this.#recorder.rowStreams;
  }

  get rowCount(): number {
    return this.#recorder.rowCount;
  }

  hearRows(batch: RowBatch): boolean {
    return this.#recorder.hearRows(batch);
  }

  hearAlert(change: AlertChange): void {
    this.#recorder.hearAlert(change);
  }

  /** The same run; where it fails, the report is written first, as far as that can be. */
  async behind<Counted extends Summary>(running: Promise<Counted>): Promise<Counted> {
    try {
      return await running;
    } catch (error) {
      this.#attempt(FAILED);
      throw error;
    }
  }

  /** The process ends now, and the run with it. */
  leave(): void {
    this.#attempt(STOPPED);
  }

  /** Errors: MR7381. */
  write({ counts, isStopped }: { readonly counts: Summary | null; readonly isStopped: boolean }): void {
    this.#write(counts, isStopped ? STOPPED : null);
  }

  #attempt(note: string): void {
    try {
      this.#write(null, note);
    } catch {
      // what ends the run is told, and is what matters
    }
  }

  #write(counts: Report['counts'], note: string | null): void {
    const run = this.#recorder.recorded();
    const title = `Alerts of ${basename(this.#files[0]!)}${this.#files.length > 1 ? ` and ${this.#files.length - 1} more` : ''}`;
    writeReportFile(this.#path, reportHtml({ title, files: this.#files, run, counts, note }));
  }
}

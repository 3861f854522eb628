import { alertLine, rejectedLine, rowLine } from '../../connectors/codecs/output-lines.ts';
import type { Rejection } from '../../engine/batch.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import type { Backlog } from '../../engine/runtime/backlog-watch.ts';
import type { Summary } from '../../engine/runtime/job.ts';
import { LineWriter } from './line-writer.ts';
import type { RunOutput } from './output.ts';
import type { ShownRows } from './shown-rows.ts';

/** One JSON object a line, as docs/command-line.md says, and nothing else. */
export class JsonOutput implements RunOutput {
  readonly #writer = new LineWriter(process.stdout);
  readonly #shown: ShownRows;
  #events = 0;

  constructor(shown: ShownRows) {
    this.#shown = shown;
  }

  rows(batch: RowBatch): void {
    for (const row of this.#shown.of(batch)) this.#writer.line(rowLine(batch.stream, row));
  }

  alert(change: AlertChange): void {
    this.#writer.line(alertLine(change));
  }

  rejected(rejection: Rejection): void {
    this.#writer.line(rejectedLine(rejection));
  }

  progress({ events }: { readonly events: number }): void {
    this.#events = events;
  }

  backlog(backlog: Backlog): void {
    this.#writer.line(JSON.stringify({ type: 'progress', events: this.#events, behind: backlog }));
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  summary(summary: Summary): void {
    this.#writer.line(JSON.stringify({ type: 'summary', ...summary }));
    this.#writer.flush();
  }
}

import type { Rejection } from '../../engine/batch.ts';
import type { RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import type { Backlog } from '../../engine/runtime/backlog-watch.ts';
import type { Summary } from '../../engine/runtime/job.ts';

/** Where `run` shows what happens: lines for people (text-output.ts) or JSON lines (json-output.ts). */
export interface RunOutput {
  rows(batch: RowBatch): void;
  alert(change: AlertChange): void;
  rejected(rejection: Rejection): void;
  /** After each batch; `share` is 0..1, or null where the size of the input is not known. */
  progress(state: { readonly share: number | null; readonly events: number }): void;
  /** Every few seconds, of live sources. */
  backlog(backlog: Backlog): void;
  /** Resolves when more can be shown, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
  /** Last of all. */
  summary(summary: Summary): void;
}

import type { OutputRow } from '../engine/connector.ts';
import type { AlertChange } from '../engine/operator.ts';
import type { JobMetrics } from '../engine/runtime/metrics/job-metrics.ts';
import type { Summary } from '../engine/runtime/job.ts';
import type { ProgramEvent } from './inboxes.ts';

/**
 * A plan under way in this process. The order of calls: `start` · `alerts` and `rows` for whoever wants them, right behind it
 * · `push`, any time · `stop`. The process stays alive until the run is done.
 */
export interface Run {
  /** Resolves when state is restored and all sources and sinks are open. Rejects as `done` does. */
  readonly ready: Promise<void>;
  /**
   * Resolves with what was counted when all sources are at their end, or the run is stopped; everything that was handled is
   * then durable. Rejects with what ended it: MR5xxx of connectors, MR6xxx of the state, MR7xxx. Nobody needs to wait for
   * `ready`, but somebody has to for `done`, or for `stop`.
   */
  readonly done: Promise<Summary>;
  /**
   * Changes of all alerts from now on, in order, as `for await (const alert of run.alerts())`. The run waits for the loop after
   * each batch of events, so a loop that is slow holds up the sources, and a checkpoint covers only what loops have asked
   * beyond. After a crash the last ones come again, with the same `id` and `change`. Once the run is asked to stop it waits no
   * more: the loop goes on to what is left, and ends with the run. What must not be lost goes to a sink (`route alerts to …`).
   */
  alerts(): AsyncIterableIterator<AlertChange>;
  /**
   * Rows of a stream in the same way: of a source its events, of another what it gives. Ask right behind `start`.
   *
   * Errors, thrown: MR7201 there is no such stream, or it is too late to ask.
   */
  rows(stream: string): AsyncIterableIterator<OutputRow>;
  /**
   * Hands over events of a stream that is declared `from memory "name"` or `from journal "name"`.
   *
   * Of memory it resolves when they are on their way, so awaiting it is back-pressure: 10,000 events wait at most. They are
   * durable with the next checkpoint or the end of the run, and lost if the process dies before. Of a journal it resolves
   * when they are on disk, some milliseconds; nothing is lost from there on.
   *
   * What the declarations refuse is counted as rejected, and told by `onRejected`. Cost: about 2 µs an event in batches of 1,000, a simple rule included.
   *
   * Errors: MR7202 no such stream · MR7203 the run has ended · MR503x of the journal.
   */
  push(stream: string, events: readonly ProgramEvent[]): Promise<void>;
  /** No more events will be pushed to a stream `from memory`. A run all of whose sources are at their end is done. Errors: MR7202. */
  finish(stream: string): void;
  /** What was counted and measured until now: plain data. May be asked at any time, and takes a second at most. Never rejects. */
  metrics(): Promise<JobMetrics>;
  /**
   * Reads no more, handles what was read, writes a last checkpoint, closes everything. As `done`, and may be called again.
   * Inside a loop over the run's own alerts do not wait for it.
   */
  stop(): Promise<Summary>;
  /** As `stop`, for `await using run = start(…)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

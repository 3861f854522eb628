import type { Rejection } from '../batch.ts';
import type { RowBatch } from '../connector.ts';
import type { AlertChange } from '../operator.ts';
import { AlertOrder } from './alert-order.ts';
import type { JobCounters } from './metrics/job-counters.ts';
import { refusedEvents } from './workers/rejection-order.ts';
import type { RoundDone } from './workers/round-output.ts';
import type { Revisions } from './revision/revisions.ts';
import type { RouteSinks } from './route-sinks.ts';
import type { RoundTrace } from './trace/tracer.ts';

/** What was counted up to a point between two rounds. */
export type Counts = {
  readonly events: number;
  readonly rows: number;
  readonly alerts: number;
  /** Events behind their key's watermark, and rows behind that of a stream that is keyed anew. */
  readonly late: number;
  readonly rejected: number;
  /** Events that repeated one of their key, where the stream says `unique`. */
  readonly repeated: number;
  /** Keys that were let go of, unseen for as long as `expire` says. */
  readonly forgotten: number;
};

export const NO_COUNTS: Counts = { events: 0, rows: 0, alerts: 0, late: 0, rejected: 0, repeated: 0, forgotten: 0 };

export type DeliveryOptions = {
  readonly sinks: RouteSinks;
  /** Counting goes on from here. */
  readonly counts: Counts;
  readonly counters: JobCounters;
  /** Streams whose rows `onRows` gets. */
  readonly rowStreams: readonly string[];
  /** Alerts come in order of time, though they are of several sources: all have an end. */
  readonly isOrdered: boolean;
  readonly onRows: (batch: RowBatch) => void;
  readonly onAlert: (change: AlertChange) => void;
  readonly onRejected: (rejection: Rejection) => void;
};

/** Of a round, what the main thread knows of it. */
export type RoundInput = {
  readonly stream: string;
  /** Null: it is not traced. */
  readonly trace: RoundTrace | null;
  readonly events: number;
  readonly rejected: readonly Rejection[];
  /** No other source gives anything earlier than this from now on. */
  readonly releaseBeforeUs: number;
};

/** Takes what rounds give to the program and the sinks, in the order of calls; none waits for the one before. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #rowStreams: ReadonlySet<string>;
  readonly #order = new AlertOrder(change => this.#deliverAlert(change));
  #counts: Counts;
  #revisions: Revisions | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#rowStreams = new Set(options.rowStreams);
    this.#counts = options.counts;
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Late events of rounds to come revise rows. */
  attach(revisions: Revisions): void {
    this.#revisions = revisions;
  }

  /** Changes of alerts in the past, which come with the next write. */
  addAlerts(changes: readonly AlertChange[]): void {
    this.#counts = { ...this.#counts, alerts: this.#counts.alerts + changes.length };
    for (const change of changes) this.#deliverAlert(change);
  }

  /** All is handed over when this returns; resolves when all sinks have acknowledged. */
  async deliver(
    { output, late, repeated, forgotten, ...revised }: RoundDone,
    { stream, trace, events, rejected, releaseBeforeUs }: RoundInput,
  ): Promise<void> {
    const { counts: before, isOrdered } = this.#options;
    this.#revisions?.note(stream, revised);
    const refused = [...rejected, ...output.rejected];
    this.#counts = {
      events: this.#counts.events + events - refusedEvents(output.rejected),
      rows: this.#counts.rows + output.rows.reduce((sum, batch) => sum + batch.length, 0),
      alerts: this.#counts.alerts + output.alerts.length,
      late: before.late + late,
      rejected: this.#counts.rejected + refused.length,
      repeated: before.repeated + repeated,
      forgotten: before.forgotten + forgotten,
    };
    this.#options.counters.count({ stream, events, output, refused });
    for (const rejection of refused) this.#options.onRejected(rejection);
    this.#options.sinks.addRejections(refused);
    for (const batch of output.rows) this.#deliverRows(batch);
    for (const change of output.alerts) {
      if (isOrdered) this.#order.add(change);
      else this.#deliverAlert(change);
    }
    this.#order.release(releaseBeforeUs);
    const delivering = trace?.begin('delivery');
    await this.#options.sinks.write(trace);
    delivering?.end();
  }

  /** What waits for its order waits no longer: a checkpoint does not hold it. */
  async flush(): Promise<void> {
    this.#order.release(Infinity);
    await this.#options.sinks.write(null);
  }

  #deliverRows(batch: RowBatch): void {
    if (this.#rowStreams.has(batch.stream)) this.#options.onRows(batch);
    this.#options.sinks.addRows(this.#revisions?.passing(batch) ?? batch);
  }

  #deliverAlert(change: AlertChange): void {
    this.#options.onAlert(change);
    this.#options.sinks.addAlert(change);
  }
}

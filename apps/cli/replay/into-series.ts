import type { Connector, Sink, StoreRefusal } from '../../../engine/connector.ts';
import type { HistoryRows } from '../../../engine/runtime/history/history-rows.ts';
import type { JobWarning } from '../../../engine/runtime/job.ts';

/** Writes derived rows where a live run would have: rows that are there already are replaced by the same. */
export class SeriesWriter {
  readonly #store: Connector;
  readonly #onWarning: (warning: JobWarning) => void;
  readonly #sinks = new Map<string, Sink>(); // by series

  constructor(store: Connector, onWarning: (warning: JobWarning) => void) {
    this.#store = store;
    this.#onWarning = onWarning;
  }

  /** Resolves when they are durable. Errors: those of the store. */
  async write(rows: HistoryRows): Promise<void> {
    const sink = this.#sinks.get(rows.stream) ?? (await this.#open(rows));
    await sink.write({ kind: 'rows', batch: rows });
  }

  async close(): Promise<void> {
    for (const sink of this.#sinks.values()) await sink.close();
  }

  async #open({ series }: HistoryRows): Promise<Sink> {
    const sink = await this.#store.openStore!({
      series,
      position: null,
      nowUs: () => Date.now() * 1_000,
      onRefused: refusal => this.#onWarning(refusedWarning(refusal)),
      onNotice: notice => this.#onWarning(notice),
    });
    this.#sinks.set(series.stream, sink);
    return sink;
  }
}

export function refusedWarning({ code, stream, reason, count }: StoreRefusal): JobWarning {
  return { code, message: `${count} rows of ${stream} are not stored: ${reason}` };
}

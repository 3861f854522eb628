import type { Plan, SourceNode } from '../../../dsl/plan.ts';
import type { Connector, Sink } from '../../connector.ts';
import { assert } from '../../errors.ts';
import type { AlertChange } from '../../operator.ts';
import type { KeyShare } from '../../state/key-share.ts';
import { NO_COUNTS } from '../delivery.ts';
import { Failure } from '../failure.ts';
import { type JobWarning, type RunningJob, type SourceAddress, startJob, type Summary } from '../job.ts';
import type { HistoryShare, ShareState } from './history-share.ts';
import { type PortableRows, portableRows } from './portable-rows.ts';
import { type SliceListener, SlicedSource } from './sliced-source.ts';
import { ALL_TIME, type TimeWindow } from './time-window.ts';
import { unchangingTables } from './unchanging-table.ts';

export type HistoryRunOptions = {
  /** Of `historyPlan`: its store nodes are the series whose rows are wanted. */
  readonly plan: Plan;
  readonly share: KeyShare;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly sources: Readonly<Record<string, SourceAddress>>;
  /** Of event time. Connectors in `bounded` keep to it themselves. */
  readonly window: TimeWindow;
  readonly bounded: readonly string[];
  readonly functions: readonly string[];
  /** When it is closed. */
  readonly onClose: () => Promise<void>;
};

/** A share on this thread: a job like any other, whose sources go slice by slice. */
export class HistoryRun implements HistoryShare {
  readonly #options: HistoryRunOptions;
  readonly #sources: SlicedSource[] = []; // in the plan's order
  readonly #stopping = new AbortController();
  readonly #failed = new Failure();
  #job: RunningJob | undefined;
  #alerts: AlertChange[] = []; // since they were last taken: bound by what one slice gives
  #rows: PortableRows[] = [];
  #warnings: JobWarning[] = [];
  #gave = 0; // rounds
  #delivered = 0;
  #events = 0;
  #counts: Summary = NO_COUNTS;
  #settled = Promise.withResolvers<void>();
  #ending:
    | {
        readonly stream: string;
        readonly asked: PromiseWithResolvers<number>;
        readonly told: PromiseWithResolvers<number>;
      }
    | undefined;

  constructor(options: HistoryRunOptions) {
    this.#options = options;
  }

  async open(): Promise<ShareState> {
    const { plan, share, sources, functions } = this.#options;
    this.#job = startJob({
      plan,
      connectors: this.#connectors(),
      store: { name: 'history', openStore: async ({ series }) => this.#sinkOf(rows => portableRows(series, rows)) },
      sources,
      areSourcesPaced: true,
      functions,
      ...(share.count > 1 ? { share } : {}),
      newestOfAll: async (stream, ownUs) => await this.#newestOfAll(stream, ownUs),
      maxKeys: Number.MAX_SAFE_INTEGER, // events of others were never stored
      onAlert: change => this.#alerts.push(change),
      onProgress: ({ events }) => {
        this.#events = events;
        this.#noteDelivered();
      },
      onWarning: warning => this.#warnings.push(warning),
      signal: this.#stopping.signal,
    });
    this.#job.done.catch(error => this.#failed.fail(error));
    return await this.#state();
  }

  async advance(untilUs: number, startedUs: Readonly<Record<string, number>>): Promise<ShareState> {
    for (const source of this.#running()) source.advance(untilUs, startedUs[source.stream] ?? null);
    return await this.#state();
  }

  async tick(nowUs: number): Promise<ShareState> {
    // A file alone has no other clock than its own events, which date what is rejected among them.
    const ticked = this.#running().filter(({ isRecorded }) => isRecorded || this.#sources.length > 1);
    for (const source of ticked) source.tick(nowUs);
    return await this.#state();
  }

  async newest(stream: string): Promise<number> {
    this.#ending = { stream, asked: Promise.withResolvers(), told: Promise.withResolvers() };
    this.#sources.find(source => source.stream === stream)!.end();
    return await this.#failed.orFailed(this.#ending.asked.promise);
  }

  async finish(stream: string, newestUs: number): Promise<ShareState> {
    assert(this.#ending?.stream === stream, 'it was asked about this stream');
    this.#ending.told.resolve(newestUs);
    this.#ending = undefined;
    return await this.#state();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#failed.fail(new Error('the share is closed')); // a source may wait for what others say of its end
    await this.#job?.done.catch(() => {}); // it was told
    await this.#options.onClose();
  }

  #running(): SlicedSource[] {
    return this.#sources.filter(source => !source.isEnded);
  }

  /** When everything is delivered that the sources gave. */
  async #state(): Promise<ShareState> {
    while (!this.#isSettled()) {
      await this.#failed.orFailed(this.#settled.promise);
      this.#settled = Promise.withResolvers();
    }
    if (this.#running().length === 0) this.#counts = await this.#job!.done;
    const [alerts, rows, warnings] = [this.#alerts, this.#rows, this.#warnings];
    [this.#alerts, this.#rows, this.#warnings] = [[], [], []];
    return {
      sources: this.#sources.map(({ stream, isRecorded, nextUs, lastUs, share }) => ({
        stream,
        isRecorded,
        nextUs,
        lastUs,
        share,
      })),
      counts: { ...this.#counts, events: this.#events },
      alerts,
      rows,
      warnings,
    };
  }

  #isSettled(): boolean {
    const sources = this.#options.plan.nodes.filter(node => node.kind === 'source').length;
    return (
      this.#sources.length === sources &&
      this.#sources.every(source => source.isEnded || source.isWaiting) &&
      this.#delivered === this.#gave
    );
  }

  #noteDelivered(): void {
    this.#delivered++;
    this.#settled.resolve();
  }

  async #newestOfAll(stream: string, ownUs: number): Promise<number> {
    assert(this.#ending?.stream === stream, 'a source ends when it is asked to');
    const { asked, told } = this.#ending;
    asked.resolve(ownUs);
    return await this.#failed.orFailed(told.promise);
  }

  #connectors(): ReadonlyMap<string, Connector> {
    const { connectors } = this.#options;
    const listener: SliceListener = { gave: rounds => (this.#gave += rounds), waits: () => this.#settled.resolve() };
    return new Map(
      [...connectors].map(([name, connector]) => [
        name,
        {
          ...connector,
          name,
          ...(connector.openSource === undefined
            ? {}
            : {
                openSource: async options => {
                  const inner = await connector.openSource!(options);
                  const source = this.#sliced(options.source, inner, { name, listener });
                  this.#sources.push(source);
                  return source;
                },
              }),
          ...unchangingTables(connector),
        } satisfies Connector,
      ]),
    );
  }

  #sliced(
    node: SourceNode,
    inner: ConstructorParameters<typeof SlicedSource>[0]['inner'],
    { name, listener }: { readonly name: string; readonly listener: SliceListener },
  ): SlicedSource {
    const window = this.#options.bounded.includes(name) ? ALL_TIME : this.#options.window;
    return new SlicedSource({ node, inner, window, listener });
  }

  #sinkOf(rowsOf: (rows: Parameters<typeof portableRows>[1]) => PortableRows): Sink {
    return {
      maxInFlight: 1,
      write: async input => {
        assert(input.kind === 'rows' && input.batch.columnar !== undefined, 'rows of a series are columns');
        this.#rows.push(rowsOf(input.batch.columnar));
      },
      position: async () => null,
      close: async () => {},
    };
  }
}

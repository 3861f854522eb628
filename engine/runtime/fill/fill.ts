import { join } from 'node:path';
import type { Plan } from '../../../dsl/plan.ts';
import type { SymbolTable } from '../../batch.ts';
import type { Connector, OpenStretch, SeriesReader } from '../../connector.ts';
import { MillraceError } from '../../errors.ts';
import { type FillPlan, fillPlan } from '../../plan-change/fill-plan.ts';
import type { StoredState } from '../checkpoint/stored-state.ts';
import type { JobOptions, JobWarning } from '../job-options.ts';
import type { FillMetrics } from '../metrics/job-metrics.ts';
import type { Platform } from '../platform.ts';
import { clearFill, type LiveEnd, runFill, type RunFillJob } from './fill-run.ts';
import type { FilledState } from './fill-state.ts';

export type FillOptions = {
  readonly plan: Plan;
  readonly stored: StoredState;
  /** Rules that do not run. */
  readonly paused: readonly string[];
  readonly store: Connector | undefined;
  readonly openStretch: OpenStretch | undefined;
  readonly stateDirectory: string;
  readonly job: Pick<JobOptions, 'connectors' | 'functions' | 'share' | 'workerCount'>;
  readonly platform: Platform;
  readonly symbols: SymbolTable;
  readonly runJob: RunFillJob;
  readonly onWarning: (warning: JobWarning) => void;
  readonly signal: AbortSignal;
};

/**
 * At the start of a job with other rules than the last one's: what starts empty, and reads streams whose raw series are stored, is given the
 * state that it would have, had it run over these (docs/decisions/0056). Calls: `run`, and `clear` when a checkpoint has it.
 *
 * Warnings: MR6040 it begins · MR6041 it is done · MR6042 the store cannot be read, so that all starts empty · MR6043 a series is not there.
 */
export class Fill {
  readonly #options: FillOptions;
  readonly #folder: string;
  #metrics: FillMetrics | null = null;
  #isLeft = false; // something is in the folder

  constructor(options: FillOptions) {
    this.#options = options;
    this.#folder = join(options.stateDirectory, FILL_FOLDER);
  }

  /** Null: nothing is filled. */
  get metrics(): FillMetrics | null {
    return this.#metrics;
  }

  /** Null: nothing is filled. `aborted`: nothing may be run on. */
  async run(): Promise<FilledState | 'aborted' | null> {
    const { store, openStretch, stored, onWarning, signal } = this.#options;
    const { changed } = stored;
    if (store?.openReader === undefined || openStretch === undefined || changed === null) return null;
    if (this.#planFor().plan.nodes.length === 0) return null;
    let reader: SeriesReader | undefined;
    try {
      reader = await store.openReader();
      const plan = await this.#storedPlan(reader);
      if (plan.plan.nodes.length === 0) return null;
      return await this.#fill(plan, { reader, openStretch });
    } catch (error) {
      if (signal.aborted) return 'aborted';
      if (!(error instanceof MillraceError)) throw error;
      const message = `nothing is filled from stored series, and what is new starts empty: ${error.message}`;
      onWarning({ code: 'MR6042', message, ...(error.hint === undefined ? {} : { hint: error.hint }) });
      return null;
    } finally {
      await reader?.close().catch(() => {}); // what it gave is there
    }
  }

  /** A checkpoint of the job has all of it. */
  async clear(): Promise<void> {
    if (!this.#isLeft) return;
    this.#isLeft = false;
    await clearFill(this.#options.platform.disk, this.#folder);
  }

  async #fill(
    plan: FillPlan,
    { reader, openStretch }: { readonly reader: SeriesReader; readonly openStretch: OpenStretch },
  ): Promise<FilledState | 'aborted'> {
    const { job, platform, symbols, runJob, onWarning, signal } = this.#options;
    const startMs = platform.clock.monotonicMs();
    const filled = [...plan.nodes.values()].filter(({ kind }) => kind === 'filled').length;
    const streams = plan.plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : []));
    const what = `${filled} ${filled === 1 ? 'part' : 'parts'} of the state`;
    onWarning({
      code: 'MR6040',
      message: `${what} ${filled === 1 ? 'is' : 'are'} filled from what is stored of ${streams.join(', ')}, before reading goes on`,
    });
    this.#isLeft = true;
    const note = (progress: { readonly share: number; readonly events: number }) => {
      this.#metrics = { ...progress, seconds: (platform.clock.monotonicMs() - startMs) / 1_000 };
    };
    note({ share: 0, events: 0 });
    const state = await runFill({
      plan,
      reader,
      openStretch,
      ends: Object.fromEntries(streams.map(stream => [stream, this.#endOf(stream)])),
      job,
      platform,
      symbols,
      folder: this.#folder,
      runJob,
      onProgress: note,
      signal,
    });
    if (state === null) return 'aborted';
    const { events } = this.#metrics!;
    note({ share: 1, events });
    const { seconds } = this.#metrics!;
    onWarning({
      code: 'MR6041',
      message: `${what} ${filled === 1 ? 'is' : 'are'} filled from ${events.toLocaleString('en')} stored events in ${seconds.toFixed(1)} s`,
    });
    return state;
  }

  #endOf(stream: string): LiveEnd {
    const { stored } = this.#options;
    const arrivalUs = (stored.gateOf(stream)?.['nowUs'] as number | undefined) ?? -Infinity;
    return { ...(stored.endOf(stream) ?? { last: null, isAtEnd: false }), arrivalUs };
  }

  /** Of what is stored by what the rules say. */
  #planFor(isStored?: (stream: string) => boolean): FillPlan {
    const { plan, stored, paused } = this.#options;
    const { match, plan: before } = stored.changed!; // asked before
    return fillPlan(match, { stored: before, next: plan, paused, ...(isStored === undefined ? {} : { isStored }) });
  }

  /** Of what is there. */
  async #storedPlan(reader: SeriesReader): Promise<FillPlan> {
    const wanted = this.#planFor();
    const found = new Set<string>();
    for (const node of wanted.plan.nodes) {
      if (node.kind !== 'source') continue;
      if ((await reader.find(node.id))?.kind === 'raw') found.add(node.id);
      else this.#options.onWarning(missing(node.id));
    }
    return this.#planFor(stream => found.has(stream));
  }
}

/** Within that of the state. */
export const FILL_FOLDER = 'fill';

function missing(stream: string): JobWarning {
  return {
    code: 'MR6043',
    message: `the store has no raw series of ${stream}: what is new of it starts empty`,
    hint: 'is it the store that the run before wrote to?',
  };
}

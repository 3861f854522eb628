import type { Plan } from '../../../dsl/plan.ts';
import type { SymbolTable } from '../../batch.ts';
import type { RowBatch, Series, SeriesReader } from '../../connector.ts';
import { MillraceError } from '../../errors.ts';
import type { AlertChange } from '../../operator.ts';
import type { JobWarning } from '../job-options.ts';
import type { RevisionCounts } from '../metrics/job-metrics.ts';
import type { Clock } from '../platform.ts';
import type { Rounds } from '../rounds.ts';
import type { RouteSinks } from '../route-sinks.ts';
import { type RowShape, RowsOfParts } from '../row-batch.ts';
import { storedSeries } from '../stored-series.ts';
import type { RoundDone } from '../workers/round-output.ts';
import type { Workers } from '../workers/workers.ts';
import type { Revised, RevisedKeys } from './host-revision.ts';
import type { LateMark } from './late-marks.ts';
import { type RevisionFloor, RevisionFloors } from './revision-floors.ts';
import { type RevisionSlice, revisionSlices } from './revision-slice.ts';
import { keyColumns } from './row-key.ts';
import { RevisionRun } from './revision-run.ts';
import { rowColumnsOf } from './stored-rows.ts';
import { WaitingMarks } from './waiting-marks.ts';

/** What a checkpoint keeps of revisions: plain data. */
export type RevisionsState = {
  readonly marks: readonly LateMark[];
  readonly floors: readonly RevisionFloor[];
  /** Of alerts that were missed, or told wrongly: to be told when this is durable. */
  readonly untold: readonly AlertChange[];
};

export type RevisionsOptions = {
  readonly plan: Plan;
  readonly workers: Workers;
  readonly rounds: Rounds;
  readonly sinks: RouteSinks;
  readonly clock: Clock;
  readonly symbols: SymbolTable;
  readonly openReader: () => Promise<SeriesReader>;
  readonly stored: RevisionsState | undefined;
  readonly hasCheckpoints: boolean;
  readonly signal: AbortSignal;
  /** Of alerts that were missed, or told wrongly. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void;
  /** State has changed though no round has. */
  readonly onRevised: () => void;
  readonly onWarning: (warning: JobWarning) => void;
};

/**
 * Computes the past of keys again whose late events revise windows (MEANING.md 11, docs/decisions/0054), while rounds go
 * on: a few keys at a time, in three steps between rounds. What is stored of them is read, and what comes of them meanwhile
 * is kept aside; then what the workers keep of them is replaced, and rows that differ are written with a higher revision.
 * Marks are part of a checkpoint until all of it is durable, so that a crash repeats it.
 *
 * Warnings: MR6036 rows are revised · MR6037 the store cannot be read now · MR6038 too many keys wait.
 */
export class Revisions {
  readonly #options: RevisionsOptions;
  readonly #slices: ReadonlyMap<string, RevisionSlice>;
  readonly #series: ReadonlyMap<string, Series>; // by store node
  readonly #stores: ReadonlySet<string>; // nodes of series whose rows change
  readonly #shapes: Readonly<Record<string, RowShape>>;
  readonly #waiting = new WaitingMarks();
  readonly #floors: RevisionFloors;
  readonly #counts = new Map<string, { keys: number; rows: number; tooLate: number }>(); // by source
  readonly #told = new Set<string>(); // warnings
  #underWay: readonly LateMark[] = [];
  #run: RevisionRun | undefined;
  #reader: SeriesReader | undefined;
  #most = MOST_KEYS;
  /** Told only when a checkpoint has them with what they follow from: behind a crash other late events may be there, and others follow. */
  readonly #untold: AlertChange[] = []; // beyond MOST_UNTOLD marks wait
  #inCheckpoint = 0; // of these
  #isHurried = false;
  #news = Promise.withResolvers<void>();
  #idle = Promise.withResolvers<void>();

  constructor(options: RevisionsOptions) {
    const { plan, workers, symbols, stored, clock } = options;
    this.#options = options;
    this.#slices = new Map(revisionSlices(plan).map(slice => [slice.window, slice]));
    this.#shapes = workers.shapes;
    this.#series = new Map(storedSeries(plan, node => this.#shapes[node]!).map(({ name, series }) => [name, series]));
    this.#stores = new Set([...this.#slices.values()].flatMap(({ stores }) => stores));
    this.#floors = new RevisionFloors(
      symbols,
      (stored?.floors ?? []).filter(({ stream }) => this.#stores.has(stream)),
    );
    this.#untold.push(...(stored?.untold ?? []));
    for (const mark of stored?.marks ?? [])
      if (this.#slices.has(mark.window)) this.#waiting.add(mark, clock.monotonicMs());
  }

  static isNeeded(plan: Plan): boolean {
    return revisionSlices(plan).length > 0;
  }

  /** As it is behind the rounds that are delivered, for the checkpoint that is being taken. */
  takeState(): RevisionsState {
    this.#inCheckpoint = this.#untold.length;
    return { marks: [...this.#underWay, ...this.#waiting.all], floors: this.#floors.state, untold: [...this.#untold] };
  }

  /** Symbols may be in use that nobody else knows of. */
  get isUnderWay(): boolean {
    return this.#underWay.length > 0;
  }

  counts(stream: string): RevisionCounts {
    const { keys = 0, rows = 0, tooLate = 0 } = this.#counts.get(stream) ?? {};
    const windows = [...this.#slices.values()].filter(({ source }) => source.id === stream).map(({ window }) => window);
    const waitingOf = this.#waiting.counts();
    const underWay = this.#underWay.filter(({ window }) => windows.includes(window)).length;
    return { keys, rows, tooLate, waiting: windows.reduce((sum, id) => sum + (waitingOf.get(id) ?? 0), underWay) };
  }

  /** Of a round, before its rows are delivered. */
  note(stream: string, { marks, tooLate }: Pick<RoundDone, 'marks' | 'tooLate'>): void {
    this.#count(stream, { tooLate });
    const nowMs = this.#options.clock.monotonicMs();
    for (const mark of marks) {
      if (!this.#slices.has(mark.window) || this.#waiting.add(mark, nowMs)) continue;
      this.#count(stream, { tooLate: 1 });
      this.#warnOnce({
        code: 'MR6038',
        message: `late events of ${stream} came of more keys than can wait to be revised: those of others stay late`,
      });
    }
    if (marks.length > 0) this.#news.resolve();
  }

  /** Rows on their way to a store. */
  passing(batch: RowBatch): RowBatch {
    const { symbols } = this.#options;
    const parts = batch.columnar?.parts;
    const shape = this.#shapes[batch.stream];
    if (parts === undefined || shape === undefined || !this.#stores.has(batch.stream)) return batch;
    const above = parts.map(part => this.#floors.above({ ...part, stream: batch.stream }));
    this.#run?.pass(batch.stream, above);
    if (above.every((part, i) => part.own === parts[i]!.own)) return batch;
    return new RowsOfParts(above, { shape, symbols, order: 'as-handled' });
  }

  /** Goes on until the signal aborts. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      if (this.#waiting.size === 0) {
        this.#idle.resolve();
        await this.#news.promise;
        this.#news = Promise.withResolvers();
        continue;
      }
      const marks = this.#untold.length > MOST_UNTOLD && !this.#isHurried ? [] : this.#take();
      if (marks.length === 0) await clock.sleep(LOOK_EVERY_MS, signal);
      else await this.#reviseOrWait(marks);
    }
    this.#idle.resolve();
  }

  /** The state that was taken last is durable. Whether anything is told now that a later checkpoint need not have any more. */
  durable(): boolean {
    const count = this.#inCheckpoint;
    this.#inCheckpoint = 0;
    this.#tell(count);
    return count > 0;
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    this.#isHurried = true;
    while ((this.#waiting.size > 0 || this.isUnderWay) && !this.#options.signal.aborted) {
      this.#idle = Promise.withResolvers();
      this.#news.resolve();
      await this.#options.rounds.orFailed(this.#idle.promise);
    }
  }

  async close(): Promise<void> {
    this.#news.resolve();
    await this.#reader?.close();
  }

  #take(): LateMark[] {
    const { clock } = this.#options;
    return this.#waiting.take({
      nowMs: clock.monotonicMs(),
      isHurried: this.#isHurried,
      mostOf: window => (this.#slices.get(window)!.rules.length > 0 ? 1 : this.#most), // each key has alerts of its own age
      groupOf: mark => this.#workerOf(this.#slices.get(mark.window)!, this.#keysOf([mark])),
    });
  }

  async #reviseOrWait(marks: readonly LateMark[]): Promise<void> {
    const { clock, signal } = this.#options;
    this.#underWay = marks;
    try {
      let result = await this.#revise(marks, 1);
      for (let times = 8; result === 'too-short'; times *= 8) result = await this.#revise(marks, times);
      if (result === 'revised') this.#most = MOST_KEYS;
      else this.#putBack(marks);
      if (result === 'too-much') this.#most = Math.max(1, Math.floor(marks.length / 4));
      this.#told.delete('MR6037');
    } catch (error) {
      this.#putBack(marks);
      await this.#reader?.close().catch(() => {}); // the error is told
      this.#reader = undefined;
      if (signal.aborted) return; // the next run does it
      if (!(error instanceof MillraceError) || error.retry !== 'backoff') throw error;
      const message = `rows cannot be revised now: ${error.message}`;
      this.#warnOnce({ code: 'MR6037', message, ...(error.hint === undefined ? {} : { hint: error.hint }) });
      await clock.sleep(RETRY_MS, signal);
    } finally {
      this.#underWay = [];
      this.#run = undefined;
    }
  }

  #putBack(marks: readonly LateMark[]): void {
    for (const mark of marks) this.#waiting.add(mark, this.#options.clock.monotonicMs());
  }

  /** `times`: as much as usual is read for alerts. */
  async #revise(marks: readonly LateMark[], times: number): Promise<Revised['kind']> {
    const { plan, workers, rounds, sinks, symbols, openReader } = this.#options;
    this.#reader ??= await openReader();
    const slice = this.#slices.get(marks[0]!.window)!;
    const keys = this.#keysOf(marks);
    const run = new RevisionRun({
      slice,
      marks,
      keys,
      worker: this.#workerOf(slice, keys),
      workers,
      rounds,
      symbols,
      reader: this.#reader,
      moreUs: slice.reach.rangeUs + 2 * slice.reach.alertUs * times,
      raw: this.#series.get(storeOf(plan, slice.source.id))!,
      derived: new Map(slice.stores.map(store => [store, this.#series.get(store)!])),
    });
    this.#run = run;
    const result = await run.revise(async (changes, alerts) => {
      for (const [stream, rows] of changes) {
        const part = rowColumnsOf(stream, this.#shapes[stream]!, rows);
        const shape = this.#shapes[stream]!;
        sinks.addRows(new RowsOfParts([part], { shape, symbols, order: 'as-handled' }));
        for (const { isVoid, keyText, timeUs, revision } of rows) {
          if (isVoid) this.#floors.add({ stream, key: keyText, timeUs, revision });
        }
        this.#count(slice.source.id, { rows: rows.length });
      }
      this.#untold.push(...alerts);
      await sinks.write(null);
      this.#count(slice.source.id, { keys: marks.length });
      this.#underWay = []; // in order with checkpoints
    });
    if (result === 'revised') {
      if (!this.#options.hasCheckpoints) this.#tell(this.#untold.length);
      const message = `late events of ${slice.source.id} revise what was written: this is said once`;
      this.#warnOnce({ code: 'MR6036', message }, `MR6036 ${slice.source.id}`);
      this.#options.onRevised();
    }
    return result;
  }

  #tell(count: number): void {
    const changes = this.#untold.slice(0, count);
    if (count === 0) return;
    const { rounds, sinks, onAlerts } = this.#options;
    rounds.then(async () => {
      onAlerts(changes);
      await sinks.write(null);
      this.#untold.splice(0, count); // in order with checkpoints
    });
  }

  /** One has the first of these keys; where they are not of the source, it has all of them. */
  #workerOf({ window, rekey }: RevisionSlice, { columns }: RevisedKeys): number {
    const { workers } = this.#options;
    return rekey === null ? workers.ownerOf(columns, 0) : workers.ownerOfLane(window);
  }

  /** Of one window. */
  #keysOf(marks: readonly LateMark[]): RevisedKeys {
    const { key: fields } = this.#slices.get(marks[0]!.window)!;
    const keys = marks.map(({ key }) => key);
    return keyColumns(fields, keys, this.#options.symbols);
  }

  #count(stream: string, more: { readonly keys?: number; readonly rows?: number; readonly tooLate?: number }): void {
    const counts = this.#counts.get(stream) ?? { keys: 0, rows: 0, tooLate: 0 };
    this.#counts.set(stream, counts);
    counts.keys += more.keys ?? 0;
    counts.rows += more.rows ?? 0;
    counts.tooLate += more.tooLate ?? 0;
  }

  #warnOnce(warning: JobWarning, name: string = warning.code): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#options.onWarning(warning);
  }
}

/** The node of a source's raw series, which a plan with a revised window has. */
function storeOf({ nodes }: Plan, stream: string): string {
  return nodes.find(node => node.kind === 'store' && node.input === stream)!.id;
}

const LOOK_EVERY_MS = 100;
const RETRY_MS = 1_000;
const MOST_UNTOLD = 10_000;
/** Of one revision: so many are read at once, and replaced between two rounds. */
const MOST_KEYS = 64;

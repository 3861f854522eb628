import { createConnectors } from '../../connectors/index.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { Rejection } from '../../engine/batch.ts';
import type { Connector } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { type JobOptions, runJob, type SourceAddress, type Summary } from '../../engine/runtime/job.ts';
import type { Platform } from '../../engine/runtime/platform.ts';
import { writingError } from '../../engine/runtime/checkpoint/state-error.ts';
import { ActorDisk } from './actor-disk.ts';
import type { Arrivals } from './arrivals.ts';
import { FakeClock } from './fake-clock.ts';
import type { FakeDisk } from './fake-disk.ts';
import { FakeOperator, type OperatorRecord } from './fake-operator.ts';
import { FakeSink, type SinkStore } from './fake-sink.ts';
import { FakeSource } from './fake-source.ts';
import { FakeTable, type SharedTable } from './fake-table.ts';
import { FakeWorkerPort } from './fake-worker-port.ts';
import type { Locks } from './locks.ts';
import type { RecordedLog } from './recorded-log.ts';
import { journalsOf } from './sender.ts';
import type { Tally } from './tally.ts';
import { Temper } from './temper.ts';
import { TroubleMaker, type Troubles } from './troubles.ts';
import type { Actor, World } from './world.ts';

/** What outlives the processes of one run. */
export type Surroundings = {
  readonly world: World;
  readonly random: () => number;
  readonly disk: FakeDisk;
  readonly locks: Locks;
  readonly logs: ReadonlyMap<string, RecordedLog>; // by stream
  readonly arrivals: Arrivals;
  /** The streams are read from journals, not from their logs. */
  readonly isFromJournals: boolean;
  readonly stores: ReadonlyMap<string, SinkStore>; // by address
  readonly rejected: Rejection[];
  readonly tally: Tally;
  /** What shapes results beside events; null: nothing does. */
  readonly inputs: SharedInputs | null;
};

export type SharedInputs = {
  readonly tables: ReadonlyMap<string, SharedTable>;
  readonly operators: OperatorRecord;
};

export const STATE_FOLDER = '/state';
/** What was recorded stays here, so that the undisturbed run hears the same at the same places. */
export const RECORDED_FOLDER = `${STATE_FOLDER}/inputs`;

export type LifeOptions = {
  readonly plan: Plan;
  readonly workerCount: number;
  readonly stateDirectory: string | null;
  /** Nothing is changed or done but what was recorded before. */
  readonly areInputsStill: boolean;
  readonly checkpointEveryMs: number;
  readonly maxMessages: number;
  readonly troubles: Troubles;
  /** What ends it after so many steps, unless it ends before. */
  readonly ending: { readonly kind: 'kill' | 'stop' | 'worker-death'; readonly afterSteps: number } | null;
  /** Ends when sources that have no end have nothing left. */
  readonly isDrained: boolean;
};

export type LifeEnd =
  | { readonly kind: 'completed'; readonly summary: Summary }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'killed' }
  /** With a coded error. */
  | { readonly kind: 'failed'; readonly code: string };

/** One process from its start to its end, however it comes. Fails where it ends as no process should. */
export async function live(around: Surroundings, options: LifeOptions): Promise<LifeEnd> {
  return await new Life(around, options).run();
}

class Life {
  readonly #around: Surroundings;
  readonly #options: LifeOptions;
  readonly #actor: Actor;
  readonly #clock: FakeClock;
  readonly #temper: Temper;
  readonly #troubleMaker: TroubleMaker;
  readonly #disk: ActorDisk;
  readonly #workers: FakeWorkerPort[] = [];
  readonly #sources: FakeSource[] = [];
  readonly #controller = new AbortController();
  #hasDied = false;

  constructor(around: Surroundings, options: LifeOptions) {
    const { world, random, disk, tally, arrivals } = around;
    this.#around = around;
    this.#options = options;
    this.#actor = world.actor('main');
    this.#clock = new FakeClock({ world, actor: this.#actor, arrivals });
    this.#temper = new Temper(random);
    this.#troubleMaker = new TroubleMaker({ troubles: options.troubles, random, disk, tally });
    this.#disk = this.#diskOf(this.#actor);
  }

  async run(): Promise<LifeEnd> {
    const { world, tally } = this.#around;
    this.#troubleMaker.begin(this.#actor.spawn('operator'));
    const end = await this.#runToEnd(world);
    this.#actor.kill();
    this.#troubleMaker.end();
    tally.lives++;
    return end;
  }

  async #runToEnd(world: World): Promise<LifeEnd> {
    const { ending } = this.#options;
    let outcome: { readonly summary: Summary } | { readonly error: unknown } | undefined;
    runJob(this.#jobOptions()).then(
      summary => (outcome = { summary }),
      error => (outcome = { error }),
    );
    const lastStep = world.stepCount + (ending?.afterSteps ?? Infinity);
    await world.run(() => outcome !== undefined || world.stepCount >= lastStep);
    if (outcome === undefined && ending!.kind === 'kill') return { kind: 'killed' };
    if (outcome === undefined && ending!.kind === 'stop') this.#controller.abort();
    if (outcome === undefined && ending!.kind === 'worker-death') this.#killWorker();
    await world.run(() => outcome !== undefined);
    const { summary, error } = { summary: null, error: null, ...outcome };
    return summary === null ? this.#failed(error) : this.#completed(summary);
  }

  #jobOptions(): JobOptions {
    const { plan, workerCount, stateDirectory, checkpointEveryMs, isDrained } = this.#options;
    const { logs, isFromJournals, rejected, tally } = this.#around;
    return {
      plan,
      workerCount,
      stateDirectory,
      checkpointEveryMs,
      connectors: this.#connectors(),
      platform: this.#platform(),
      isDrained: isDrained && (isFromJournals || [...logs.values()].some(log => !log.hasEnd)),
      onRejected: rejection => rejected.push(rejection),
      onCheckpoint: () => tally.checkpoints++,
      signal: this.#controller.signal,
      inputs: this.#operators(),
      sources: isFromJournals ? Object.fromEntries([...logs.keys()].map(stream => [stream, journalOf(stream)])) : {},
    };
  }

  #operators(): FakeOperator[] {
    const { inputs, random } = this.#around;
    if (inputs === null) return [];
    const { plan, areInputsStill: isStill } = this.#options;
    return [new FakeOperator({ plan, record: inputs.operators, actor: this.#actor, random, isStill })];
  }

  /** Of a bucket that several processes see. */
  #tables(): Connector {
    const { inputs, random } = this.#around;
    return {
      name: 'kv',
      openTable: async options => {
        await this.#actor.step('opens a table');
        const table = inputs!.tables.get(options.source.id)!;
        const isStill = this.#options.areInputsStill;
        return new FakeTable({ table, actor: this.#actor, random, isStill }, options);
      },
    };
  }

  #connectors(): ReadonlyMap<string, Connector> {
    const { random, logs, stores, arrivals } = this.#around;
    const { maxMessages } = this.#options;
    const surroundings = { actor: this.#actor, temper: this.#temper, random };
    const memory: Connector = {
      name: 'memory',
      openSource: async options => {
        await this.#actor.step(`opens ${options.source.id}`);
        const log = logs.get(options.source.id)!;
        const isBroken = () => this.#troubleMaker.isReadBroken();
        const source = new FakeSource({ ...surroundings, log, arrivals, maxMessages, isBroken }, options);
        this.#sources.push(source);
        return source;
      },
      openSink: async ({ target, position }) => {
        await this.#actor.step(`opens ${target.address}`);
        const store = stores.get(target.address!)!;
        return new FakeSink({ ...surroundings, store, isFailing: () => this.#troubleMaker.isWriteFailing() }, position);
      },
    };
    const journals = journalsOf(this.#actor, this.#around);
    const real = createConnectors({ disk: this.#disk, log: { write: () => {}, isJson: true }, journals });
    return new Map([...real, ['memory', memory], ['kv', this.#tables()]]);
  }

  #platform(): Platform {
    const { world, locks } = this.#around;
    return {
      disk: this.#disk,
      clock: this.#clock,
      startWorker: index => {
        const actor = this.#actor.spawn(`worker ${index}`);
        const worker = new FakeWorkerPort({
          actor,
          temper: this.#temper,
          disk: this.#diskOf(actor),
          monotonicMs: () => world.nowMs,
        });
        this.#workers.push(worker);
        return worker;
      },
      startInline: symbols =>
        new InlinePort({
          symbols,
          disk: this.#disk,
          monotonicMs: () => world.nowMs,
          giveWay: () => this.#clock.giveWay(),
        }),
      lockFolder: async folder => {
        await this.#disk.makeFolder(folder).catch(error => {
          throw writingError(folder, error);
        });
        const taken = locks.take(folder, this.#actor);
        if (!('release' in taken)) throw new Error(`${folder} is locked by a life before`);
        return taken;
      },
    };
  }

  #diskOf(actor: Actor): ActorDisk {
    const { disk, random } = this.#around;
    const isKept = (path: string) => path.startsWith(`${RECORDED_FOLDER}/`) && !path.endsWith('.new');
    return new ActorDisk({
      disk,
      actor,
      random,
      temper: this.#temper,
      fault: () => this.#troubleMaker.diskError(),
      isKept,
    });
  }

  #killWorker(): void {
    const { random, tally } = this.#around;
    const worker = this.#workers[Math.floor(random() * this.#workers.length)];
    if (worker === undefined) return this.#controller.abort(); // there is none: it is stopped
    if (!worker.die()) return; // it was ended before
    this.#hasDied = true;
    tally.workerDeaths++;
  }

  #completed(summary: Summary): LifeEnd {
    this.#requireClosed();
    if (this.#controller.signal.aborted) return { kind: 'stopped' };
    return { kind: 'completed', summary };
  }

  #failed(error: unknown): LifeEnd {
    if (!(error instanceof MillraceError)) throw error;
    this.#requireClosed();
    const { code } = error;
    const isExpected = code === 'MR6020' ? this.#hasDied : this.#hasTroubles() && OUTSIDE_CODES.has(code);
    if (!isExpected) throw error;
    return { kind: 'failed', code };
  }

  #requireClosed(): void {
    for (const source of this.#sources) if (!source.isClosed) throw new Error(`${source.name} is left open`);
    const { stateDirectory } = this.#options;
    if (stateDirectory !== null && this.#around.locks.isTaken(stateDirectory))
      throw new Error('its lock is left behind');
  }

  #hasTroubles(): boolean {
    const { diskErrors, failingSyncs, isFull, brokenReads, failingWrites } = this.#options.troubles;
    return diskErrors > 0 || failingSyncs > 0 || isFull || brokenReads > 0 || failingWrites > 0;
  }
}

function journalOf(stream: string): SourceAddress {
  return { connector: 'journal', address: stream, directory: '/' };
}

/** What disks, sinks and sources may make of a life: written files, state, sources that cannot be read. */
const OUTSIDE_CODES: ReadonlySet<string> = new Set(['MR5012', 'MR5016', 'MR5034', 'MR6002', 'MR6003']);

import type { Plan, RouteNode, SourceNode } from '../../dsl/plan.ts';
import { type EventBatch, type Rejection, SymbolTable } from '../batch.ts';
import { BatchBuilder } from '../batch/batch-builder.ts';
import type { Connector, Position, RowBatch, Source, SourceRead } from '../connector.ts';
import { Engine } from '../engine.ts';
import { MillraceError } from '../errors.ts';
import type { AlertChange, Snapshot } from '../operator.ts';
import { type TimeUnitWarning, timeUnitWarning } from './time-unit-warning.ts';
import { AlertOrder } from './alert-order.ts';
import { RouteSinks } from './route-sinks.ts';
import { StateDirectory } from './state-directory.ts';

const MAX_EVENTS = 4096;
const CHECKPOINT_EVERY_MS = 5_000;
const YIELD_EVERY_MS = 20;

export type JobOptions = {
  readonly plan: Plan;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Where a stream is read from instead of its own address. */
  readonly sources?: Readonly<Record<string, SourceAddress>>;
  /** Streams whose rows `onRows` gets. */
  readonly rowStreams?: readonly string[];
  readonly speed?: number | 'max';
  readonly isFollowed?: boolean;
  readonly stateDirectory?: string | null;
  /** Routes that the program shows itself, through `onRows` and `onAlert`: no sink is opened for them. */
  readonly isRouteShown?: (route: RouteNode) => boolean;
  readonly onRows?: (batch: RowBatch) => void;
  readonly onAlert?: (change: AlertChange) => void;
  readonly onRejected?: (rejection: Rejection) => void;
  /** After each batch; `share` of the input is 0..1, or null where its size is not known. */
  readonly onProgress?: (progress: { readonly share: number | null; readonly events: number }) => void;
  readonly onWarning?: (warning: TimeUnitWarning) => void;
  readonly signal: AbortSignal;
};

export type SourceAddress = { readonly connector: string; readonly address: string; readonly directory: string };

export type Summary = {
  readonly events: number;
  readonly rows: number;
  readonly alerts: number;
  readonly late: number;
  readonly rejected: number;
};

/**
 * Runs a plan from its sources to its sinks, until all sources are at their end or the signal aborts; then what was
 * handled is durable. With a state folder it goes on where it was and keeps a checkpoint every few seconds.
 *
 * Errors: MR5xxx of the connectors, MR6xxx of the state folder, MR8099 a connector that is not in this version.
 */
export async function runJob(options: JobOptions): Promise<Summary> {
  const job = new Job(options);
  try {
    await job.open();
    await job.run();
  } finally {
    await job.close();
  }
  return job.summary();
}

type Checkpoint = {
  readonly plan: Plan;
  readonly engine: Snapshot;
  readonly sources: Readonly<Record<string, Position>>;
  readonly sinks: Readonly<Record<string, Position | null>>;
};

type Reader = {
  readonly stream: string;
  readonly timeFormat: string | null;
  readonly source: Source;
  position: Position | null;
  pending: Promise<SourceRead> | null;
  isAtEnd: boolean;
  startsUs: number; // what is pending, where all sources are finite
  isTimeSeen: boolean;
};

class Job {
  readonly #options: JobOptions;
  readonly #plan: Plan;
  readonly #readers: Reader[] = [];
  readonly #stateDirectory: StateDirectory | undefined;
  #engine: Engine | undefined;
  #before: Summary | undefined;
  #sinks: RouteSinks | undefined;
  #order: AlertOrder | undefined;
  #checkpointedMs = performance.now();
  #yieldedMs = performance.now();

  constructor(options: JobOptions) {
    this.#options = options;
    this.#stateDirectory =
      typeof options.stateDirectory === 'string' ? new StateDirectory(options.stateDirectory) : undefined;
    const shownStreams = [...(options.rowStreams ?? []), ...RouteSinks.streamsOf(options.plan)];
    // With state, the same columns whatever is shown: a later run may show something else.
    this.#plan = withAllFields(
      options.plan,
      node => this.#stateDirectory !== undefined || shownStreams.includes(node.id),
    );
  }

  async open(): Promise<void> {
    const { connectors, rowStreams = [] } = this.#options;
    const checkpoint = this.#stateDirectory?.read() as Checkpoint | undefined;
    if (checkpoint !== undefined) requireSamePlan(checkpoint.plan, this.#plan);
    const sinks = await RouteSinks.open({
      plan: this.#plan,
      connectors,
      positions: checkpoint?.sinks ?? {},
      isShown: this.#options.isRouteShown ?? (() => false),
    });
    this.#sinks = sinks;
    const deliver = (change: AlertChange) => {
      this.#options.onAlert?.(change);
      sinks.addAlert(change);
    };
    this.#order = new AlertOrder(deliver);
    const shown = new Set(rowStreams);
    const engineOptions = {
      rowStreams: [...new Set([...rowStreams, ...RouteSinks.streamsOf(this.#plan)])],
      onRows: (batch: RowBatch) => {
        if (shown.has(batch.stream)) this.#options.onRows?.(batch);
        sinks.addRows(batch);
      },
      onAlert: (change: AlertChange) => (this.#isOrdered ? this.#order!.add(change) : deliver(change)),
      onRejected: (rejection: Rejection) => this.#options.onRejected?.(rejection),
      ...(checkpoint === undefined ? {} : { snapshot: checkpoint.engine }),
    };
    const symbols = SymbolTable.restore((checkpoint?.engine['symbols'] as readonly string[] | undefined) ?? []);
    const nodes = this.#plan.nodes.filter(node => node.kind === 'source');
    for (const node of nodes) await this.#openSource(node, symbols, checkpoint?.sources[node.id] ?? null);
    const arrivalClocks = Object.fromEntries(this.#readers.map(reader => [reader.stream, reader.source.arrivalClock]));
    this.#engine = new Engine(this.#plan, { ...engineOptions, arrivalClocks, symbols });
    this.#before = this.#engine.counters();
  }

  async run(): Promise<void> {
    for (;;) {
      const reader = await this.#nextReader();
      if (reader === undefined || this.#options.signal.aborted) break;
      const read = await reader.pending!;
      reader.pending = null;
      reader.position = read.position;
      this.#handle(reader, read);
      if (this.#isOrdered) this.#order!.release(this.#earliestUs());
      await this.#sinks!.write(this.#options.signal);
      this.#options.onProgress?.({ share: this.#progress(), events: this.summary().events });
      await this.#keepUp();
    }
    await this.#deliverAll();
    await this.#checkpoint();
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.source.close();
    await this.#sinks?.close();
    this.#stateDirectory?.close();
  }

  /** Of this run, whatever was counted before a restart. */
  summary(): Summary {
    const { events, rows, alerts, late, rejected } = this.#engine!.counters();
    const before = this.#before!;
    return {
      events: events - before.events,
      rows: rows - before.rows,
      alerts: alerts - before.alerts,
      late: late - before.late,
      rejected: rejected - before.rejected,
    };
  }

  async #openSource(node: SourceNode, symbols: SymbolTable, position: Position | null): Promise<void> {
    const override = this.#options.sources?.[node.id];
    const source = override === undefined ? node : { ...node, ...override, codec: codecOf(override, node) };
    const connector = this.#options.connectors.get(source.connector);
    if (connector?.openSource === undefined) {
      throw new MillraceError('MR8098', `reading from ${source.connector} is not in this version yet`, {
        hint: `read ${node.id} from a file: --source ${node.id}=readings.csv`,
      });
    }
    this.#readers.push({
      stream: node.id,
      timeFormat: source.time?.format ?? null,
      source: await connector.openSource({
        source,
        directory: source.directory,
        builder: new BatchBuilder(source, symbols),
        position,
        speed: this.#options.speed ?? 'max',
        isFollowed: this.#options.isFollowed ?? false,
        nowUs: () => Date.now() * 1000,
      }),
      position,
      pending: null,
      isAtEnd: false,
      startsUs: -Infinity,
      isTimeSeen: false,
    });
  }

  #handle(reader: Reader, read: SourceRead): void {
    const engine = this.#engine!;
    if (read.kind === 'batch') {
      this.#warnOfTimeUnit(reader, read.batch);
      engine.push(read.batch);
    } else if (read.kind === 'tick') engine.tick(reader.stream, read.arrivalUs);
    else {
      reader.isAtEnd = true;
      engine.finish(reader.stream);
    }
  }

  #warnOfTimeUnit(reader: Reader, batch: EventBatch): void {
    if (reader.isTimeSeen || batch.length === 0) return;
    reader.isTimeSeen = true;
    const warning = timeUnitWarning({ stream: reader.stream, format: reader.timeFormat, timeUs: batch.timeUs[0]! });
    if (warning !== null) this.#options.onWarning?.(warning);
  }

  /**
   * The reader whose input comes next: of finite sources the one with the earliest event, so that the order of what is
   * shown does not depend on the disk; of live ones whichever has something.
   */
  async #nextReader(): Promise<Reader | undefined> {
    const open = this.#readers.filter(reader => !reader.isAtEnd);
    const { signal } = this.#options;
    for (const reader of open) reader.pending ??= reader.source.read({ maxEvents: MAX_EVENTS, signal });
    if (open.length < 2) {
      await open[0]?.pending;
      return open[0];
    }
    if (!this.#isOrdered) return await Promise.race(open.map(reader => reader.pending!.then(() => reader)));
    for (const reader of open) reader.startsUs = startUs(await reader.pending!);
    return open.reduce((first, reader) => (reader.startsUs < first.startsUs ? reader : first));
  }

  /** Several sources that all have an end are put into one order of time; of live ones nobody knows what comes next. */
  get #isOrdered(): boolean {
    return this.#readers.length > 1 && this.#readers.every(reader => reader.source.progress !== undefined);
  }

  /** No other source gives anything earlier than this. */
  #earliestUs(): number {
    const waiting = this.#readers.filter(reader => !reader.isAtEnd && reader.pending !== null);
    return Math.min(...waiting.map(reader => reader.startsUs));
  }

  #progress(): number | null {
    const shares = this.#readers.map(reader => (reader.isAtEnd ? 1 : reader.source.progress?.()));
    if (shares.length === 0 || shares.some(share => share === undefined)) return null;
    return (shares as number[]).reduce((sum, share) => sum + share, 0) / shares.length;
  }

  /** Lets signals and timers in, and keeps a checkpoint from time to time. */
  async #keepUp(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#yieldedMs > YIELD_EVERY_MS) {
      await new Promise(resolve => setImmediate(resolve));
      this.#yieldedMs = performance.now();
    }
    if (nowMs - this.#checkpointedMs > CHECKPOINT_EVERY_MS) await this.#checkpoint();
  }

  /** What waits for its order waits no longer: a checkpoint does not hold it. */
  async #deliverAll(): Promise<void> {
    this.#order!.release(Infinity);
    await this.#sinks!.write(this.#options.signal);
  }

  async #checkpoint(): Promise<void> {
    this.#checkpointedMs = performance.now();
    if (this.#stateDirectory === undefined) return;
    const sources: Record<string, Position> = {};
    for (const reader of this.#readers) if (reader.position !== null) sources[reader.stream] = reader.position;
    await this.#deliverAll();
    const checkpoint: Checkpoint = {
      plan: this.#plan,
      engine: this.#engine!.snapshot(),
      sources,
      sinks: this.#sinks!.positions(),
    };
    this.#stateDirectory.write(checkpoint);
    for (const reader of this.#readers) if (reader.position !== null) await reader.source.acknowledge(reader.position);
  }
}

/** Another address has another form: its name tells it, and standard input has JSON lines where the file says nothing. */
function codecOf(override: SourceAddress, node: SourceNode): string | null {
  return override.address === '-' ? (node.codec ?? 'json') : null;
}

/** State fits the rules that made it: every node must be as it was. */
function requireSamePlan(stored: Plan, plan: Plan): void {
  const now = new Map(plan.nodes.map(node => [node.id, JSON.stringify(node)]));
  const before = new Map(stored.nodes.map(node => [node.id, JSON.stringify(node)]));
  const changed = [...new Set([...before.keys(), ...now.keys()])].find(id => before.get(id) !== now.get(id));
  if (changed === undefined) return;
  throw new MillraceError('MR6001', `the stored state is of other rules: ${changed} is not as it was`, {
    hint: 'give --state another folder, or remove this one to start empty',
  });
}

function startUs(read: SourceRead): number {
  if (read.kind === 'batch') return read.batch.length > 0 ? read.batch.timeUs[0]! : -Infinity;
  return read.kind === 'tick' ? read.arrivalUs : -Infinity;
}

/** Streams that are shown are shown whole: all fields of their sources become columns. */
function withAllFields(plan: Plan, isShown: (node: SourceNode) => boolean): Plan {
  const nodes = plan.nodes.map(node =>
    node.kind === 'source' && isShown(node)
      ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) }
      : node,
  );
  return { ...plan, nodes };
}

import type { Plan, PlanNode } from '../dsl/plan.ts';
import { validatePlan } from '../dsl/validate-plan.ts';
import { type EventBatch, type PackedTexts, type Rejection, SymbolTable } from './batch.ts';
import type { ArrivalClock, RowBatch } from './connector.ts';
import { assert, MillraceError } from './errors.ts';
import type { Functions } from './functions/own-functions.ts';
import type { AlertChange, Dropped, Operator, Snapshot } from './operator.ts';
import type { RunObserver } from './operators/run-observer.ts';
import type { InputEntry } from './recorded-input.ts';
import { type Built, build } from './runtime/build.ts';
import type { OperatorTimes } from './runtime/metrics/operator-times.ts';
import { type StreamReport, streamReport } from './runtime/metrics/worker-report.ts';
import { type IsOwned, type KeptOf, restoreState, copyState } from './runtime/checkpoint/engine-state.ts';
import type { KeysHeard } from './runtime/keys-heard.ts';
import { KeyStates } from './runtime/revision/key-states.ts';
import type { LateMark, LateMarks } from './runtime/revision/late-marks.ts';
import type { RevisedSites } from './runtime/revision/revised-sites.ts';
import { plainRows, type RowColumns, type RowShape, RowsOfParts } from './runtime/row-batch.ts';
import { PlanReaders } from './runtime/workers/plan-readers.ts';
import type { SourceStream } from './runtime/source-stream.ts';
import type { Timeline } from './runtime/timeline.ts';
import { StatePart, type StatePartOptions } from './runtime/checkpoint/state-part.ts';
import type { KeptNode } from './runtime/workers/worker-protocol.ts';

const SNAPSHOT_VERSION = 3;

export type EngineOptions = {
  /** Ids of the streams whose rows are wanted. */
  readonly rowStreams?: readonly string[];
  /**
   * Whether a source records arrivals (MEANING.md 1); by stream, default 'recorded'. `admitted`: its events have passed
   * an arrival gate already.
   */
  readonly arrivalClocks?: Readonly<Record<string, ArrivalClock | 'admitted'>>;
  /** Go on from here: of the same plan. Throws MR6001 where it is not. */
  readonly snapshot?: Snapshot;
  /** The table that the batches' symbols are of; with a snapshot, one that holds the snapshot's symbols already. */
  readonly symbols?: SymbolTable;
  /** Which keys' messages come here, where others are elsewhere. */
  readonly isOwned?: IsOwned;
  /** That expressions may call. Default: those of the language. */
  readonly functions?: Functions | undefined;
  /** How many keys each source may have at one time; events of others are rejected (MR4021). Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  /** Where operators are timed. */
  readonly times?: OperatorTimes | undefined;
  /** What a rule knows of its keys is told as it goes on. */
  readonly observer?: RunObserver | undefined;
  readonly onRows?: (batch: RowBatch) => void;
  /** The same rows as columns. */
  readonly onRowColumns?: (rows: RowColumns) => void;
  readonly onAlert?: (change: AlertChange) => void;
  readonly onRejected?: (rejection: Rejection) => void;
};

export type EngineCounters = {
  readonly events: number;
  /** Events behind their key's watermark, and rows behind that of a stream that is keyed anew. */
  readonly late: number;
  readonly rejected: number;
  /** Events that repeated one of their key, where the stream says `unique`. */
  readonly repeated: number;
  readonly rows: number;
  readonly alerts: number;
  /** Keys that were dropped because they had not been seen for as long as `expire` says. */
  readonly forgotten: number;
};

/**
 * One partition of a plan on the calling thread. The same events with the same arrivals give the same rows and alerts,
 * however they are batched and wherever it is stopped and restored. All calls are synchronous: outputs have been
 * delivered to the callbacks when a call returns. A plan that cannot run, wherever it comes from, is refused (MR7010).
 */
export class Engine {
  readonly symbols: SymbolTable;
  readonly #plan: Plan;
  readonly #built: Built;
  readonly #droppers: readonly Operator[]; // those that drop what is too much
  #rowCount = 0;
  #alertCount = 0;

  constructor(plan: Plan, options: EngineOptions = {}) {
    this.#plan = plan;
    const texts = options.snapshot?.['symbols'] as PackedTexts | undefined; // what `snapshot` gave
    this.symbols = options.symbols ?? SymbolTable.restore(texts === undefined ? [] : [texts]);
    this.#built = build({
      plan: validatePlan(plan),
      symbols: this.symbols,
      arrivalClockOf: stream => options.arrivalClocks?.[stream] ?? 'recorded',
      rowStreams: options.rowStreams ?? [],
      maxKeys: options.maxKeys,
      isOwned: options.isOwned,
      times: options.times,
      functions: options.functions,
      observer: options.observer,
      onAlert: change => this.#emit(change, options),
      onRows: (rows, shape) => {
        this.#rowCount += rows.length;
        options.onRowColumns?.(plainRows(rows));
        options.onRows?.(new RowsOfParts([rows], { shape, symbols: this.symbols, order: 'as-handled' }));
      },
      onRejected: rejection => options.onRejected?.(rejection),
    });
    this.#droppers = [...this.#built.operators.values()].filter(operator => operator.takeDropped !== undefined);
    if (options.snapshot !== undefined) this.#restoreWhole(options.snapshot);
  }

  /** Handles a batch of one stream wholly. The engine owns the batch from then on. */
  push(batch: EventBatch): void {
    this.#source(batch.stream).push(batch);
  }

  /** Hands over what was rejected of a source before it came here, as events of its side. */
  pushRejected(batch: EventBatch): void {
    this.#built.sides.get(batch.stream)!.push(batch);
  }

  /** When the first message of a stream arrived, of which a part comes here. */
  start(stream: string, firstUs: number): void {
    this.#source(stream).start(firstUs);
  }

  /** Messages that are no events, of any keys: before the batch among which they came. */
  hearAside(stream: string, keys: KeysHeard): void {
    this.#source(stream).hearAside(keys);
  }

  /** The arrival clock of a quiet stream has reached this; no later event arrives before it. */
  tick(stream: string, arrivalUs: number): void {
    this.#source(stream).tick(arrivalUs);
  }

  /**
   * A finite source is at its end (MEANING.md 9). `newestUs` is its newest event time, where some of its keys are
   * elsewhere.
   */
  finish(stream: string, newestUs?: number): void {
    this.#source(stream).finish(newestUs);
  }

  /**
   * Entries of recorded inputs, in order: each is heard at its place in the order of every source. Who restores a state
   * gives those that were given before it once more.
   */
  hear(entries: readonly InputEntry[]): void {
    for (const entry of entries) for (const stream of this.#streams().values()) stream.addEntry(entry);
  }

  /** The newest event time of a source's keys; −Infinity: of none, or no source of this engine. */
  newestUs(stream: string): number {
    return this.#built.sources.get(stream)?.newestUs() ?? -Infinity;
  }

  /**
   * Rows that came too late where keys or streams meet, by the first source that they are made of. `of`: the nodes whose rows
   * count, where others are counted elsewhere.
   */
  lateRowCounts({ of = () => true }: { readonly of?: (nodeId: string) => boolean } = {}): ReadonlyMap<string, number> {
    const readers = new PlanReaders(this.#plan);
    const nodes = new Map(this.#plan.nodes.map(node => [node.id, node]));
    const counts = new Map<string, number>();
    for (const node of this.#plan.nodes) {
      if (!of(node.id)) continue;
      for (const { input, late } of this.#lateRowsOf(node)) {
        const source = readers.sourcesOf(nodes.get(input)!)[0]!;
        counts.set(source, (counts.get(source) ?? 0) + late);
      }
    }
    return counts;
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** Keys of which events came late that revise windows, since this was last asked. */
  takeLateMarks(): readonly LateMark[] {
    return this.#marks.flatMap(marks => marks.take());
  }

  /** Late events of a source, since this was last asked, that were too late for its revised windows; null: it has none here. */
  takeTooLate(stream: string): number | null {
    const { sources, revisedSites } = this.#built;
    const ofSites = [...revisedSites.values()].filter(({ sourceId }) => sourceId === stream).map(({ marks }) => marks);
    const all = [sources.get(stream)?.marks ?? [], ofSites].flat();
    return all.length === 0 ? null : Math.min(...all.map(marks => marks.takeTooLate()));
  }

  /** What is kept of single keys of a source. */
  keyStates(stream: string): KeyStates {
    return new KeyStates(this.#source(stream), this.#built.operators);
  }

  /** What is kept of single sites of a rekey whose windows are revised. */
  revisedSites(rekey: string): RevisedSites {
    return this.#built.revisedSites.get(rekey)!;
  }

  /** Sources of which so much waits for others that they are not to be read on. */
  fullSources(): readonly string[] {
    return this.#built.fullSources();
  }

  /** These rules stop, and their state is let go of, with what served them alone. */
  pause(rules: readonly string[]): void {
    const left = new Set(new PlanReaders(this.#plan).without(new Set(rules)).nodes.map(node => node.id));
    const built = [...this.#built.operators.keys(), ...this.#built.merges.keys()];
    for (const id of built) if (!left.has(id)) this.#built.remove(id);
  }

  /** A copy of all state, plain data and typed arrays, between two calls. */
  snapshot(): Snapshot {
    return {
      version: SNAPSHOT_VERSION,
      symbols: this.symbols.pack(this.symbols.ids()),
      counts: { rows: this.#rowCount, alerts: this.#alertCount },
      streams: this.streamStates(),
      state: copyState(this.#built.tables),
    };
  }

  /** Of the streams whose rows are wanted. */
  get shapes(): ReadonlyMap<string, RowShape> {
    return this.#built.shapes;
  }

  /** What is not of single keys, by source. */
  streamStates(): Snapshot {
    return Object.fromEntries([...this.#streams()].map(([id, source]) => [id, source.snapshot()]));
  }

  /**
   * The state as it is now, of all keys or of those that changed since the part before; it may be saved slice by slice
   * while events are handled. One part at a time.
   */
  beginPart(options: StatePartOptions): StatePart {
    return new StatePart(this.#built.tables, options);
  }

  /** Takes over parts of a state, oldest first, before the first event. */
  restoreState(
    parts: readonly Snapshot[],
    options: { readonly streams: Snapshot; readonly isOwned: IsOwned; readonly keptOf: KeptOf },
  ): void {
    for (const [id, source] of this.#streams()) {
      const kept = options.keptOf(id);
      if (kept !== null && Object.hasOwn(options.streams, kept.from)) {
        source.restore(options.streams[kept.from] as Snapshot, nodeId => options.keptOf(nodeId)?.from ?? null);
      }
    }
    restoreState(this.#built.tables, parts, options);
  }

  /** What the state takes, in bytes: of keys and what waits by source, of each operator, and of tables. */
  stateBytes(): ReadonlyMap<string, number> {
    const bytes = new Map<string, number>();
    for (const [id, source] of this.#streams()) bytes.set(id, source.stateBytes);
    for (const [id, operator] of this.#built.operators) bytes.set(id, operator.stateBytes);
    for (const { input, stateBytes } of this.#built.replicas) bytes.set(input, (bytes.get(input) ?? 0) + stateBytes);
    return bytes;
  }

  /** Of each source, as it is now; reads the clocks of all keys. */
  streamReports(): ReadonlyMap<string, StreamReport> {
    return new Map([...this.#built.sources].map(([id, source]) => [id, streamReport(source)]));
  }

  /** Of patterns and joins, since this was last asked: what was dropped of what waits, as a key had too much of it. */
  takeDropped(): readonly Dropped[] {
    return this.#droppers.flatMap(operator => operator.takeDropped!() ?? []);
  }

  /** Alerts that fire, by rule, where any does, and then by severity, the lowest first. */
  openAlerts(): ReadonlyMap<string, readonly number[]> {
    const open = new Map<string, readonly number[]>();
    for (const { node, openAlerts } of this.#built.operators.values()) {
      if (node.kind === 'rule' && openAlerts !== undefined && openAlerts.length > 0) open.set(node.name, openAlerts);
    }
    return open;
  }

  /** Ids of alerts that fire, of rules by the ids of their nodes; of those that are elsewhere none. */
  firingAlerts(rules: readonly string[]): readonly string[] {
    return rules.flatMap(rule => this.#built.operators.get(rule)?.firingAlerts?.() ?? []).map(({ alert }) => alert.id);
  }

  /** By pattern: its events that any row was bound to since the engine was made, bit by bit. */
  reachedEvents(): ReadonlyMap<string, number> {
    const operators = [...this.#built.operators].flatMap(([id, { reachedEvents }]) =>
      reachedEvents === undefined ? [] : [[id, reachedEvents] as const],
    );
    return new Map(operators);
  }

  /** `of`: the nodes whose events and rows count, where others are counted elsewhere. */
  counters({ of = () => true }: { readonly of?: (nodeId: string) => boolean } = {}): EngineCounters {
    let events = 0;
    let late = 0;
    let rejected = 0;
    let repeated = 0;
    let forgotten = 0;
    for (const [source, { counters }] of this.#built.sources) {
      if (!of(source)) continue;
      events += counters.events;
      late += counters.late;
      rejected += counters.rejected;
      repeated += counters.repeated;
      forgotten += counters.forgotten;
    }
    for (const { counters } of this.#built.sides.values()) rejected += counters.rejected;
    for (const node of this.#plan.nodes) {
      if (of(node.id)) for (const { late: rows } of this.#lateRowsOf(node)) late += rows;
    }
    return { events, late, rejected, repeated, rows: this.#rowCount, alerts: this.#alertCount, forgotten };
  }

  get #marks(): readonly LateMarks[] {
    const { sources, revisedSites } = this.#built;
    return [
      ...[...sources.values()].flatMap(({ marks }) => marks ?? []),
      ...[...revisedSites.values()].map(({ marks }) => marks),
    ];
  }

  #emit(change: AlertChange, options: EngineOptions): void {
    this.#alertCount++;
    options.onAlert?.(change);
  }

  /** By the node whose rows they are. */
  #lateRowsOf(node: PlanNode): readonly { readonly input: string; readonly late: number }[] {
    if (node.kind === 'merge') {
      const late = this.#built.merges.get(node.id)?.late ?? [];
      return late.map((rows, input) => ({ input: node.inputs[input]!.input, late: rows }));
    }
    const late = this.#built.operators.get(node.id)?.lateCount;
    return late === undefined ? [] : [{ input: node.id, late }];
  }

  /** All that events come in by, and what merges them. */
  #streams(): Map<string, Timeline> {
    return new Map<string, Timeline>([...this.#built.sources, ...this.#built.sides, ...this.#built.merges]);
  }

  #source(stream: string): SourceStream {
    const source = this.#built.sources.get(stream);
    assert(source !== undefined, `the plan has no source ${stream}`);
    return source;
  }

  #restoreWhole(snapshot: Snapshot): void {
    const state = snapshot['state'] as { readonly [table: string]: Snapshot };
    const streams = snapshot['streams'] as Snapshot;
    const counts = snapshot['counts'] as { rows: number; alerts: number };
    this.#rowCount = counts.rows;
    this.#alertCount = counts.alerts;
    checkSame(this.#streams(), streams);
    checkSame(this.#built.operators, Object.assign({}, ...Object.values(state).map(table => table['operators'])));
    this.restoreState([state], { streams, isOwned: () => true, keptOf: id => this.#keptAsIs(id) });
  }

  #keptAsIs(id: string): KeptNode | null {
    const table = this.#built.tables.find(
      ({ id: tableId, operators }) => tableId === id || operators.some(({ node }) => node.id === id),
    );
    return table === undefined ? null : { from: id, fromTable: table.id, names: null };
  }
}

function checkSame(built: ReadonlyMap<string, unknown>, stored: Snapshot): void {
  const missing = [...built.keys()].find(id => !Object.hasOwn(stored, id));
  const extra = Object.keys(stored).find(id => !built.has(id));
  if (missing === undefined && extra === undefined) return;
  throw new MillraceError(
    'MR6001',
    `the stored state is of another rule file: it ${missing === undefined ? 'also has' : 'has no'} ${missing ?? extra}`,
    {
      hint: 'give --state another folder, or remove this one to start empty',
    },
  );
}

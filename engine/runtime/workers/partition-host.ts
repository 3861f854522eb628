import type { Plan } from '../../../dsl/plan.ts';
import type { Column, EventBatch, Rejection, SymbolTable } from '../../batch.ts';
import { Engine, type EngineOptions } from '../../engine.ts';
import type { OwnFunctions } from '../../functions/own-functions.ts';
import type { AlertChange, Snapshot } from '../../operator.ts';
import type { RunObserver } from '../../operators/run-observer.ts';
import type { InputEntry } from '../../recorded-input.ts';
import { KeyPartitions, partitionOfKey } from '../../state/key-partition.ts';
import { type KeyShare, shareOf } from '../../state/key-share.ts';
import type { IsOwned, KeptOf, StateExtent } from '../checkpoint/engine-state.ts';
import { slicePlan } from './plan-slices.ts';
import type { RowColumns, RowShape } from '../row-batch.ts';
import type { PartOptions } from '../checkpoint/state-part.ts';
import { HostPart } from '../checkpoint/host-part.ts';
import { contentOf, type EnginePart, type PartContent } from '../checkpoint/part-content.ts';
import { OperatorTimes } from '../metrics/operator-times.ts';
import type { HostReport, StreamCounts, StreamReport } from '../metrics/worker-report.ts';
import { HostRevisions } from '../revision/host-revisions.ts';
import type { RevisionSlice } from '../revision/revision-slice.ts';
import type { ShadowOutput } from '../revision/shadow.ts';
import { laneOwner, ownerOf } from './partition-owner.ts';
import type { BatchColumns, DoneMessage, ReviseAnswer, ReviseStep, RoundMessage } from './worker-protocol.ts';

const STATE_BYTES_EVERY_ROUNDS = 64;

export type PartitionHostOptions = {
  readonly workerIndex: number;
  readonly workerCount: number;
  readonly plan: Plan;
  readonly rowStreams: readonly string[];
  readonly symbols: SymbolTable;
  /** Default: those of the language. */
  readonly functions?: OwnFunctions | undefined;
  /** Of each source. Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  readonly observer?: RunObserver | undefined;
  /** Operators are timed by this; default: they are not. */
  readonly monotonicMs?: () => number;
  /** Of all keys, those that this process has; null: all. */
  readonly share?: KeyShare | null;
};

/**
 * What runs on one worker: one engine for the keys of the partitions that it owns, and one for each lane that falls to
 * it. All calls are synchronous; what a round gives is in its answer.
 */
export class PartitionHost {
  readonly shapes: Readonly<Record<string, RowShape>>;
  readonly #options: PartitionHostOptions;
  readonly #keyed: Engine;
  readonly #lanes = new Map<string, Engine>(); // by id
  readonly #laneOf = new Map<string, Engine>(); // by source
  readonly #inKeyed: ReadonlySet<string>; // nodes
  readonly #times: OperatorTimes | undefined;
  #rows: RowColumns[] = [];
  #alerts: AlertChange[] = [];
  #rejected: Rejection[] = [];
  #rejectedInLanes: Rejection[] = [];
  #rounds = 0;
  #revisions: HostRevisions | undefined; // made when the first one begins
  #uncounted: Totals = { late: 0, repeated: 0, forgotten: 0 }; // of the engines' counts: what was counted before this worker started
  #uncountedOf = new Map<string, StreamCounts>(); // the same, by source

  constructor(options: PartitionHostOptions) {
    const { keyed, lanes } = slicePlan(options.plan);
    this.#options = options;
    this.#times = options.monotonicMs && new OperatorTimes(options.monotonicMs);
    const keyedIds = new Set(keyed.nodes.map(node => node.id));
    this.#keyed = this.#createEngine(keyed, {
      rowStreams: options.rowStreams,
      isOwned: this.#isOwned,
      onAlert: change => this.#alerts.push(change),
      onRejected: rejection => this.#rejected.push(rejection),
    });
    const laneStreams = options.rowStreams.filter(stream => !keyedIds.has(stream));
    this.#inKeyed = keyedIds;
    lanes.forEach(({ id, sources, plan }, i) => {
      if (laneOwner(i, options.workerCount) !== options.workerIndex) return;
      const onRejected = (rejection: Rejection) =>
        (this.#inKeyed.has(rejection.stream) ? this.#rejectedInLanes : this.#rejected).push(rejection);
      // A rule that runs by key as well, for whoever reads its alerts here, is told of there.
      const onAlert = (change: AlertChange) => {
        if (!keyedIds.has(`rule:${change.rule}`)) this.#alerts.push(change);
      };
      const lane = this.#createEngine(plan, { rowStreams: laneStreams, isOwned: () => true, onAlert, onRejected });
      this.#lanes.set(id, lane);
      for (const source of sources) this.#laneOf.set(source, lane);
    });
    this.shapes = Object.fromEntries(this.#engines().flatMap(engine => [...engine.shapes]));
  }

  /** Takes over what parts of a checkpoint hold of the keys that belong here; before the first round. */
  restore(parts: readonly PartContent[], keptOf: KeptOf): void {
    const partitions = new KeyPartitions(this.#options.symbols);
    const isOwned: IsOwned = (columns: readonly Column[], row: number) =>
      ownerOf(partitions.partitionOf(columns, row), this.#options.workerCount) === this.#options.workerIndex;
    restoreEngine(this.#keyed, keyedParts(parts), { isOwned, keptOf });
    for (const lane of this.#lanes.values()) {
      const sources = [...this.#laneOf].flatMap(([source, of]) => (of === lane ? [source] : []));
      const stored = sources.flatMap(source => keptOf(source)?.from ?? []);
      restoreEngine(lane, laneParts(parts, stored), { isOwned: () => true, keptOf });
    }
    this.#uncounted = this.#totals();
    this.#uncountedOf = this.#streamReports();
  }

  /** Ids of those that fire, of rules by the ids of their nodes. */
  firingAlerts(rules: readonly string[]): readonly string[] {
    return [...new Set(this.#engines().flatMap(engine => engine.firingAlerts(rules)))];
  }

  /** The state as it is now, to be saved slice by slice. One part at a time. */
  beginPart(options: PartOptions): HostPart {
    return new HostPart(this.#keyed, this.#lanes, options);
  }

  /** The same at once. */
  takePart(extent: StateExtent): PartContent {
    const part = this.beginPart({ extent });
    while (!part.isComplete) part.saveSlice();
    return contentOf(part.takeSaved());
  }

  /** Between two rounds; after a restore also what was heard before. */
  hear(entries: readonly InputEntry[]): void {
    for (const engine of this.#engines()) engine.hear(entries);
  }

  handle(round: RoundMessage): DoneMessage {
    this.#rows = [];
    this.#alerts = [];
    this.#rejected = [];
    this.#rejectedInLanes = [];
    if (this.#inKeyed.has(round.stream)) handleRound(this.#keyed, round, 'own');
    const lane = this.#laneOf.get(round.stream);
    if (lane !== undefined) handleRound(lane, round, 'whole');
    return {
      kind: 'done',
      round: round.round,
      rows: this.#rows,
      alerts: this.#alerts,
      rejected: this.#rejected,
      rejectedInLanes: this.#rejectedInLanes,
      full: this.#engines().flatMap(engine => engine.fullSources()),
      newestUs: round.end === 'ask' ? this.#newestUs(round.stream) : null,
      troubles: this.#options.functions?.takeTroubles() ?? [],
      dropped: this.#engines().flatMap(engine => engine.takeDropped()),
      marks: this.#engines().flatMap(engine => engine.takeLateMarks()),
      tooLate: { ofKeys: this.#keyed.takeTooLate(round.stream), ofSites: lane?.takeTooLate(round.stream) ?? null },
      ...this.#counts(),
    };
  }

  /** Between two rounds. */
  revise(step: ReviseStep): ReviseAnswer {
    this.#revisions ??= new HostRevisions(this.#options.plan, {
      engineOf: ({ source, rekey }) => (rekey === null ? this.#keyed : this.#laneOf.get(source.id)!),
      createShadow: (slice, output) => this.#createShadow(slice, output),
    });
    return this.#revisions.take(step);
  }

  pause(rules: readonly string[]): void {
    const before = this.#totals();
    const streamsBefore = this.#streamReports();
    for (const engine of this.#engines()) engine.pause(rules);
    const late = this.#uncounted.late - (before.late - this.#totals().late); // counts of what stops go with it
    this.#uncounted = { ...this.#uncounted, late };
    for (const [stream, now] of this.#streamReports()) {
      const uncounted = this.#uncountedOf.get(stream) ?? NOTHING_COUNTED;
      const before = streamsBefore.get(stream)!;
      const late = uncounted.late - (before.late - now.late);
      const lateRows = uncounted.lateRows - (before.lateRows - now.lateRows);
      this.#uncountedOf.set(stream, { ...uncounted, late, lateRows });
    }
    this.#rounds = 0; // the next one says what the state takes now
  }

  report(): HostReport {
    const streams = [...this.#streamReports()].map(([id, report]) => {
      const uncounted = this.#uncountedOf.get(id) ?? NOTHING_COUNTED;
      const late = report.late - uncounted.late;
      const lateRows = report.lateRows - uncounted.lateRows;
      const repeated = report.repeated - uncounted.repeated;
      return [id, { ...report, late, lateRows, repeated, forgotten: report.forgotten - uncounted.forgotten }];
    });
    const openInLanes = [...this.#lanes.values()].flatMap(lane => [...lane.openAlerts()]);
    return {
      streams: Object.fromEntries(streams),
      stateBytes: this.#stateBytes(),
      operatorMs: Object.fromEntries(this.#times?.ms ?? []),
      // A rule that runs by key as well is told of there.
      openAlerts: Object.fromEntries([...openInLanes, ...this.#keyed.openAlerts()]),
    };
  }

  readonly #isOwned: IsOwned = (columns: readonly Column[], row: number) => {
    const { symbols, workerCount, workerIndex, share = null } = this.#options;
    if (share !== null && shareOf(columns, row, { symbols, count: share.count }) !== share.index) return false;
    return ownerOf(partitionOfKey(columns, row, symbols), workerCount) === workerIndex;
  };

  #counts(): Totals & Pick<DoneMessage, 'stateBytes'> {
    const { late, repeated, forgotten } = this.#totals();
    return {
      late: late - this.#uncounted.late,
      repeated: repeated - this.#uncounted.repeated,
      forgotten: forgotten - this.#uncounted.forgotten,
      stateBytes: this.#rounds++ % STATE_BYTES_EVERY_ROUNDS === 0 ? this.#stateBytes() : null,
    };
  }

  /** Events of a source that has a lane as well are counted once: where its keys are; so are rows that a merge leaves out. */
  #totals(): Totals {
    let { late, repeated, forgotten } = this.#keyed.counters();
    for (const lane of this.#lanes.values()) {
      const counters = lane.counters({ of: id => !this.#inKeyed.has(id) });
      late += counters.late;
      repeated += counters.repeated;
      forgotten += counters.forgotten;
    }
    return { late, repeated, forgotten };
  }

  /** As `#totals`, by source. */
  #streamReports(): Map<string, StreamReport> {
    const reports = new Map(this.#keyed.streamReports());
    const lateOf = new Map(this.#keyed.lateRowCounts());
    for (const lane of this.#lanes.values()) {
      const ofLane = lane.lateRowCounts({ of: id => !this.#inKeyed.has(id) });
      for (const [source, late] of ofLane) lateOf.set(source, (lateOf.get(source) ?? 0) + late);
    }
    for (const [source, lane] of this.#laneOf) {
      if (!reports.has(source)) reports.set(source, lane.streamReports().get(source)!);
    }
    for (const [source, late] of lateOf) {
      const report = reports.get(source)!;
      reports.set(source, { ...report, late: report.late + late, lateRows: late });
    }
    return reports;
  }

  #newestUs(stream: string): number {
    return Math.max(this.#keyed.newestUs(stream), this.#laneOf.get(stream)?.newestUs(stream) ?? -Infinity);
  }

  #stateBytes(): Record<string, number> {
    const bytes: Record<string, number> = {};
    for (const engine of this.#engines()) {
      for (const [id, size] of engine.stateBytes()) bytes[id] = (bytes[id] ?? 0) + size;
    }
    return bytes;
  }

  /** As of Engine: of a pattern for which several of its engines have an operator, those of all. */
  reachedEvents(): ReadonlyMap<string, number> {
    const reached = new Map<string, number>();
    for (const engine of this.#engines()) {
      for (const [pattern, events] of engine.reachedEvents())
        reached.set(pattern, (reached.get(pattern) ?? 0) | events);
    }
    return reached;
  }

  #engines(): Engine[] {
    return [this.#keyed, ...this.#lanes.values()];
  }

  /** Nothing of it goes anywhere else. */
  #createShadow({ plan, source, stores }: RevisionSlice, { onRows, onAlert }: ShadowOutput): Engine {
    return new Engine(plan, {
      symbols: this.#options.symbols,
      functions: this.#options.functions?.functions,
      arrivalClocks: { [source.id]: 'admitted' },
      rowStreams: stores.filter(store => this.#options.rowStreams.includes(store)),
      onRowColumns: onRows,
      onAlert,
    });
  }

  #createEngine(
    plan: Plan,
    {
      rowStreams,
      isOwned,
      onAlert,
      onRejected,
    }: Required<Pick<EngineOptions, 'rowStreams' | 'isOwned' | 'onAlert' | 'onRejected'>>,
  ): Engine {
    const streams = plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : []));
    const here = new Set(plan.nodes.map(node => node.id));
    return new Engine(plan, {
      symbols: this.#options.symbols,
      functions: this.#options.functions?.functions,
      observer: this.#options.observer,
      maxKeys: this.#options.maxKeys,
      times: this.#times,
      isOwned,
      arrivalClocks: Object.fromEntries(streams.map(stream => [stream, 'admitted' as const])),
      rowStreams: rowStreams.filter(stream => here.has(stream)),
      onRowColumns: rows => this.#rows.push(rows),
      onAlert,
      onRejected,
    });
  }
}

type Totals = Pick<DoneMessage, 'late' | 'repeated' | 'forgotten'>;

const NOTHING_COUNTED: StreamCounts = { late: 0, lateRows: 0, repeated: 0, forgotten: 0 };

function handleRound(engine: Engine, round: RoundMessage, share: 'own' | 'whole'): void {
  if (round.firstUs < Infinity) engine.start(round.stream, round.firstUs);
  if (round.heard !== null) engine.hearAside(round.stream, round.heard);
  const batch = columnsOf(round, share);
  const rejected = round.rejected === null ? null : columnsOf(round.rejected, share);
  if (rejected !== null) engine.pushRejected(eventBatch(round.rejected!.side, rejected));
  if (batch !== null && batch.length > 0) engine.push(eventBatch(round.stream, batch));
  if (round.arrivalUs > -Infinity) engine.tick(round.stream, round.arrivalUs);
  if (typeof round.end === 'number') engine.finish(round.stream, round.end);
}

function columnsOf({ own, whole }: Pick<RoundMessage, 'own' | 'whole'>, share: 'own' | 'whole'): BatchColumns | null {
  return share === 'own' || whole === 'own' ? own : whole;
}

function eventBatch(stream: string, { length, timeUs, arrivalUs, columns }: BatchColumns): EventBatch {
  return { stream, length, timeUs, arrivalUs, columns: [...columns], rejected: [] };
}

/**
 * What was keyed, and of the lanes what was not: a source that had nothing but its lane may have keyed rules now, and so may one whose
 * rules needed all keys before.
 */
export function keyedParts(parts: readonly PartContent[]): EnginePart[] {
  const known = new PartsContent(parts.map(({ keyed }) => keyed));
  return parts.map(({ keyed, lanes }) => {
    const ofLanes = Object.values(lanes).map(lane => known.without(lane));
    return {
      streams: Object.assign({}, ...ofLanes.map(lane => lane.streams), keyed.streams),
      chunks: [...ofLanes.flatMap(lane => lane.chunks), ...keyed.chunks],
    };
  });
}

/**
 * Of these stored sources: what their lanes had, and what was keyed of the rest: of a source that had no lane all of it, else
 * operators that the lane did not need. From whichever worker.
 */
function laneParts(parts: readonly PartContent[], sources: readonly string[]): EnginePart[] {
  const lanesIn = ({ lanes }: PartContent) =>
    Object.values(lanes).filter(lane => sources.some(source => Object.hasOwn(lane.streams, source)));
  const known = new PartsContent(parts.flatMap(lanesIn));
  return parts.flatMap(part => [...lanesIn(part), known.without(part.keyed)]);
}

/** What parts hold: which streams, and of each table whether its source, and which operators. */
class PartsContent {
  readonly #streams = new Set<string>();
  readonly #owners = new Map<string, Set<string>>(); // by table

  constructor(parts: readonly EnginePart[]) {
    for (const { streams, chunks } of parts) {
      for (const stream of Object.keys(streams)) this.#streams.add(stream);
      for (const chunk of chunks) for (const [table, rows] of Object.entries(chunk)) this.#add(table, rows as Snapshot);
    }
  }

  without({ streams, chunks }: EnginePart): EnginePart {
    return {
      streams: Object.fromEntries(Object.entries(streams).filter(([stream]) => !this.#streams.has(stream))),
      chunks: chunks.map(chunk =>
        Object.fromEntries(Object.entries(chunk).map(([table, rows]) => [table, this.#rest(table, rows as Snapshot)])),
      ),
    };
  }

  #add(table: string, rows: Snapshot): void {
    const owners = this.#owners.get(table) ?? new Set();
    this.#owners.set(table, owners);
    if (rows['source'] !== null) owners.add(SOURCE);
    for (const operator of Object.keys(rows['operators'] as Snapshot)) owners.add(operator);
  }

  #rest(table: string, rows: Snapshot): Snapshot {
    const owners = this.#owners.get(table);
    if (owners === undefined) return rows;
    const operators = Object.entries(rows['operators'] as Snapshot).filter(([id]) => !owners.has(id));
    return { ...rows, source: owners.has(SOURCE) ? null : rows['source']!, operators: Object.fromEntries(operators) };
  }
}

const SOURCE = ''; // no operator's id

/** What is not of single keys is the same in every part of one checkpoint that has it: the newest one's counts. */
function restoreEngine(
  engine: Engine,
  parts: readonly EnginePart[],
  options: { readonly isOwned: IsOwned; readonly keptOf: KeptOf },
): void {
  if (parts.length === 0) return;
  engine.restoreState(
    parts.flatMap(part => part.chunks),
    { ...options, streams: Object.assign({}, ...parts.map(part => part.streams)) },
  );
}

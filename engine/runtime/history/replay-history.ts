import type { Plan } from '../../../dsl/plan.ts';
import { readScalar, type Scalar, SymbolTable } from '../../batch.ts';
import type { RowPart, Series } from '../../connector.ts';
import type { AlertChange } from '../../operator.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64 } from '../../state/gather.ts';
import { alertsInOrder, type RuleOrder, ruleOrderOf } from '../alerts-in-order.ts';
import { NO_COUNTS } from '../delivery.ts';
import type { JobWarning, Summary } from '../job.ts';
import { HistoryRows } from './history-rows.ts';
import type { HistoryShare, ShareState, SourceState } from './history-share.ts';
import { rowPart } from './portable-rows.ts';
import { SliceWidths } from './slice-widths.ts';
import type { TimeWindow } from './time-window.ts';

export type HistoryOptions = {
  readonly plan: Plan;
  /** Of all keys together. */
  readonly shares: readonly HistoryShare[];
  /** What is told: changes and rows of these times. What is read begins before. */
  readonly window: TimeWindow;
  /** Which of them; default: all. Of rows, `rule` is absent. */
  readonly isTold?: (told: Told) => boolean;
  /** How far the arrival clock goes where arrivals are recorded, whatever came last; null: as far as that. */
  readonly endUs: number | null;
  /** Awaited: of one slice, in one order. */
  readonly onAlerts: (changes: readonly AlertChange[]) => void | Promise<void>;
  readonly onRows: (rows: HistoryRows) => void | Promise<void>;
  readonly onProgress?: (progress: HistoryProgress) => void;
  /** Each once, whoever has it. */
  readonly onWarning?: (warning: JobWarning) => void;
  readonly signal: AbortSignal;
};

export type Told = { readonly rule?: string; readonly key: Readonly<Record<string, Scalar>> };

/** `share`: 0..1 of what is to be read. */
export type HistoryProgress = { readonly share: number; readonly events: number };

/** What was counted: alerts and rows of the window alone. `shares`: of the keys, each of them on a thread. */
export type HistorySummary = Summary & { readonly shares: number };

/**
 * Runs the shares of a plan over history, side by side: slice by slice of the arrival clock. What comes out is the same to the
 * last bit for any number of shares, and in one order: slice by slice, and within one alerts by (time, key, rule), rows by
 * series, then (time, key). An abort ends it between two slices. Errors: those of the shares.
 */
export async function replayHistory(options: HistoryOptions): Promise<HistorySummary> {
  const replay = new Replay(options);
  try {
    return await replay.run();
  } finally {
    await Promise.all(options.shares.map(async share => await share.close()));
  }
}

class Replay {
  readonly #options: HistoryOptions;
  readonly #ruleOrder: RuleOrder;
  readonly #widths = new SliceWidths();
  readonly #symbols = new Map<string, SymbolTable>(); // by series
  readonly #ended = new Set<string>();
  #states: readonly ShareState[] = [];
  #gathered: ShareState[] = []; // of one slice
  readonly #warned = new Set<string>(); // bound: warnings are counted by the job
  #alerts = 0;
  #rows = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#ruleOrder = ruleOrderOf(options.plan);
  }

  async run(): Promise<HistorySummary> {
    const { endUs, signal } = this.#options;
    await this.#all(share => share.open());
    const recorded = this.#sources().filter(({ isRecorded }) => isRecorded);
    const firstUs = recorded.map(({ stream, nextUs }) => [stream, nextUs] as const);
    while (!signal.aborted) {
      await this.#endReadOut();
      const nextUs = this.#nextUs();
      if (nextUs === Infinity) break;
      const untilUs = this.#widths.endAfter(nextUs);
      const started = firstUs.filter(([, us]) => us < untilUs);
      const before = this.#events();
      await this.#all(share => share.advance(untilUs, Object.fromEntries(started)));
      const isLast = this.#nextUs() === Infinity;
      const lastUs = this.#lastUs();
      await this.#all(share => share.tick(isLast ? Math.max(lastUs, endUs ?? lastUs) : untilUs));
      this.#widths.note(this.#events() - before);
      await this.#deliver();
    }
    if (!signal.aborted) for (const { stream } of this.#sources()) await this.#end(stream);
    await this.#deliver();
    const counts = this.#states.map(state => state.counts).reduce(added, NO_COUNTS);
    return { ...counts, alerts: this.#alerts, rows: this.#rows, shares: this.#states.length };
  }

  /** A file has its end where it ends; what is stored may have been silent since. */
  async #endReadOut(): Promise<void> {
    for (const { stream, isRecorded, nextUs } of this.#sources()) {
      if (!isRecorded && nextUs === Infinity) await this.#end(stream);
    }
  }

  async #end(stream: string): Promise<void> {
    if (this.#ended.has(stream)) return;
    this.#ended.add(stream);
    const { shares } = this.#options;
    const newest = await Promise.all(shares.map(async share => await share.newest(stream)));
    await this.#all(share => share.finish(stream, Math.max(...newest)));
  }

  async #all(step: (share: HistoryShare) => Promise<ShareState>): Promise<void> {
    this.#states = await Promise.all(this.#options.shares.map(step));
    this.#gathered.push(...this.#states);
    for (const warning of this.#states.flatMap(({ warnings }) => warnings)) this.#warn(warning);
  }

  #warn(warning: JobWarning): void {
    const text = `${warning.code} ${warning.message}`;
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#options.onWarning?.(warning);
  }

  /** In one order; then what the slice gave is let go of. */
  async #deliver(): Promise<void> {
    const { onAlerts, onRows, onProgress, window, isTold = () => true } = this.#options;
    const gathered = this.#gathered;
    this.#gathered = [];
    const ordered = alertsInOrder(
      gathered.flatMap(({ alerts }) => alerts),
      { ruleOrder: this.#ruleOrder, mayFall: true },
    );
    const alerts = ordered.filter(change => isWithin(window, change.timeUs) && isTold(change));
    this.#alerts += alerts.length;
    if (alerts.length > 0) await onAlerts(alerts);
    for (const rows of this.#rowsOf(gathered)) {
      this.#rows += rows.length;
      await onRows(rows);
    }
    onProgress?.({ share: this.#share(), events: this.#events() });
  }

  #rowsOf(gathered: readonly ShareState[]): readonly HistoryRows[] {
    const bySeries = Map.groupBy(
      gathered.flatMap(({ rows }) => rows),
      ({ series }) => series.stream,
    );
    return [...bySeries.values()].flatMap(ofSeries => {
      const { series } = ofSeries[0]!;
      const symbols = this.#symbolsOf(series);
      const parts = ofSeries.flatMap(rows => rows.parts.map(part => rowPart(part, symbols)));
      const within = parts.flatMap(part => pickedPart(part, row => this.#isRowTold(part, row, { series, symbols })));
      return within.length === 0 ? [] : [new HistoryRows(series, within, symbols)];
    });
  }

  #isRowTold(
    { timeUs, key: columns }: RowPart,
    row: number,
    { series, symbols }: { readonly series: Series; readonly symbols: SymbolTable },
  ): boolean {
    const { window, isTold } = this.#options;
    if (!isWithin(window, timeUs[row]!)) return false;
    if (isTold === undefined) return true;
    const key = series.key.map(({ name }, k) => [name, readScalar(columns[k]!, row, symbols)] as const);
    return isTold({ key: Object.fromEntries(key) });
  }

  #symbolsOf({ stream }: Series): SymbolTable {
    const known = this.#symbols.get(stream) ?? new SymbolTable();
    this.#symbols.set(stream, known);
    return known;
  }

  /** Of all shares together, in the plan's order; those of all shares are the same. */
  #sources(): SourceState[] {
    const [first] = this.#states;
    return (first?.sources ?? []).map(({ stream, isRecorded }, s) => {
      const ofShares = this.#states.map(({ sources }) => sources[s]!);
      return {
        stream,
        isRecorded,
        nextUs: Math.min(...ofShares.map(({ nextUs }) => nextUs)),
        lastUs: Math.max(...ofShares.map(({ lastUs }) => lastUs)),
        share: ofShares.reduce((sum, { share }) => sum + share, 0) / ofShares.length,
      };
    });
  }

  #nextUs(): number {
    return Math.min(...this.#sources().map(({ nextUs }) => nextUs));
  }

  #lastUs(): number {
    return Math.max(...this.#sources().map(({ lastUs }) => lastUs));
  }

  #share(): number {
    const sources = this.#sources();
    return sources.reduce((sum, { share }) => sum + share, 0) / Math.max(1, sources.length);
  }

  #events(): number {
    return this.#states.reduce((sum, { counts }) => sum + counts.events, 0);
  }
}

function isWithin({ fromUs, toUs }: TimeWindow, timeUs: number): boolean {
  return timeUs >= fromUs && timeUs < toUs;
}

/** Nothing where there is no row. */
function pickedPart(part: RowPart, isPicked: (row: number) => boolean): RowPart[] {
  const rows = Uint32Array.from({ length: part.length }, (_, row) => row).filter(isPicked);
  if (rows.length === part.length) return part.length === 0 ? [] : [part];
  if (rows.length === 0) return [];
  const gather = (columns: RowPart['columns']) => columns.map(column => gatherColumn(column, rows, rows.length));
  return [
    {
      length: rows.length,
      timeUs: gatherFloat64(part.timeUs, rows),
      key: gather(part.key),
      columns: gather(part.columns),
      ...(part.own === undefined ? {} : { own: gather(part.own) }),
    },
  ];
}

function added(sum: Summary, counts: Summary): Summary {
  const names = Object.keys(sum) as (keyof Summary)[]; // as: the names of its own members
  return Object.fromEntries(names.map(name => [name, sum[name] + counts[name]])) as Summary; // as: the same names
}

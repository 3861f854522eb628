import { type Clock, furthestUs, leastUs } from './timeline.ts';

/** What happened behind one of the sources, at an instant of its arrival clock. */
export type MergedRow = { readonly source: string; readonly arrivalUs: number };

/**
 * So many rows of a source may wait for others: behind that, it is not read until the others have come as far. What a round or
 * two make happen until that is known comes on top.
 */
export const MAX_WAITING_ROWS = 65_536;

/**
 * The one order of what happens behind several sources, on their arrival clocks (MEANING.md 5): a row waits until no source can
 * give another that comes before it. A source that has nothing to give is moved on by ticks, so it holds the others up for no
 * longer than its clock lags behind theirs. So the order follows from recorded input, however the sources are read.
 */
export class ArrivalMerge<Row extends MergedRow> {
  readonly #sources: ReadonlyMap<string, Clock>;
  readonly #compare: (a: Row, b: Row) => number;
  readonly #queues: Map<string, Row[]>; // by source; bound: MAX_WAITING_ROWS each
  readonly #leastUs = new Map<string, number>(); // of what waits of a source
  #waitingCount = 0;

  /** `compare`: rows of one instant, whichever source they are of. */
  constructor(sources: ReadonlyMap<string, Clock>, compare: (a: Row, b: Row) => number) {
    this.#sources = sources;
    this.#compare = compare;
    this.#queues = new Map([...sources.keys()].map(source => [source, []]));
  }

  /** How far all have come; Infinity: all are at their end. */
  get nowUs(): number {
    return leastUs(this.#sources.values());
  }

  /** How far the furthest has come. */
  get furthestUs(): number {
    return furthestUs(this.#sources.values());
  }

  get isEmpty(): boolean {
    return this.#waitingCount === 0;
  }

  /** All that waits, source by source, each in the order in which it happened. */
  get waiting(): readonly Row[] {
    return [...this.#queues.values()].flat();
  }

  /** Sources of which so much waits that they are not to be read on. */
  get full(): readonly string[] {
    return [...this.#queues].flatMap(([source, rows]) => (rows.length > MAX_WAITING_ROWS ? [source] : []));
  }

  add(row: Row): void {
    const { source, arrivalUs } = row;
    this.#queues.get(source)!.push(row);
    this.#waitingCount++;
    this.#leastUs.set(source, Math.min(this.#leastUs.get(source) ?? Infinity, arrivalUs));
  }

  /** Takes what happened before all sources have come to where they are, in order. */
  take(): Row[] {
    const { nowUs } = this;
    const due: Row[] = [];
    for (const [source, rows] of this.#queues) {
      if (rows.length === 0 || this.#leastUs.get(source)! >= nowUs) continue;
      const left: Row[] = [];
      for (const row of rows) (row.arrivalUs < nowUs ? due : left).push(row);
      this.#queues.set(source, left);
      this.#leastUs.set(
        source,
        left.reduce((us, { arrivalUs }) => Math.min(us, arrivalUs), Infinity),
      );
    }
    this.#waitingCount -= due.length;
    return due.sort((a, b) => a.arrivalUs - b.arrivalUs || this.#compare(a, b)); // stable
  }
}

import type { SymbolTable } from '../../batch.ts';
import type { RowPart, Series, SeriesReader } from '../../connector.ts';
import { assert } from '../../errors.ts';
import type { AlertChange } from '../../operator.ts';
import type { Rounds } from '../rounds.ts';
import type { ReviseAnswer, ReviseStep } from '../workers/worker-protocol.ts';
import type { Workers } from '../workers/workers.ts';
import type { Revised, RevisedKeys } from './host-revision.ts';
import type { LateMark } from './late-marks.ts';
import type { RevisionSlice } from './revision-slice.ts';
import { textOfKey } from './row-key.ts';
import { type KeyStretch, StoredEvents } from './stored-events.ts';
import { type ChangedRow, type RevisedFrom, StoredRows } from './stored-rows.ts';

export type RevisionRunOptions = {
  readonly slice: RevisionSlice;
  /** Of keys that one worker has. */
  readonly marks: readonly LateMark[];
  readonly keys: RevisedKeys;
  readonly worker: number;
  readonly workers: Workers;
  readonly rounds: Rounds;
  readonly symbols: SymbolTable;
  readonly reader: SeriesReader;
  readonly raw: Series;
  /** So much more is read than rows change: what looks back at rows is older, and alerts are. */
  readonly moreUs: number;
  /** By store node: the series whose rows change. */
  readonly derived: ReadonlyMap<string, Series>;
};

/** By store node. */
export type Changes = ReadonlyMap<string, readonly ChangedRow[]>;

/** One revision of some keys, from when their events are kept aside until the rows that differ are written. */
export class RevisionRun {
  readonly #options: RevisionRunOptions;
  readonly #rows: ReadonlyMap<string, StoredRows>; // by store node
  #arePassing = false;
  #isWhole = false;

  constructor(options: RevisionRunOptions) {
    const { marks, derived, symbols } = options;
    const keys = new Set(marks.map(({ key }) => textOfKey(key)));
    this.#options = options;
    this.#rows = new Map([...derived.keys()].map(store => [store, new StoredRows(keys, symbols)]));
  }

  /** Rows of a series are on their way to the store. */
  pass(store: string, parts: readonly RowPart[]): void {
    if (!this.#arePassing) return; // the store has them when it is read
    const rows = this.#rows.get(store);
    if (rows !== undefined) for (const part of parts) rows.pass(part);
  }

  /**
   * Resolves with whether it is done, or why nothing was changed. `write` is called between what rounds gave before the workers'
   * state was replaced and what they give after it.
   */
  async revise(write: (changes: Changes, alerts: readonly AlertChange[]) => Promise<void>): Promise<Revised['kind']> {
    const { slice, keys, rounds } = this.#options;
    const beginning = this.#step({ kind: 'begin', window: slice.window, keys });
    await this.#inOrder(async () => void (this.#arePassing = true)); // all that came before is durable
    const begun = await beginning;
    assert(begun.kind === 'begun', 'steps are answered in order');
    let from: RevisedFrom;
    try {
      from = await this.#read(begun.watermarkUs);
    } catch (error) {
      await this.#step({ kind: 'give-up' });
      throw error;
    }
    const ending = this.#step({ kind: 'end', isWhole: this.#isWhole, fromUs: Math.min(...from.values()) });
    let result: Revised['kind'] = 'revised';
    await this.#inOrder(async () => {
      this.#arePassing = false;
      const ended = await rounds.orFailed(ending);
      assert(
        ended.kind === 'revised' || ended.kind === 'too-much' || ended.kind === 'too-short',
        'steps are answered in order',
      );
      result = ended.kind;
      if (ended.kind === 'revised') await write(this.#changes(ended.rows, from), ended.alerts);
    });
    return result;
  }

  #changes(parts: readonly (RowPart & { readonly stream: string })[], from: RevisedFrom): Changes {
    const changes = new Map<string, readonly ChangedRow[]>();
    for (const [store, rows] of this.#rows) {
      const changed = rows.changesTo(
        parts.filter(({ stream }) => stream === store),
        from,
      );
      if (changed.length > 0) changes.set(store, changed);
    }
    return changes;
  }

  /** Gives what is stored of the keys to the worker, and finds the rows that are stored of them. From when on they may change. */
  async #read(watermarkUs: Float64Array): Promise<RevisedFrom> {
    const { slice, marks, reader, raw, derived, symbols, moreUs } = this.#options;
    await reader.settled?.(raw.stream);
    const events = new StoredEvents({ reader, series: raw, slice, symbols });
    const stretches: KeyStretch[] = [];
    const from = new Map<string, number>();
    const oldestUs = slice.rules.length === 0 ? LAST_US : await this.#oldestUs();
    for (const [i, { key, fromUs, first, last }] of marks.entries()) {
      const toUs = slice.rekey === null && watermarkUs[i]! > -Infinity ? watermarkUs[i]! : LAST_US; // a site may wait for what is read
      const startUs = await events.startFor(key, fromUs, slice.reach);
      from.set(textOfKey(key), startUs);
      const earlierUs = moreUs === 0 ? startUs : await events.startFor(key, startUs - moreUs, slice.reach);
      stretches.push({ key, fromUs: earlierUs, toUs, first, last });
    }
    this.#isWhole = stretches.every(({ fromUs }) => fromUs <= oldestUs);
    for (const [store, series] of derived) await this.#readRows(store, series, stretches);
    for await (const read of events.read(stretches)) await this.#step({ kind: 'events', ...read });
    return from;
  }

  /** The first event that is stored is no older. */
  async #oldestUs(): Promise<number> {
    const { reader, raw, symbols, marks } = this.#options;
    const keys = marks.map(({ key }) => key);
    for await (const { timeUs } of reader.read({
      series: raw,
      symbols,
      keys,
      fromUs: FIRST_US,
      toUs: LAST_US,
      pageRows: 1,
    }))
      return timeUs[0]!;
    return LAST_US;
  }

  async #readRows(store: string, series: Series, stretches: readonly KeyStretch[]): Promise<void> {
    const { reader, symbols } = this.#options;
    await reader.settled?.(series.stream);
    const pages = reader.read({
      series,
      symbols,
      keys: stretches.map(({ key }) => key),
      fromUs: Math.min(...stretches.map(({ fromUs }) => fromUs)),
      toUs: LAST_US,
      pageRows: PAGE_ROWS,
      hasVoid: true,
    });
    for await (const page of pages) this.#rows.get(store)!.add(page);
  }

  async #step(step: ReviseStep): Promise<ReviseAnswer> {
    return await this.#options.workers.revise(this.#options.worker, step);
  }

  /** Does something between what rounds give that were sent before, and what later ones give. */
  async #inOrder(step: () => Promise<void>): Promise<void> {
    const { rounds } = this.#options;
    const done = Promise.withResolvers<void>();
    rounds.then(async () => {
      await step();
      done.resolve();
    });
    await rounds.orFailed(done.promise);
  }
}

const LAST_US = Number.MAX_SAFE_INTEGER - 1;
const FIRST_US = -LAST_US;
/** Few, so that nothing waits long for a page. */
const PAGE_ROWS = 8_192;

import { type Column, createColumn, identityColumns, neededFields } from '../../batch.ts';
import type { Engine } from '../../engine.ts';
import { copyValue } from '../../state/columns.ts';
import type { BatchColumns } from '../workers/worker-protocol.ts';
import { type Revised, type RevisedKeys, rowsAt } from './host-revision.ts';
import { MOST_EVENTS } from './kept-aside.ts';
import type { RevisedSites } from './revised-sites.ts';
import type { RevisionSlice } from './revision-slice.ts';
import { Shadow, type ShadowOutput } from './shadow.ts';

/** An event of a site that is looked at again when all is known. */
type SiteEvent = {
  readonly site: number;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly columns: readonly Column[];
  readonly row: number;
};

/**
 * The past of some sites, computed again beside the engine that runs them, as HostRevision does that of a source's own keys. The
 * shadow's source has the site as its key. What a rekey has let go of follows from how far the site has come: events behind
 * that are held here, since they may wait there still, until the end says how far it is by then.
 */
export class SiteRevision {
  /** By site: what the live engine had done when this began; −Infinity: it does not know the site. */
  readonly watermarkUs: Float64Array;
  readonly #slice: RevisionSlice;
  readonly #keys: RevisedKeys;
  readonly #live: RevisedSites;
  readonly #sites: Int32Array; // by key, in the live engine
  readonly #reachedUs = new Map<number, number>(); // by site
  readonly #shadow: Shadow;
  readonly #by: readonly number[]; // of a batch
  readonly #sourceKey: readonly number[];
  readonly #identity: readonly number[];
  #held: SiteEvent[] = [];
  #isFull = false;

  constructor(options: {
    readonly slice: RevisionSlice;
    readonly keys: RevisedKeys;
    readonly live: RevisedSites;
    readonly createEngine: (output: ShadowOutput) => Engine;
  }) {
    const { slice, keys, live, createEngine } = options;
    this.#slice = slice;
    this.#keys = keys;
    this.#live = live;
    this.#shadow = new Shadow(slice.source.id, createEngine);
    const fields = neededFields(slice.source);
    const columnOf = (name: string) => fields.findIndex(field => field.name === name);
    this.#by = slice.key.map(({ name }) => columnOf(name));
    this.#sourceKey = slice.source.key.map(columnOf);
    this.#identity = identityColumns(slice.source);
    this.#sites = Int32Array.from({ length: keys.length }, (_, i) => live.find(keys.columns, i));
    this.watermarkUs = Float64Array.from(this.#sites, site => (site < 0 ? -Infinity : live.watermarkUs(site)));
    this.#sites.forEach((site, i) => site >= 0 && this.#reachedUs.set(site, this.watermarkUs[i]!));
    live.aside.begin([...this.#reachedUs.keys()]);
  }

  /** Stored events of these sites, in the order of (time, arrival), from one call to the next as well. */
  feed(events: BatchColumns): void {
    const by = this.#by.map(column => events.columns[column]!);
    const before: number[] = [];
    for (let row = 0; row < events.length; row++) {
      const site = this.#live.find(by, row);
      const timeUs = events.timeUs[row]!;
      const reachedUs = this.#reachedUs.get(site) ?? Infinity; // of a site that nobody knew all is over
      if (timeUs < reachedUs) before.push(row);
      else this.#hold({ site, timeUs, arrivalUs: events.arrivalUs[row]!, columns: events.columns, row });
    }
    this.#shadow.push(before.length === events.length ? events : rowsAt(events, Uint32Array.from(before)));
  }

  finish(): Revised {
    const { aside } = this.#live;
    const isFull = aside.isFull || this.#isFull;
    const kept = aside.end();
    if (isFull || this.#hasCome) return { kind: 'too-much' };
    const ofAside = kept.flatMap(({ length, keyIds, timeUs, arrivalUs, columns }) =>
      Array.from({ length }, (_, row): SiteEvent => {
        return { site: keyIds[row]!, timeUs: timeUs[row]!, arrivalUs: arrivalUs[row]!, columns, row };
      }),
    );
    const released = [
      ...ofAside.filter(event => this.#isReleased(event)),
      ...this.#held.filter(event => this.#isReleased(event) && this.#isHandled(event)),
    ];
    this.#held = [];
    this.#pushInOrder(released);
    for (let i = 0; i < this.#keys.length; i++) this.#moveOn(i);
    for (let i = 0; i < this.#keys.length; i++) this.#replace(i);
    return { kind: 'revised', rows: this.#shadow.rows, alerts: [] };
  }

  /** Nothing is changed. */
  giveUp(): void {
    this.#live.aside.end();
  }

  /** Whether one of them is known by now that was not: what came of it was not kept. */
  get #hasCome(): boolean {
    return this.#sites.some((site, i) => site < 0 && this.#live.find(this.#keys.columns, i) >= 0);
  }

  #hold(event: SiteEvent): void {
    if (this.#held.length >= MOST_EVENTS) this.#isFull = true;
    if (this.#isFull) this.#held = [];
    else this.#held.push(event);
  }

  /** What was behind the site when it came is late there, and another revision's. */
  #isReleased({ site, timeUs }: SiteEvent): boolean {
    return timeUs >= this.#reachedUs.get(site)! && timeUs <= this.#live.watermarkUs(site);
  }

  /** One at the very time of its site may wait for its own key still. */
  #isHandled({ site, timeUs, columns, row }: SiteEvent): boolean {
    if (timeUs < this.#live.watermarkUs(site)) return true;
    const key = this.#sourceKey.map(column => columns[column]!);
    return this.#live.hasHandled(key, row, timeUs);
  }

  /** Each once: what was kept aside may be stored by now. */
  #pushInOrder(events: readonly SiteEvent[]): void {
    const places = this.#identity;
    const [, sequence, item] = places;
    const numberAt = ({ columns, row }: SiteEvent, column: number) => Number(columns[column]!.values[row]);
    const known = new Set<string>();
    const inOrder = events
      .filter(({ columns, row }) => {
        const identity = places.map(column => columns[column]!.values[row]).join(' ');
        const isNew = !known.has(identity);
        known.add(identity);
        return isNew;
      })
      .sort(
        (a, b) =>
          a.timeUs - b.timeUs ||
          a.arrivalUs - b.arrivalUs ||
          numberAt(a, sequence!) - numberAt(b, sequence!) ||
          numberAt(a, item!) - numberAt(b, item!),
      );
    this.#shadow.push(this.#batchOf(inOrder));
  }

  #batchOf(events: readonly SiteEvent[]): BatchColumns {
    const times = Float64Array.from(events, ({ timeUs }) => timeUs);
    const columns = neededFields(this.#slice.source).map(({ type }, c) => {
      const column = createColumn(type, events.length);
      column.valid = new Uint8Array(events.length);
      events.forEach((event, i) => copyValue(event.columns[c]!, event.row, column, i));
      return column;
    });
    return { length: events.length, timeUs: times, arrivalUs: times, columns };
  }

  #moveOn(i: number): void {
    const id = this.#shadow.keys.find(this.#keys.columns, i);
    if (id < 0) return; // nothing of it is stored
    const site = this.#sites[i]!;
    const { lookUs, gapUs } = this.#slice.reach;
    // Of a site that is none any more everything is closed.
    this.#shadow.keys.moveTo(id, site < 0 ? this.#shadow.nowUs + lookUs + gapUs : this.#live.watermarkUs(site));
  }

  #replace(i: number): void {
    const site = this.#sites[i]!;
    const id = this.#shadow.keys.find(this.#keys.columns, i);
    if (site >= 0 && id >= 0) this.#live.replace(site, this.#shadow.keys.take(id, this.#slice.operators));
  }
}

import type { Frame } from '../operator.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import { BoundLog, BoundPairs } from './bound-log.ts';
import type { BoundValues } from './bound-values.ts';
import type { PartialMatches } from './partial-matches.ts';

const NONE = -1;

/** So many side by side are worth it: with fewer, to bind a row to each costs no more than to note it. */
const MIN_CROWD = 4;

/** Rows that are noted for each of them: then they are put to all, so that what is noted grows no faster than what is kept. */
const ROWS_EACH = 4;

/** Logs of crowds that are no more, for the next ones: their arrays cost more than what is written into them. */
const SPARE_LOGS = 4;

/** Partial matches of a key side by side in one state. Those in front are in it for longer, so that more rows are theirs. */
type Crowd = {
  first: number; // slots
  last: number;
  count: number;
  dueUs: number; // of the first that is due
  readonly log: BoundLog;
};

/**
 * Where many partial matches are in one state, a row that all of them bind is noted once, and put to each when it leaves: so an
 * event costs no more than with one of them, and what is dropped in the end has cost nothing. SASE and Flink share
 * buffers of events for this; here a note is what is kept of a row. benchmark: patterns (a key at which matches begin without end)
 */
export class Crowds {
  /** By slot. */
  readonly of: (Crowd | undefined)[] = [];
  #boundAt = new Float64Array(0); // by slot, the number of its first row in the log
  readonly #all = new Set<Crowd>();
  readonly #spareLogs: BoundLog[] = [];
  readonly #pairs = new BoundPairs();
  // Of those that are settled.
  #places = new Int32Array(0);
  #since = new Float64Array(0);
  readonly #matches: PartialMatches;
  readonly #values: BoundValues;
  readonly #copies: number;
  // Of those that stand by outside of crowds: side by side in one state.
  #runFirst = NONE;
  #runLast = NONE;
  #run = 0;

  constructor(matches: PartialMatches, values: BoundValues, copies: number) {
    this.#matches = matches;
    this.#values = values;
    this.#copies = copies;
  }

  reserve(slots: number): void {
    this.#boundAt = growFloat64(this.#boundAt, slots);
    while (this.of.length < slots) this.of.push(undefined);
  }

  /** Before the partial matches of a key are asked, one by one. */
  open(): void {
    this.#runLast = NONE;
  }

  /** One that is in no crowd, and that a row leaves where it is; `before`: the one before it in the list. */
  standBy(slot: number, before: number): void {
    const { state } = this.#matches;
    const isBeside = before !== NONE && state[before] === state[slot];
    const crowd = isBeside ? this.of[before] : undefined;
    if (crowd !== undefined) return this.#join(crowd, slot);
    const goesOn = isBeside && before === this.#runLast;
    this.#run = goesOn ? this.#run + 1 : 1;
    this.#runFirst = goesOn ? this.#runFirst : slot;
    this.#runLast = slot;
    if (this.#run === MIN_CROWD) this.#form(this.#runFirst, slot);
  }

  bind(crowd: Crowd, events: readonly number[], frame: Frame, row: number): void {
    const { log } = crowd;
    for (const event of events) log.append(event, frame, row);
    const most = ROWS_EACH * crowd.count;
    if (log.length <= most) return;
    log.letGo(this.#boundAt[crowd.first]!);
    if (log.length > most / 2) this.#settle(crowd);
  }

  /** The oldest of a key, before it is read for the last time. */
  settleOldest(slot: number): void {
    const crowd = this.of[slot];
    if (crowd !== undefined) this.#bindTo(crowd, 1);
  }

  /** The oldest of a key, before it is removed. */
  leaveOldest(slot: number): void {
    const crowd = this.of[slot];
    if (crowd === undefined) return;
    this.of[slot] = undefined;
    crowd.count--;
    if (crowd.count === 0) return this.#end(crowd);
    const { next, dueUs, isInOrder } = this.#matches;
    crowd.first = next[slot]!;
    crowd.dueUs = isInOrder ? dueUs[crowd.first]! : Infinity;
    if (isInOrder) return;
    for (const each of this.#slotsOf(crowd)) crowd.dueUs = Math.min(crowd.dueUs, dueUs[each]!);
  }

  /** Those beside this one are asked one by one. */
  dissolveAt(slot: number): void {
    const crowd = this.of[slot];
    if (crowd === undefined) return;
    this.#bindTo(crowd, crowd.count);
    for (const each of this.#slotsOf(crowd)) this.of[each] = undefined;
    this.#end(crowd);
  }

  /** All partial matches of the key have bound what is theirs. */
  settleAll(keyId: number): void {
    const { oldest, next } = this.#matches;
    for (let slot = oldest[keyId]!; slot !== NONE; slot = next[slot]!) {
      const crowd = this.of[slot];
      if (crowd === undefined) continue;
      this.#settle(crowd);
      slot = crowd.last;
    }
  }

  /** Before all partial matches of the key are removed. */
  forget(keyId: number): void {
    if (this.#all.size === 0) return;
    const { oldest, next } = this.#matches;
    for (let slot = oldest[keyId]!; slot !== NONE; slot = next[slot]!) {
      const crowd = this.of[slot];
      if (crowd === undefined) continue;
      this.of[slot] = undefined;
      if (slot === crowd.last) this.#end(crowd);
    }
  }

  get bytes(): number {
    let bytes = this.#boundAt.byteLength + 8 * this.of.length;
    for (const { log } of this.#all) bytes += log.bytes;
    for (const log of this.#spareLogs) bytes += log.bytes;
    return bytes;
  }

  #form(first: number, last: number): void {
    const crowd: Crowd = {
      first,
      last: first,
      count: 0,
      dueUs: Infinity,
      log: this.#spareLogs.pop() ?? new BoundLog(this.#values, this.#pairs),
    };
    this.#all.add(crowd);
    this.#join(crowd, first);
    while (crowd.last !== last) this.#join(crowd, this.#matches.next[crowd.last]!);
  }

  /** The one behind its last. */
  #join(crowd: Crowd, slot: number): void {
    this.of[slot] = crowd;
    this.#boundAt[slot] = crowd.log.endAt;
    crowd.last = slot;
    crowd.count++;
    crowd.dueUs = Math.min(crowd.dueUs, this.#matches.dueUs[slot]!);
  }

  #settle(crowd: Crowd): void {
    const { log } = crowd;
    this.#bindTo(crowd, crowd.count);
    for (const slot of this.#slotsOf(crowd)) this.#boundAt[slot] = log.endAt;
    log.letGo(log.endAt);
  }

  /** What is noted goes to so many of them, from the first on. */
  #bindTo({ first, log }: Crowd, count: number): void {
    if (log.length === 0) return;
    const { next } = this.#matches;
    const places = (this.#places = growInt32(this.#places, count));
    const since = (this.#since = growFloat64(this.#since, count));
    for (let i = 0, slot = first; i < count; i++, slot = next[slot]!) {
      places[i] = slot * this.#copies;
      since[i] = this.#boundAt[slot]!;
    }
    log.bindTo({ places, since, length: count });
  }

  #end(crowd: Crowd): void {
    this.#all.delete(crowd);
    if (this.#spareLogs.length === SPARE_LOGS) return;
    crowd.log.letGo(crowd.log.endAt);
    this.#spareLogs.push(crowd.log);
  }

  *#slotsOf({ first, count }: Crowd): Iterable<number> {
    let slot = first;
    for (let i = 0; i < count; i++) {
      yield slot;
      slot = this.#matches.next[slot]!;
    }
  }
}

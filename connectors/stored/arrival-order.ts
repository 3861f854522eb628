import type { SymbolTable } from '../../engine/batch.ts';
import { type EventRows, joinedRows, pickedRows } from './event-rows.ts';

/**
 * Puts events that come in order of their time into the order in which they arrived. What waits is what arrived later than
 * the latest time that was read: with a delay d of the devices and r events a second, r · d of them.
 *
 * Calls: `add`, then `take` with the arrival before which nothing more comes; Infinity at the end. Cost: each event is sorted
 * once, and again each time that half as many have come as wait.
 */
export class ArrivalOrder {
  readonly #symbols: SymbolTable;
  #parts: EventRows[] = []; // what waits first
  #waiting = 0; // rows that were sorted before
  #fresh = 0; // rows since

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Rows that have not been taken. */
  get length(): number {
    return this.#waiting + this.#fresh;
  }

  add(rows: EventRows): void {
    if (rows.length === 0) return;
    this.#parts.push(rows);
    this.#fresh += rows.length;
  }

  /** Those that arrived before, in their order; null: it is better to ask again when more has come. */
  take(beforeUs: number): EventRows | null {
    if (this.#parts.length === 0) return null;
    if (beforeUs < Infinity && this.#fresh * 2 < this.#waiting) return null;
    const all = joinedRows(this.#parts);
    const places = this.#places(all);
    let count = 0;
    while (count < places.length && all.arrivalUs[places[count]!]! < beforeUs) count++;
    this.#parts = count === places.length ? [] : [pickedRows(all, places.subarray(count))];
    this.#waiting = places.length - count;
    this.#fresh = 0;
    return pickedRows(all, places.subarray(0, count));
  }

  #places(rows: EventRows): Uint32Array {
    const places = new Uint32Array(rows.length);
    for (let i = 0; i < places.length; i++) places[i] = i;
    return places.sort((a, b) => compareArrivals(placeOf(rows, a), placeOf(rows, b), this.#symbols) || a - b);
  }
}

/** Where an event, or what was none, stands in the order of arrival. */
export type ArrivalPlace = {
  readonly arrivalUs: number;
  readonly source: number; // a symbol
  readonly sequence: number;
  readonly item: number;
};

export function placeOf({ arrivalUs, source, sequence, item }: EventRows, row: number): ArrivalPlace {
  return { arrivalUs: arrivalUs[row]!, source: source[row]!, sequence: sequence[row]!, item: item[row]! };
}

export function compareArrivals(a: ArrivalPlace, b: ArrivalPlace, symbols: SymbolTable): number {
  if (a.arrivalUs !== b.arrivalUs) return a.arrivalUs - b.arrivalUs;
  if (a.source !== b.source) return symbols.textOf(a.source) < symbols.textOf(b.source) ? -1 : 1;
  return a.sequence - b.sequence || a.item - b.item;
}

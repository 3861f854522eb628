import type { Column, SymbolTable } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { growInt32 } from '../../state/growable.ts';
import type { EqualsGuard } from './guard.ts';
import type { RowFinder } from './row-finder.ts';
import type { Seat } from './seat.ts';

/** Rules of which each is about rows with certain values of a column. */
export class RowsByValue implements RowFinder {
  readonly #slot: number;
  readonly #symbols: SymbolTable;
  readonly #groups: Seat[][] = [[]]; // of one value each; the first is of all others
  #groupOfSymbol: Int32Array = new Int32Array(0); // by id
  readonly #groupOf = new Map<string | number, number>(); // of other values
  #values: Column | undefined; // of the open frame

  constructor({ slot, symbols }: { readonly slot: number; readonly symbols: SymbolTable }) {
    this.#slot = slot;
    this.#symbols = symbols;
  }

  add(seat: Seat, { type, values }: EqualsGuard): void {
    for (const value of values) {
      if (type === 'symbol') this.#groupForSymbol(this.#symbols.idOf(String(value))).push(seat);
      else this.#groupFor(value).push(seat);
    }
  }

  remove(seat: Seat): void {
    this.#groups.forEach((group, i) => (this.#groups[i] = group.filter(other => other !== seat)));
  }

  open(frame: Frame): void {
    this.#values = frame.columns[this.#slot];
  }

  /** benchmark: throughput/1000-equalities */
  mark({ length }: Frame, marks: Uint8Array): void {
    const { values, valid, type } = this.#values!;
    const groups = this.#groups;
    const ofSymbols = type === 'symbol' ? this.#groupOfSymbol : undefined;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      // as: of a symbol it is the id; beyond the array's end there is no group
      const group = (ofSymbols === undefined ? this.#groupOf.get(value) : ofSymbols[value as number]) ?? 0;
      if (group === 0 || (valid !== undefined && valid[i] === 0)) continue;
      const seats = groups[group]!;
      for (let n = 0; n < seats.length; n++) {
        if (!seats[n]!.readsQuiet && !seats[n]!.isCandidate(i)) continue;
        marks[i] = 1;
        break;
      }
    }
  }

  seatAt(row: number, n: number): Seat | undefined {
    const { values, valid, type } = this.#values!;
    if (valid !== undefined && valid[row] === 0) return undefined;
    const value = values[row]!;
    const group = type === 'symbol' ? this.#groupOfSymbol[value as number] : this.#groupOf.get(value); // as: its id
    return this.#groups[group ?? 0]![n];
  }

  #groupForSymbol(id: number): Seat[] {
    this.#groupOfSymbol = growInt32(this.#groupOfSymbol, id + 1);
    if (this.#groupOfSymbol[id] === 0) this.#groupOfSymbol[id] = this.#groups.push([]) - 1;
    return this.#groups[this.#groupOfSymbol[id]!]!;
  }

  #groupFor(value: string | number): Seat[] {
    let group = this.#groupOf.get(value);
    if (group === undefined) this.#groupOf.set(value, (group = this.#groups.push([]) - 1));
    return this.#groups[group]!;
  }
}

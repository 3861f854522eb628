import type { Column, SymbolColumn, SymbolTable } from '../../batch.ts';
import type { PlacesOfRows } from '../../expression/compile.ts';
import type { Frame } from '../../operator.ts';
import { growInt32 } from '../../state/growable.ts';
import type { ConditionForm } from './condition-forms.ts';
import type { EqualsGuard } from './guard.ts';
import type { Findable, RowFinder } from './row-finder.ts';

/** Rules or filters of which each is about rows with certain values of a column. Those of one value are a group. */
export class RowsByValue<Seat extends Findable> implements RowFinder<Seat> {
  readonly #slot: number;
  readonly #symbols: SymbolTable;
  readonly #groups: Seat[][] = [[]]; // the first is of all other values, and of what is no row
  #groupOfSymbol: Int32Array = new Int32Array(0); // by id
  readonly #groupOf = new Map<string | number, number>(); // of other values
  #tests: Tests | undefined; // made when no more are added
  #groupOfRow: Int32Array = new Int32Array(0); // of the open frame

  constructor({ slot, symbols }: { readonly slot: number; readonly symbols: SymbolTable }) {
    this.#slot = slot;
    this.#symbols = symbols;
  }

  add(seat: Seat, { type, values }: EqualsGuard): void {
    for (const value of values) {
      if (type === 'symbol') this.#groupForSymbol(this.#symbols.idOf(String(value))).push(seat);
      else this.#groupFor(value).push(seat);
    }
    this.#tests = undefined;
  }

  remove(seat: Seat): void {
    this.#groups.forEach((group, i) => (this.#groups[i] = group.filter(other => other !== seat)));
    this.#tests = undefined;
  }

  open({ length, columns, rows }: Frame): void {
    const column = columns[this.#slot]!;
    this.#groupOfRow = growInt32(this.#groupOfRow, length);
    if (column.type === 'symbol') this.#groupSymbols(column, length);
    else this.#groupValues(column, length);
    if (rows !== undefined) this.#keepWhere(rows, length);
  }

  mark({ length }: Frame, marks: Uint8Array): void {
    this.#tests ??= testsOf(this.#groups);
    if (this.#tests.always !== null) markGroups(this.#groupOfRow, this.#tests.always, length, marks);
    for (const { form, ...places } of this.#tests.byForm) {
      form.mark({ groupOfRow: this.#groupOfRow, ...places }, marks);
    }
  }

  /** After `mark`: where it has marked a row, the condition of the only one that may have something to see there is true. */
  get isSure(): boolean {
    return this.#tests!.isSure;
  }

  seatAt(row: number, n: number): Seat | undefined {
    return this.#groups[this.#groupOfRow[row]!]![n];
  }

  #groupSymbols({ values, valid }: SymbolColumn, length: number): void {
    this.#groupOfSymbol = growInt32(this.#groupOfSymbol, this.#symbols.size);
    const groupOfSymbol = this.#groupOfSymbol;
    const groupOfRow = this.#groupOfRow;
    for (let i = 0; i < length; i++) groupOfRow[i] = groupOfSymbol[values[i]!]!;
    if (valid !== undefined) this.#keepWhere(valid, length);
  }

  #groupValues({ values, valid }: Column, length: number): void {
    for (let i = 0; i < length; i++) {
      const isThere = valid === undefined || valid[i] === 1;
      this.#groupOfRow[i] = isThere ? (this.#groupOf.get(values[i]!) ?? 0) : 0;
    }
  }

  /** Entries where there is a 0 are in the first group. */
  #keepWhere(bytes: Uint8Array, length: number): void {
    const groupOfRow = this.#groupOfRow;
    for (let i = 0; i < length; i++) groupOfRow[i]! *= bytes[i]!;
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

type Tests = {
  readonly byForm: readonly (Omit<PlacesOfRows, 'groupOfRow'> & { readonly form: ConditionForm })[];
  /** By group, 1 where one sees each of its rows; null: none does. */
  readonly always: Uint8Array | null;
  readonly isSure: boolean;
};

function testsOf(groups: readonly (readonly Findable[])[]): Tests {
  const always = Uint8Array.from(groups, seats => (seats.some(({ readsQuiet }) => readsQuiet) ? 1 : 0));
  const all = groups.flatMap((seats, group) =>
    always[group] === 1 ? [] : seats.flatMap(({ levels }) => levels.map(level => ({ group, ...level }))),
  );
  const byForm = [...Map.groupBy(all, ({ form }) => form)].map(([form, entries]) => {
    const firstOf = new Int32Array(groups.length);
    const nextOf = new Int32Array(entries.length + 1);
    entries.forEach(({ group }, i) => {
      nextOf[i + 1] = firstOf[group]!;
      firstOf[group] = i + 1;
    });
    return { form, firstOf, nextOf, placeOf: Int32Array.from([0, ...entries.map(({ place }) => place)]) };
  });
  const isSure = groups.every(seats => seats.length === 0 || (seats.length === 1 && seats[0]!.levels.length === 1));
  return { byForm, always: always.includes(1) ? always : null, isSure };
}

function markGroups(groupOfRow: Int32Array, isMarked: Uint8Array, length: number, marks: Uint8Array): void {
  for (let i = 0; i < length; i++) marks[i]! |= isMarked[groupOfRow[i]!]!;
}

import type { Column, FloatColumn, SymbolColumn, SymbolTable } from '../../batch.ts';
import type { GroupedRows, PlacesOfRows } from '../../expression/compile.ts';
import type { Frame } from '../../operator.ts';
import { growInt32, growUint32 } from '../../state/growable.ts';
import type { ConditionForm } from './condition-forms.ts';
import { type EqualsGuard, guardsOfAny, type LimitGuard } from './guard.ts';
import type { Findable, RowFinder } from './row-finder.ts';
import { rowsBeyond, signOf } from './rows-beyond.ts';

/**
 * Rules or filters of which each is about rows with certain values of a column. Those of one value are a group. Where all of them
 * have a limit as well, only rows beyond the lowest one are looked at: of a thousand, each of one device and too hot, these are few.
 */
export class RowsByValue<Seat extends Findable> implements RowFinder<Seat> {
  readonly #slot: number;
  readonly #slotOf: (column: string) => number;
  readonly #symbols: SymbolTable;
  readonly #groups: Seat[][] = [[]]; // the first is of all other values, and of what is no row
  #groupOfSymbol: Int32Array = new Int32Array(0); // by id
  readonly #groupOf = new Map<string | number, number>(); // of other values
  #limits: readonly LimitGuard[] | undefined; // that all of them have; absent: there are none yet
  #tests: Tests | undefined; // made when no more are added
  #rowsBeyond: Uint32Array = new Uint32Array(0);
  #rows: Uint32Array = new Uint32Array(0); // of the open frame, that are looked at: these, or all
  #rowCount = 0;
  #groupOfRow: Int32Array = new Int32Array(0); // of other rows it is the first

  constructor(
    { column }: EqualsGuard,
    { slotOf, symbols }: { slotOf(column: string): number; readonly symbols: SymbolTable },
  ) {
    this.#slot = slotOf(column);
    this.#slotOf = slotOf;
    this.#symbols = symbols;
  }

  add(seat: Seat, { type, values, limits }: EqualsGuard): void {
    for (const value of values) {
      if (type === 'symbol') this.#groupForSymbol(this.#symbols.idOf(String(value))).push(seat);
      else this.#groupFor(value).push(seat);
    }
    this.#limits = guardsOfAny([this.#limits ?? limits, limits]);
    this.#tests = undefined;
  }

  remove(seat: Seat): void {
    this.#groups.forEach((group, i) => (this.#groups[i] = group.filter(other => other !== seat)));
    this.#tests = undefined;
  }

  open(frame: Frame): void {
    const { length, columns, rows } = frame;
    this.#tests ??= testsOf(this.#groups);
    this.#groupOfRow = growInt32(this.#groupOfRow, length);
    this.#lookAt(frame);
    const column = columns[this.#slot]!;
    if (column.type === 'symbol') this.#groupSymbols(column);
    else this.#groupValues(column);
    if (rows !== undefined) this.#keepWhere(rows);
  }

  mark(_: Frame, marks: Uint8Array): void {
    const { always, byForm } = this.#tests!;
    const rows = { found: this.#rows, foundCount: this.#rowCount, groupOfRow: this.#groupOfRow };
    if (always !== null) markGroups(rows, always, marks);
    for (const { form, ...places } of byForm) form.mark({ ...rows, ...places }, marks);
  }

  /** After `mark`: where it has marked a row, the condition of the only one that may have something to see there is true. */
  get isSure(): boolean {
    return this.#tests!.isSure;
  }

  seatAt(row: number, n: number): Seat | undefined {
    return this.#groups[this.#groupOfRow[row]!]![n];
  }

  #lookAt({ length, columns }: Frame): void {
    const [limit] = this.#limits ?? [];
    if (limit === undefined || this.#tests!.always !== null) {
      this.#rows = allRows(length);
      this.#rowCount = length;
      return;
    }
    const { values } = columns[this.#slotOf(limit.column)] as FloatColumn; // as: what has a limit is a number
    this.#groupOfRow.fill(0, 0, length);
    this.#rowsBeyond = growUint32(this.#rowsBeyond, length);
    this.#rows = this.#rowsBeyond;
    this.#rowCount = rowsBeyond({ values, limit: limit.limit, sign: signOf(limit.kind) }, length, this.#rows);
  }

  #groupSymbols({ values, valid }: SymbolColumn): void {
    this.#groupOfSymbol = growInt32(this.#groupOfSymbol, this.#symbols.size);
    const groupOfSymbol = this.#groupOfSymbol;
    const groupOfRow = this.#groupOfRow;
    const rows = this.#rows;
    const count = this.#rowCount;
    for (let n = 0; n < count; n++) groupOfRow[rows[n]!] = groupOfSymbol[values[rows[n]!]!]!;
    if (valid !== undefined) this.#keepWhere(valid);
  }

  #groupValues({ values, valid }: Column): void {
    for (let n = 0; n < this.#rowCount; n++) {
      const row = this.#rows[n]!;
      const isThere = valid === undefined || valid[row] === 1;
      this.#groupOfRow[row] = isThere ? (this.#groupOf.get(values[row]!) ?? 0) : 0;
    }
  }

  /** Entries where there is a 0 are in the first group. */
  #keepWhere(bytes: Uint8Array): void {
    const groupOfRow = this.#groupOfRow;
    for (let n = 0; n < this.#rowCount; n++) groupOfRow[this.#rows[n]!]! *= bytes[this.#rows[n]!]!;
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
  readonly byForm: readonly (Omit<PlacesOfRows, keyof GroupedRows> & { readonly form: ConditionForm })[];
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

function markGroups({ found, foundCount, groupOfRow }: GroupedRows, isMarked: Uint8Array, marks: Uint8Array): void {
  for (let n = 0; n < foundCount; n++) marks[found[n]!]! |= isMarked[groupOfRow[found[n]!]!]!;
}

let rowNumbers: Uint32Array = new Uint32Array(0);

/** The first rows of any frame. */
function allRows(length: number): Uint32Array {
  if (rowNumbers.length < length) rowNumbers = growUint32(rowNumbers, length).map((_, row) => row);
  return rowNumbers;
}

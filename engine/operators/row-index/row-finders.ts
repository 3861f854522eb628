import type { SymbolTable } from '../../batch.ts';
import type { View } from '../../operator.ts';
import { slotOf } from '../slot-of.ts';
import { placeOf } from './best-guards.ts';
import type { Guard } from './guard.ts';
import type { Findable, RowFinder } from './row-finder.ts';
import { RowsByLimit } from './rows-by-limit.ts';
import { RowsByValue } from './rows-by-value.ts';

/** The finders of an index: one for each column by whose values, or limits, some are found. */
export class RowFinders<Seat extends Findable> {
  byValue: readonly RowsByValue<Seat>[] = [];
  byLimit: readonly RowsByLimit<Seat>[] = [];
  /** Both. */
  all: readonly RowFinder<Seat>[] = [];
  readonly #slotOf: (column: string) => number;
  readonly #symbols: SymbolTable;
  readonly #byValueAt = new Map<string, RowsByValue<Seat>>();
  readonly #byLimitAt = new Map<string, RowsByLimit<Seat>>();

  constructor({ input, symbols }: { readonly input: View; readonly symbols: SymbolTable }) {
    this.#slotOf = column => slotOf(input, column);
    this.#symbols = symbols;
  }

  add(guard: Guard, seat: Seat): void {
    const place = placeOf(guard);
    if (guard.kind === 'equals') {
      let finder = this.#byValueAt.get(place);
      if (finder === undefined)
        this.#byValueAt.set(place, (finder = new RowsByValue(guard, { slotOf: this.#slotOf, symbols: this.#symbols })));
      finder.add(seat, guard);
    } else {
      let finder = this.#byLimitAt.get(place);
      if (finder === undefined) this.#byLimitAt.set(place, (finder = new RowsByLimit(guard, { slotOf: this.#slotOf })));
      finder.add(seat, guard);
    }
    this.byValue = [...this.#byValueAt.values()];
    this.byLimit = [...this.#byLimitAt.values()];
    this.all = [...this.byValue, ...this.byLimit];
  }

  remove(seat: Seat): void {
    for (const finder of this.all) finder.remove(seat);
  }
}

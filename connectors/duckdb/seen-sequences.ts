import { SERIES_FIELDS } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';

/**
 * Whether a row of a raw or rejected series may be of an event that was written before. Events of a source come in the order
 * of its sequences, but for those of one write, which several workers may have had among them.
 */
export class SeenSequences {
  readonly #places: readonly [source: number, sequence: number, item: number]; // among the columns of its own
  readonly #last = new Map<string, Last>(); // by source, of which there are few
  #lastId = -1;
  #lastSource = ''; // of that id

  constructor(kind: 'raw' | 'rejected') {
    const place = (name: string) => SERIES_FIELDS[kind].findIndex(field => field.name === name);
    this.#places = [place('source'), place('seq'), place('item')];
  }

  /** Takes rows of one write in; true where one of them may repeat another. */
  mayRepeat(parts: readonly RowPart[], symbols: SymbolTable): boolean {
    const highest = new Map<string, Last>();
    let isRepeat = false;
    this.#lastId = -1; // an id may have another text now
    for (const { own, length } of parts) {
      const [source, sequences, items] = this.#places.map(place => own![place]!) as [Column, Column, Column]; // as: three
      assert(
        source.type === 'symbol' && sequences.type === 'int' && items.type === 'int',
        'series of events have these',
      );
      for (let row = 0; row < length; row++) {
        if (isNull(source, row) || isNull(sequences, row)) {
          isRepeat = true;
          continue;
        }
        const name = this.#nameOf(source.values[row]!, symbols);
        const sequence = sequences.values[row]!;
        const item = items.values[row]!;
        const last = this.#last.get(name);
        if (last !== undefined && !isBehind(sequence, item, last)) isRepeat = true;
        const top = highest.get(name);
        if (top === undefined) highest.set(name, { sequence, item });
        else if (isBehind(sequence, item, top)) {
          top.sequence = sequence;
          top.item = item;
        }
      }
    }
    for (const [name, top] of highest) {
      const last = this.#last.get(name);
      if (last === undefined || isBehind(top.sequence, top.item, last)) this.#last.set(name, top);
    }
    return isRepeat;
  }

  #nameOf(id: number, symbols: SymbolTable): string {
    if (id !== this.#lastId) {
      this.#lastSource = symbols.textOf(id);
      this.#lastId = id;
    }
    return this.#lastSource;
  }
}

type Last = { sequence: number; item: number };

function isBehind(sequence: number, item: number, last: Last): boolean {
  return sequence > last.sequence || (sequence === last.sequence && item > last.item);
}

function isNull({ valid }: Column, row: number): boolean {
  return valid !== undefined && valid[row] === 0;
}

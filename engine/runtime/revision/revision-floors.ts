import type { SymbolTable } from '../../batch.ts';
import type { RowColumns } from '../row-batch.ts';
import { keyTextAt } from './row-key.ts';

/** A row that was taken back had this revision: one that takes its place has a higher one. Plain data. */
export type RevisionFloor = {
  readonly stream: string;
  readonly key: string;
  readonly timeUs: number;
  readonly revision: number;
};

/**
 * Rows that were taken back, and may come once more: two sessions have become one that is still open. Of a key those that are
 * behind its last row, which none comes before.
 */
export class RevisionFloors {
  readonly #symbols: SymbolTable;
  readonly #floors = new Map<string, Map<string, RevisionFloor[]>>(); // by stream and key

  constructor(symbols: SymbolTable, stored: readonly RevisionFloor[]) {
    this.#symbols = symbols;
    for (const floor of stored) this.add(floor);
  }

  get state(): readonly RevisionFloor[] {
    return [...this.#floors.values()].flatMap(ofStream => [...ofStream.values()].flat());
  }

  add(floor: RevisionFloor): void {
    let ofStream = this.#floors.get(floor.stream);
    if (ofStream === undefined) this.#floors.set(floor.stream, (ofStream = new Map()));
    if (ofStream.size >= MOST_KEYS) ofStream.delete(ofStream.keys().next().value!); // its next row has a lower revision
    const ofKey = ofStream.get(floor.key) ?? [];
    ofStream.set(floor.key, [...ofKey.filter(({ timeUs }) => timeUs !== floor.timeUs), floor].slice(-MOST_ROWS));
  }

  /** Rows of this stream as they are to be written. */
  above(part: RowColumns): RowColumns {
    const ofStream = this.#floors.get(part.stream);
    if (ofStream === undefined || ofStream.size === 0) return part;
    const revisions = new Map<number, number>(); // by row
    for (let row = 0; row < part.length && ofStream.size > 0; row++) {
      const key = keyTextAt(part.key, row, this.#symbols);
      const floors = ofStream.get(key);
      if (floors === undefined) continue;
      const timeUs = part.timeUs[row]!;
      const floor = floors.find(each => each.timeUs === timeUs);
      if (floor !== undefined) revisions.set(row, floor.revision + 1);
      const left = floors.filter(each => each.timeUs > timeUs);
      if (left.length > 0) ofStream.set(key, left);
      else ofStream.delete(key);
    }
    return revisions.size === 0 ? part : withRevisions(part, revisions);
  }
}

function withRevisions(part: RowColumns, revisions: ReadonlyMap<number, number>): RowColumns {
  const [own, isVoid] = part.own ?? [];
  const values = Float64Array.from({ length: part.length }, (_, row) =>
    Math.max(Number(own?.values[row] ?? 0), revisions.get(row) ?? 0),
  );
  return {
    ...part,
    own: [
      { type: 'int', values, valid: undefined },
      isVoid ?? { type: 'bool', values: new Uint8Array(part.length), valid: undefined },
    ],
  };
}

/** Beyond it the oldest is let go of. */
const MOST_KEYS = 100_000;
const MOST_ROWS = 1_000;

import type { Column, SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';

/**
 * Whether a row may have the time and the key of one that came before: most never do, and then nothing has to be looked for
 * in the table. Hashes of what came lately are kept, `MOST_HASHES` of them; of what is older only the newest time.
 */
export class SeenRows {
  #floorUs: number; // nothing at or above it has come but what is in `#hashes`
  #newestUs: number;
  #hashes = new Set<number>();

  /** `newestUs`: of the rows that are there already. */
  constructor(newestUs: number) {
    this.#newestUs = newestUs;
    this.#floorUs = newestUs + 1;
  }

  /** Takes rows in; true where one of them may repeat another. */
  mayRepeat(parts: readonly RowPart[], symbols: SymbolTable): boolean {
    let isRepeat = false;
    for (const { length, timeUs, key } of parts) {
      for (let row = 0; row < length; row++) {
        const time = timeUs[row]!;
        if (time > this.#newestUs) this.#newestUs = time;
        if (time < this.#floorUs) {
          isRepeat = true;
          continue;
        }
        const hash = hashOf(time, key, row, symbols);
        if (this.#hashes.has(hash)) isRepeat = true;
        else this.#hashes.add(hash);
      }
    }
    if (this.#hashes.size > MOST_HASHES) {
      this.#hashes = new Set();
      this.#floorUs = this.#newestUs + 1;
    }
    return isRepeat;
  }
}

/** 53 bits. Texts by their bytes: the id of a symbol may be given to another one. */
function hashOf(timeUs: number, key: readonly Column[], row: number, symbols: SymbolTable): number {
  let low = timeUs >>> 0;
  let high = (timeUs / 2 ** 32) >>> 0;
  for (const column of key) {
    if (column.valid !== undefined && column.valid[row] === 0) {
      low = Math.imul(low ^ 0x55, 0x01000193);
    } else if (column.type === 'symbol') {
      const id = column.values[row]!;
      const from = symbols.startOf(id);
      const end = from + (symbols.lengthOf(id) >>> 1);
      for (let at = from; at < end; at++) {
        low = Math.imul(low ^ symbols.bytes[at]!, 0x01000193);
        high = Math.imul(high, 31) + symbols.bytes[at]!;
      }
    } else if (column.type === 'string') {
      const text = column.values[row]!;
      for (let at = 0; at < text.length; at++) {
        low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
        high = Math.imul(high, 31) + text.charCodeAt(at);
      }
    } else {
      scratch[0] = column.values[row]! + 0; // −0 is 0 to DuckDB
      low = Math.imul(low ^ scratchWords[0]!, 0x01000193);
      high = Math.imul(high ^ scratchWords[1]!, 31) + scratchWords[0]!;
    }
    low = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d);
  }
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);
const MOST_HASHES = 262_144;

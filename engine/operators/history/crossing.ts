import type { Column } from '../../batch.ts';
import type { Snapshot } from '../../operator.ts';
import { writeNull, writeNumber } from '../../state/column-writer.ts';
import { gatherUint8, scatterUint8 } from '../../state/gather.ts';
import { growUint8 } from '../../state/growable.ts';
import type { Past } from './past.ts';

const UNKNOWN = 0;
const BELOW = 1;
const ABOVE = 2;

/** `crosses(x, limit)`: the side of the limit on which x was last. A reading at the limit is on neither, and changes nothing. */
export class Crossing implements Past {
  readonly bytesPerKey = 1;
  #side = new Uint8Array(0);

  reserve(keyCount: number): void {
    this.#side = growUint8(this.#side, keyCount);
  }

  pass(key: number, _timeUs: number, argument: Column, row: number, output: Column, limit?: Column): void {
    if (limit === undefined || isNull(argument, row) || isNull(limit, row)) {
      writeNull(output, row);
      return;
    }
    const value = argument.values[row]!;
    const bound = limit.values[row]!;
    const before = this.#side[key]!;
    const side = value > bound ? ABOVE : value < bound ? BELOW : before;
    if (before === UNKNOWN) writeNull(output, row);
    else writeNumber(output, row, side === before ? 0 : 1);
    this.#side[key] = side;
  }

  passOver(_key: number, _timeUs: number, row: number, output: Column): void {
    writeNull(output, row);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return { side: gatherUint8(this.#side, keyIds) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterUint8(snapshot['side'] as Uint8Array, keyIds, this.#side);
  }

  forget(key: number): void {
    this.#side[key] = UNKNOWN;
  }

  get stateBytes(): number {
    return this.#side.byteLength;
  }
}

function isNull({ valid }: Column, row: number): boolean {
  return valid !== undefined && valid[row] === 0;
}

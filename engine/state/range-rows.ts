import { assert } from '../errors.ts';
import type { Snapshot } from '../operator.ts';
import type { RangeRing, TextChannel } from './range-ring.ts';

/**
 * A ring's rows in and out of snapshots: flat, key by key, of each key the oldest first. Rows are counted from where the
 * ring counts, so nothing of it depends on ids, places, or how many rows there have been.
 */

/** Which of a snapshot's rows are whose: the next `rows[i]` those of key `keyIds[i]`; −1: they are left out. */
export type SavedRows = { readonly rows: Uint32Array; readonly keyIds: Int32Array };

/** Times, and how the rows are divided among keys, and these into front and back. */
export function snapshotRows(ring: RangeRing, keyIds: Uint32Array): Snapshot {
  const { heads, tails, boundaries } = ring;
  const rows = new Uint32Array(keyIds.length);
  const fronts = new Uint32Array(keyIds.length);
  for (let i = 0; i < keyIds.length; i++) {
    const key = keyIds[i]!;
    rows[i] = tails[key]! - heads[key]!;
    fronts[i] = boundaries[key]! - heads[key]!;
  }
  return { rows, fronts, times: copyNumbers(ring, 0, keyIds) };
}

/** Of keys that have no rows yet. The other values are restored by `fillNumbers` and `fillTexts`. */
export function restoreRows(ring: RangeRing, snapshot: Snapshot, keyIds: Int32Array): SavedRows {
  const rows = snapshot['rows'] as Uint32Array;
  const fronts = snapshot['fronts'] as Uint32Array;
  const times = snapshot['times'] as Float64Array;
  eachKey({ rows, keyIds }, (key, first, rowCount, i) => {
    assert(fronts[i]! <= rowCount, 'the front is part of the range');
    ring.open(key, rowCount);
    for (let n = 0; n < rowCount; n++) ring.push(key, times[first + n]!);
    ring.boundaries[key] = ring.heads[key]! + fronts[i]!;
  });
  return { rows, keyIds };
}

/** The doubles at `offset` of these keys' rows. */
export function copyNumbers(ring: RangeRing, offset: number, keyIds: Uint32Array): Float64Array {
  const { heads, tails, bases, masks, width } = ring;
  let count = 0;
  for (const key of keyIds) count += tails[key]! - heads[key]!;
  const numbers = new Float64Array(count);
  let to = 0;
  for (const key of keyIds) {
    const rows = ring.rowsOf(key);
    for (let row = heads[key]!; row < tails[key]!; row++) {
      numbers[to++] = rows[(bases[key]! + (row & masks[key]!)) * width + offset]!;
    }
  }
  return numbers;
}

export function copyTexts(ring: RangeRing, channel: TextChannel, keyIds: Uint32Array): (string | null)[] {
  const { heads, tails } = ring;
  const texts: (string | null)[] = [];
  for (const key of keyIds) {
    for (let row = heads[key]!; row < tails[key]!; row++) {
      texts.push(ring.textOf(key, row, channel));
    }
  }
  return texts;
}

export function fillNumbers(ring: RangeRing, offset: number, numbers: Float64Array, saved: SavedRows): void {
  const { heads, bases, masks, width } = ring;
  eachKey(saved, (key, first, rowCount) => {
    const rows = ring.rowsOf(key);
    for (let n = 0; n < rowCount; n++) {
      rows[(bases[key]! + ((heads[key]! + n) & masks[key]!)) * width + offset] = numbers[first + n]!;
    }
  });
}

export function fillTexts(
  ring: RangeRing,
  channel: TextChannel,
  texts: readonly (string | null)[],
  saved: SavedRows,
): void {
  const { heads } = ring;
  eachKey(saved, (key, first, rowCount) => {
    for (let n = 0; n < rowCount; n++) {
      ring.setText(key, heads[key]! + n, { channel, text: texts[first + n]! });
    }
  });
}

/** `first`: where in the snapshot its rows begin. */
function eachKey(
  { rows, keyIds }: SavedRows,
  visit: (key: number, first: number, rowCount: number, index: number) => void,
): void {
  let first = 0;
  for (let i = 0; i < keyIds.length; i++) {
    if (keyIds[i]! >= 0) visit(keyIds[i]!, first, rows[i]!, i);
    first += rows[i]!;
  }
}

import type { Column } from '../batch.ts';

/** Rows of a batch: start … end−1. */
export type RowRange = { readonly start: number; readonly end: number };

/**
 * Writes a hash of each row's key and values: the same where all of them are equal, null to null and −0 to 0. Column by
 * column, with one loop for each type of array, as in gather.ts.
 */
export function hashRows(
  keyIds: Uint32Array,
  columns: readonly Column[],
  { start, end }: RowRange,
  hashes: Uint32Array,
): void {
  for (let i = start; i < end; i++) hashes[i - start] = mixed(SEED, keyIds[i]!);
  for (const column of columns) mixColumn(hashes, column, start, end);
}

const SEED = 0x811c_9dc5;
const NULL = 0x9747_b28c;

/** Every bit depends on all bits of both: small numbers differ in few bits of their doubles. lowbias32 of C. Wellons. */
function mixed(hash: number, word: number): number {
  let bits = hash ^ word;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb_352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846c_a68b);
  return bits ^ (bits >>> 16);
}

function mixColumn(hashes: Uint32Array, column: Column, start: number, end: number): void {
  switch (column.type) {
    case 'string':
      return mixTexts(hashes, column.values, column.valid, start, end);
    case 'symbol':
      return mixWords(hashes, column.values, column.valid, start, end);
    case 'bool':
    case 'quality':
    case 'severity':
      return mixBytes(hashes, column.values, column.valid, start, end);
    default:
      return mixDoubles(hashes, column.values, column.valid, start, end);
  }
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

function mixDoubles(
  hashes: Uint32Array,
  values: Float64Array,
  valid: Uint8Array | undefined,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const hash = hashes[i - start]!;
    double[0] = values[i]! + 0; // −0 + 0 is 0
    hashes[i - start] = valid?.[i] === 0 ? mixed(hash, NULL) : mixed(mixed(hash, halves[0]!), halves[1]!);
  }
}

function mixWords(
  hashes: Uint32Array,
  values: Uint32Array,
  valid: Uint8Array | undefined,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    hashes[i - start] = mixed(hashes[i - start]!, valid?.[i] === 0 ? NULL : values[i]!);
  }
}

function mixBytes(
  hashes: Uint32Array,
  values: Uint8Array,
  valid: Uint8Array | undefined,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    hashes[i - start] = mixed(hashes[i - start]!, valid?.[i] === 0 ? NULL : values[i]!);
  }
}

function mixTexts(
  hashes: Uint32Array,
  values: readonly string[],
  valid: Uint8Array | undefined,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const hash = hashes[i - start]!;
    hashes[i - start] = valid?.[i] === 0 ? mixed(hash, NULL) : mixedText(hash, values[i]!);
  }
}

function mixedText(hash: number, text: string): number {
  for (let at = 0; at < text.length; at++) hash = mixed(hash, text.charCodeAt(at));
  return mixed(hash, text.length);
}

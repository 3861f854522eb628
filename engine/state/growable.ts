/** Typed arrays that grow: the same array where it is long enough, else a copy of at least twice the length. */

/** Of all of them, which are as long as each other. V8 keeps 64 bytes in its heap, and thousands of rules have a dozen each. */
const FIRST = 8;

export function growFloat64<B extends ArrayBufferLike>(
  array: Float64Array<B>,
  length: number,
  fill = 0,
): Float64Array<B | ArrayBuffer> {
  if (array.length >= length) return array;
  const grown = new Float64Array(Math.max(length, array.length * 2, FIRST));
  grown.set(array);
  if (fill !== 0) grown.fill(fill, array.length);
  return grown;
}

export function growInt32<B extends ArrayBufferLike>(
  array: Int32Array<B>,
  length: number,
  fill = 0,
): Int32Array<B | ArrayBuffer> {
  if (array.length >= length) return array;
  const grown = new Int32Array(Math.max(length, array.length * 2, FIRST));
  grown.set(array);
  if (fill !== 0) grown.fill(fill, array.length);
  return grown;
}

export function growUint32<B extends ArrayBufferLike>(
  array: Uint32Array<B>,
  length: number,
): Uint32Array<B | ArrayBuffer> {
  if (array.length >= length) return array;
  const grown = new Uint32Array(Math.max(length, array.length * 2, FIRST));
  grown.set(array);
  return grown;
}

export function growUint8<B extends ArrayBufferLike>(
  array: Uint8Array<B>,
  length: number,
): Uint8Array<B | ArrayBuffer> {
  if (array.length >= length) return array;
  const grown = new Uint8Array(Math.max(length, array.length * 2, FIRST));
  grown.set(array);
  return grown;
}

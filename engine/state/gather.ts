type TypedArray = Float64Array | Uint32Array | Int32Array | Uint8Array;
type Places = Uint32Array;

/**
 * What snapshots and batches are made of: the values at these places, in this order, in an array of the caller's own.
 * With a `width` a place is that many values side by side, from `place * width` on. All places are within the array.
 *
 * One loop for each type of array: a loop that has seen several takes three times as long (1 ns a value so). benchmark:
 * recovery
 */

export function gatherFloat64(from: Float64Array, places: Places, width = 1): Float64Array {
  const to = new Float64Array(places.length * width);
  if (width > 1) return gatherWidely(from, places, { to, width });
  for (let i = 0; i < places.length; i++) to[i] = from[places[i]!]!;
  return to;
}

export function gatherUint32(from: Uint32Array, places: Places, width = 1): Uint32Array {
  const to = new Uint32Array(places.length * width);
  if (width > 1) return gatherWidely(from, places, { to, width });
  for (let i = 0; i < places.length; i++) to[i] = from[places[i]!]!;
  return to;
}

export function gatherInt32(from: Int32Array, places: Places, width = 1): Int32Array {
  const to = new Int32Array(places.length * width);
  if (width > 1) return gatherWidely(from, places, { to, width });
  for (let i = 0; i < places.length; i++) to[i] = from[places[i]!]!;
  return to;
}

export function gatherUint8(from: Uint8Array, places: Places, width = 1): Uint8Array {
  const to = new Uint8Array(places.length * width);
  if (width > 1) return gatherWidely(from, places, { to, width });
  for (let i = 0; i < places.length; i++) to[i] = from[places[i]!]!;
  return to;
}

/** The way back: what was gathered goes to these places of `to`, which has room for them; −1: it is left out. */

export function scatterFloat64(from: Float64Array, places: Int32Array, to: Float64Array, width = 1): void {
  scatter(from, places, { to, width });
}

export function scatterUint32(from: Uint32Array, places: Int32Array, to: Uint32Array, width = 1): void {
  scatter(from, places, { to, width });
}

export function scatterInt32(from: Int32Array, places: Int32Array, to: Int32Array, width = 1): void {
  scatter(from, places, { to, width });
}

export function scatterUint8(from: Uint8Array, places: Int32Array, to: Uint8Array, width = 1): void {
  scatter(from, places, { to, width });
}

function gatherWidely<T extends TypedArray>(from: T, places: Places, { to, width }: { to: T; width: number }): T {
  let at = 0;
  for (let i = 0; i < places.length; i++) {
    const first = places[i]! * width;
    for (let j = 0; j < width; j++) to[at++] = from[first + j]!;
  }
  return to;
}

function scatter<T extends TypedArray>(from: T, places: Int32Array, { to, width }: { to: T; width: number }): void {
  for (let i = 0; i < places.length; i++) {
    if (places[i]! < 0) continue;
    const first = places[i]! * width;
    for (let j = 0; j < width; j++) to[first + j] = from[i * width + j]!;
  }
}

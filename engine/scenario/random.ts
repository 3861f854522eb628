/** Numbers in [0, 1) that depend on the seed's text alone: mulberry32, seeded by FNV-1a. */
export function createRandom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A draw with mean 0 and deviation 1, nearly normal: twelve uniform ones, less 6. Additions only, so that it is the
 * same to the last bit everywhere, which logarithms and cosines are not.
 */
export function drawNormal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** Equal to the last bit: plain data, in which 0 and −0 are different, and the order of members counts. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const left = Object.entries(a);
  const right = Object.entries(b);
  if (Array.isArray(a) !== Array.isArray(b) || left.length !== right.length) return false;
  return left.every(([name, value], i) => right[i]![0] === name && isSame(value, right[i]![1]));
}

/** A tree without its places, so that two texts of one meaning compare equal. */
export function plainTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTree);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'span');
  return Object.fromEntries(entries.map(([name, part]) => [name, plainTree(part)]));
}

/** Whether every subject that `filter` takes is one of `pattern`. */
export function covers(pattern: string, filter: string): boolean {
  const [outer, inner] = [pattern.split('.'), filter.split('.')];
  for (let i = 0; i < outer.length; i++) {
    if (outer[i] === '>') return inner.length > i;
    if (i >= inner.length || inner[i] === '>') return false;
    if (outer[i] !== '*' && outer[i] !== inner[i]) return false;
  }
  return outer.length === inner.length;
}

/** Whether some subject fits both. */
export function meets(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === '>' || b[i] === '>') return true;
    if (a[i] !== '*' && b[i] !== '*' && a[i] !== b[i]) return false;
  }
  return a.length === b.length;
}

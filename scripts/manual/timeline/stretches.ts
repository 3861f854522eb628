type Stretch<T> = { readonly fromUs: number; readonly toUs: number; readonly value: T };

/** Values that stand from their event until the next one, or the end: a stretch for each change. */
export function stretches<T>(
  said: readonly { readonly atUs: number; readonly value: T }[],
  endUs: number,
): Stretch<T>[] {
  const changes = said.filter(({ value }, index) => index === 0 || value !== said[index - 1]!.value);
  return changes.map(({ atUs, value }, index) => ({ fromUs: atUs, toUs: changes[index + 1]?.atUs ?? endUs, value }));
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Whole units: `30 d`. */
export function durationText(seconds: number): string {
  const [name, size] = UNITS.find(([, unit]) => seconds >= unit)!;
  return `${seconds / size} ${name}`;
}

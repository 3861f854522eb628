/** `90s` for 90,000,000 µs: in the greatest unit that divides it, else in several. Whole milliseconds. */
export function durationText(us: number): string {
  let rest = Math.round(us / 1000) * 1000;
  const whole = UNITS.find(([, sizeUs]) => rest > 0 && rest % sizeUs === 0);
  if (whole !== undefined && rest / whole[1] <= 120) return `${rest / whole[1]}${whole[0]}`;
  let text = '';
  for (const [unit, sizeUs] of UNITS) {
    const count = Math.floor(rest / sizeUs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * sizeUs;
  }
  return text === '' ? '0s' : text;
}

/** The next round duration that is at least so long: 1, 2, 5, 10, 15, 30 of a unit. */
export function roundUpUs(us: number): number {
  return ROUND_US.find(roundUs => roundUs >= us) ?? Math.ceil(us / DAY_US) * DAY_US;
}

/** A round duration near it: one of the usual ones, else of two digits. A millisecond at least. */
export function roundUs(us: number): number {
  const usualUs = ROUND_US.find(roundedUs => Math.abs(us - roundedUs) <= roundedUs / 20);
  if (usualUs !== undefined) return usualUs;
  const digitUs = Math.max(10 ** (Math.floor(Math.log10(us)) - 1), MS_US);
  return Math.max(Math.round(us / digitUs) * digitUs, MS_US);
}

export const MS_US = 1_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

const UNITS = [
  ['d', DAY_US],
  ['h', HOUR_US],
  ['m', MINUTE_US],
  ['s', SECOND_US],
  ['ms', MS_US],
] as const;

const ROUND_US: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map(count => count * MS_US),
  ...[1, 2, 5, 10, 15, 30].map(count => count * SECOND_US),
  ...[1, 2, 5, 10, 15, 30].map(count => count * MINUTE_US),
  ...[1, 2, 3, 6, 12].map(count => count * HOUR_US),
  ...[1, 2, 3, 7, 14, 28].map(count => count * DAY_US),
];

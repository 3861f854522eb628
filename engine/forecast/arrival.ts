/** What is said of a limit that is not being approached: ten years, which is longer than any. */
export const NEVER_US = 3650 * 86_400_000_000;

const MINUTE_US = 60_000_000;

/** As people read it: in whole seconds, below a minute in milliseconds. */
export function roundedTime(us: number): number {
  const step = us < MINUTE_US ? 1000 : 1_000_000;
  return Math.min(NEVER_US, Math.round(us / step) * step);
}

export type TimeUnitWarning = { readonly code: 'MR4018'; readonly message: string; readonly hint: string };

/**
 * Of a stream whose first event lies in 1970 as its time is read, and in our days with a larger unit: seconds read
 * `as ms` are no error, and no alarm would come of them. Times that count from 0 pass.
 */
export function timeUnitWarning({
  stream,
  format,
  timeUs,
}: {
  readonly stream: string;
  readonly format: string | null;
  readonly timeUs: number;
}): TimeUnitWarning | null {
  const sizeNs = UNITS_NS.find(([unit]) => unit === format)?.[1];
  if (sizeNs === undefined || timeUs >= YEAR_1971_US) return null;
  for (const [unit, unitNs] of UNITS_NS) {
    const otherUs = (timeUs / sizeNs) * unitNs;
    if (unitNs <= sizeNs || otherUs < YEAR_2000_US || otherUs > YEAR_2100_US) continue;
    return {
      code: 'MR4018',
      message: `the first event of ${stream} is of 1970 when its time is read as ${format}`,
      hint: `read as ${unit} it is of ${new Date(otherUs / 1000).getUTCFullYear()}: is that what you mean?`,
    };
  }
  return null;
}

const UNITS_NS: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
];
const YEAR_1971_US = 31_536_000_000_000;
const YEAR_2000_US = 946_684_800_000_000;
const YEAR_2100_US = 4_102_444_800_000_000;

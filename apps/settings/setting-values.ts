/** `500MB` in bytes; KB, MB, GB and TB are powers of 1,000, KiB and so on of 1,024. Null where it is no size. */
export function bytesOf(value: unknown): number | null {
  return quantity(value, BYTES_OF_UNIT);
}

/** `7d` in microseconds. Null where it is no duration. */
export function usOf(value: unknown): number | null {
  return quantity(value, US_OF_UNIT);
}

/** `2000000`, `500k` or `2M`, at least 1. Null where it is no such number. */
export function countOf(value: unknown): number | null {
  if (typeof value === 'number') return value >= 1 && Number.isSafeInteger(value) ? value : null;
  return quantity(value, COUNT_OF_UNIT);
}

function quantity(value: unknown, units: ReadonlyMap<string, number>): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(typeof value === 'string' ? value : '');
  const unit = units.get(match?.[2] ?? '');
  const amount = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  return amount > 0 && Number.isSafeInteger(amount) ? amount : null;
}

const BYTES_OF_UNIT = new Map(
  ['K', 'M', 'G', 'T'].flatMap((letter, index) => [
    [`${letter}B`, 1000 ** (index + 1)],
    [`${letter}iB`, 1024 ** (index + 1)],
  ]),
);

const COUNT_OF_UNIT = new Map([
  ['k', 1e3],
  ['K', 1e3],
  ['M', 1e6],
]);

const US_OF_UNIT = new Map([
  ['ms', 1e3],
  ['s', 1e6],
  ['m', 60e6],
  ['h', 3_600e6],
  ['d', 86_400e6],
  ['w', 604_800e6],
]);

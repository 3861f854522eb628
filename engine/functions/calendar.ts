import type { ScalarFunction } from './function.ts';
import { zoneOffsetUs } from './zone.ts';

const MINUTE_US = 60_000_000;
const HOUR_US = 3_600_000_000;
const DAY_US = 86_400_000_000;

/** Of event time in a zone, default UTC; in a zone that does not exist, null. */
export const calendarFunctions = {
  hour_of_day: {
    result: 'number',
    evaluate: (timeUs: number, zone = 'UTC') => Math.floor(within(localUs(timeUs, zone), DAY_US) / HOUR_US),
  },
  minute_of_hour: {
    result: 'number',
    evaluate: (timeUs: number, zone = 'UTC') => Math.floor(within(localUs(timeUs, zone), HOUR_US) / MINUTE_US),
  },
  /** ISO: 1 is Monday, 7 is Sunday. The epoch was a Thursday. */
  day_of_week: {
    result: 'number',
    evaluate: (timeUs: number, zone = 'UTC') => within(dayOf(localUs(timeUs, zone)) + 3, 7) + 1,
  },
  day_of_month: {
    result: 'number',
    evaluate: (timeUs: number, zone = 'UTC') => civil(dayOf(localUs(timeUs, zone))).day,
  },
  month: { result: 'number', evaluate: (timeUs: number, zone = 'UTC') => civil(dayOf(localUs(timeUs, zone))).month },
  year: { result: 'number', evaluate: (timeUs: number, zone = 'UTC') => civil(dayOf(localUs(timeUs, zone))).year },
} satisfies Record<string, ScalarFunction>;

function localUs(timeUs: number, zone: string): number {
  return timeUs + zoneOffsetUs(timeUs, zone);
}

function dayOf(localTimeUs: number): number {
  return Math.floor(localTimeUs / DAY_US);
}

function within(x: number, size: number): number {
  return x - size * Math.floor(x / size);
}

/** Days since 1970 → date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
function civil(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const days = daysSinceEpoch + 719_468; // since 1 March of year 0
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

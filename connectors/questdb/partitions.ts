import type { Series } from '../../engine/connector.ts';

export type PartitionUnit = 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';

/** How long a table is kept: whole partitions. */
export type TimeToLive = { readonly count: number; readonly unit: PartitionUnit };

const HOUR_US = 3_600e6;
const DAY_US = 24 * HOUR_US;
const UNIT_US = { HOUR: HOUR_US, DAY: DAY_US, WEEK: 7 * DAY_US } as const;

/**
 * From ten to about a hundred partitions: each is a folder that is removed as a whole, and the newest are rewritten where
 * rows come late. What is kept for ever goes by day where it is of single events and large, by month where it is not.
 */
export function partitionUnit({ keepUs, kind }: Pick<Series, 'keepUs' | 'kind'>): PartitionUnit {
  if (keepUs === null) return kind === 'derived' ? 'MONTH' : 'DAY';
  if (keepUs <= 2 * DAY_US) return 'HOUR';
  if (keepUs <= 120 * DAY_US) return 'DAY';
  return keepUs <= 2 * 366 * DAY_US ? 'WEEK' : 'MONTH';
}

/** The fewest whole partitions that are never shorter than `keepUs`. */
export function timeToLive(keepUs: number, unit: PartitionUnit): TimeToLive {
  if (unit !== 'MONTH') return { count: Math.max(1, Math.ceil(keepUs / UNIT_US[unit])), unit };
  let count = Math.max(1, Math.floor(keepUs / (31 * DAY_US)));
  while (shortestMonthsUs(count) < keepUs) count++;
  return { count, unit };
}

/** That many months in a row have at least so many days: February is in them, and no leap day. */
function shortestMonthsUs(count: number): number {
  const years = Math.floor(count / 12);
  let shortest = 0;
  if (count % 12 > 0) {
    shortest = Infinity;
    for (let start = 0; start < 12; start++) {
      let days = 0;
      for (let month = 0; month < count % 12; month++) days += DAYS[(start + month) % 12]!;
      shortest = Math.min(shortest, days);
    }
  }
  return (years * 365 + shortest) * DAY_US;
}

/** As the catalogue says it, where a week may stand for seven days and a year for twelve months. */
export function sameTimeToLive(
  wanted: TimeToLive | null,
  found: { readonly count: number; readonly unit: string },
): boolean {
  if (wanted === null || found.count === 0) return wanted === null && found.count === 0;
  return plain(wanted) === plain(found);
}

function plain({ count, unit }: { readonly count: number; readonly unit: string }): string {
  if (unit === 'MONTH' || unit === 'YEAR') return `${unit === 'YEAR' ? count * 12 : count} months`;
  const hours = { HOUR: 1, DAY: 24, WEEK: 168 }[unit] ?? Number.NaN;
  return `${count * hours} hours`;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

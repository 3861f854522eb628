import type { Spread } from '../spread.ts';

/** What of a result stands in docs/history.md. */
export type ReplayResult = {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly hour: {
    readonly rows: number;
    readonly values: number;
    readonly fileBytes: number;
    readonly seconds: Spread;
    readonly valuesPerSecond: Spread;
    readonly dayMinutes: Spread;
  };
  readonly sideBySide: {
    readonly events: number;
    readonly messageBytes: number;
    readonly parquetPerSecond: Spread;
    readonly jetstreamPerSecond: Spread;
    readonly ratio: Spread;
  };
};

const BEGIN = '<!-- replay: written by `npm run bench -- replay` -->';
const END = '<!-- /replay -->';

/** A page with the tables in the place of those that it had. */
export function withTables(page: string, result: ReplayResult): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tablesOf(result)}\n${page.slice(end)}`;
}

/** As Markdown. */
export function tablesOf({ machine, hour, sideBySide }: ReplayResult): string {
  return `| ${count(hour.rows)} rows of 20 sensors, ${count(hour.values)} values, ${count(hour.fileBytes / 1e6)} MB of Parquet | median | of five passes |
|---|---|---|
| replayed in | ${cells(hour.seconds, 1, ' s')} |
| values a second | ${cells(hour.valuesPerSecond, 0)} |
| a day, as 24 times the hour | ${cells(hour.dayMinutes, 1, ' min')} |

| ${count(sideBySide.events)} of these rows, one after the other | median | of five pairs |
|---|---|---|
| rows a second from Parquet | ${cells(sideBySide.parquetPerSecond, 0)} |
| rows a second from JetStream, each a JSON message of ${count(sideBySide.messageBytes)} bytes | ${cells(sideBySide.jetstreamPerSecond, 0)} |
| Parquet is faster | ${cells(sideBySide.ratio, 1, ' ×')} |

One thread of ${machine['cpu']} (${machine['cores']} cores), Node ${machine['node']}.
`;
}

function cells({ median, least, greatest }: Spread, digits: number, unit = ''): string {
  const text = (value: number) => `${count(value, digits)}${unit}`;
  return `${text(median)} | ${text(least)} … ${text(greatest)}`;
}

function count(value: number, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

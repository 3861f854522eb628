import { type Command, Option } from 'commander';
import { readScalar, type Scalar, SymbolTable } from '../../engine/batch.ts';
import { SERIES_FIELDS } from '../../dsl/plan.ts';
import type { Connector, RowPart, Series } from '../../engine/connector.ts';
import { isoTime } from '../../connectors/codecs/output-lines.ts';
import { collect } from './collect.ts';
import { CommandLineError } from './command-line-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { keyValues } from './key-values.ts';
import { onInterrupt } from './on-interrupt.ts';
import { readSettings } from '../settings/settings.ts';
import { duckDbFileOf, storeOf } from './store-option.ts';
import { type Cell, type FormatOptions, formatOf, TableOutput } from './table-output.ts';
import { timeOf } from './time-option.ts';

export function addSeriesCommand(program: Command): void {
  program
    .command('series')
    .description('read a stored series back, in order of time and key')
    .argument('<name>', 'a stream that is stored; of what it rejects: NAME_rejected')
    .option('--key <key>', 'only this key; of several fields, separated by commas (repeatable)', collect, [])
    .option('--from <time>', 'not before: 2025-03-10, "2025-03-10 08:00", "1h ago" (default: the beginning)')
    .option('--to <time>', 'before this time (default: the end)')
    .option('--store <where>', 'as for `run` (default: `store` of millrace.yaml, or `duckdb`)')
    .addOption(new Option('--json', 'one JSON object a line').conflicts('csv'))
    .option('--csv', 'CSV with a header')
    .option('--export <file>', 'write FILE.parquet or FILE.csv; of a DuckDB file only')
    .action(async (name: string, options: SeriesOptions) => {
      process.exitCode = await showSeries(name, options);
    });
}

type SeriesOptions = FormatOptions & {
  readonly key: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly store?: string;
  readonly export?: string;
};

type Range = { readonly fromUs: number; readonly toUs: number };

async function showSeries(name: string, options: SeriesOptions): Promise<ExitCode> {
  const settings = readSettings();
  const where = options.store ?? settings.store ?? 'duckdb';
  const range = rangeOf(options, Date.now() * 1_000);
  const reader = await storeIn(where, storeOf(where, settings.questdb)).openReader!();
  const interrupt = onInterrupt();
  try {
    const series = await reader.find(name);
    if (series === null) throw noSeries(name, where);
    const keys = options.key.length === 0 ? undefined : options.key.map(key => keyOf(key, series));
    if (options.export !== undefined) {
      const path = duckDbFileOf(where);
      const { exportSeries } = await import('../../connectors/duckdb/export-series.ts');
      await exportSeries(path, { series, ...(keys === undefined ? {} : { keys }), ...range, file: options.export });
      return EXIT.ok;
    }
    const symbols = new SymbolTable();
    const output = new TableOutput(columnsOf(series), formatOf(options));
    const pages = reader.read({
      series,
      symbols,
      ...(keys === undefined ? {} : { keys }),
      ...range,
      pageRows: PAGE_ROWS,
    });
    for await (const page of pages) {
      output.rows(rowsOf(page, symbols));
      await output.drained(interrupt.signal);
      if (interrupt.signal.aborted) break;
    }
    output.end();
  } finally {
    await reader.close();
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

function storeIn(where: string, store: Connector | 'none' | 'missing'): Connector {
  if (typeof store !== 'string' && store.openReader !== undefined) return store;
  throw new CommandLineError(
    'MR7002',
    `nothing is stored in ${where}`,
    'name a store: --store duckdb or --store questdb',
  );
}

function rangeOf({ from, to }: SeriesOptions, nowUs: number): Range {
  const fromUs = from === undefined ? 0 : timeOf(from, { option: '--from', nowUs });
  const toUs = to === undefined ? Number.MAX_SAFE_INTEGER : timeOf(to, { option: '--to', nowUs });
  return { fromUs, toUs };
}

/** A value for each field of the key, by its type. Errors: MR7052. */
function keyOf(text: string, { stream, key }: Series): readonly Scalar[] {
  const values = keyValues(text, key);
  if (values !== null) return values;
  const names = key.map(({ name, type }) => `${name} (${type})`).join(', ');
  throw new CommandLineError(
    'MR7052',
    `--key ${JSON.stringify(text)} is no key of ${stream}`,
    key.length === 0 ? 'the series has no key' : `the key is ${names}: a value for each, separated by commas`,
  );
}

function noSeries(name: string, where: string): CommandLineError {
  return new CommandLineError(
    'MR7051',
    `${where} has no series ${JSON.stringify(name)}`,
    'a `store` statement makes one, and a run with this store writes it',
  );
}

function columnsOf({ key, fields, kind }: Series): string[] {
  return ['time', ...[...key, ...fields, ...SERIES_FIELDS[kind]].map(({ name }) => name)];
}

function rowsOf(page: RowPart, symbols: SymbolTable): Cell[][] {
  const own = page.own!; // as readers give it
  const shape = [...page.key, ...page.columns, ...own];
  return Array.from({ length: page.length }, (_, row) => [
    isoTime(page.timeUs[row]!),
    ...shape.map(column => {
      const value = readScalar(column, row, symbols);
      return column.type === 'time' && typeof value === 'number' ? isoTime(value) : value;
    }),
  ]);
}

const PAGE_ROWS = 10_000;

import { type Command, Option } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { onInterrupt } from './on-interrupt.ts';
import { readSettings } from '../settings/settings.ts';
import { duckDbFileOf } from './store-option.ts';
import { type FormatOptions, formatOf, TableOutput } from './table-output.ts';

export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .description('run SQL over the series of a DuckDB file; nothing in it is changed')
    .argument('<sql>', 'a statement; series are views of their names')
    .option('--store <where>', '`duckdb` or `duckdb:FILE` (default: `store` of millrace.yaml, or `duckdb`)')
    .addOption(new Option('--json', 'one JSON object a line').conflicts('csv'))
    .option('--csv', 'CSV with a header')
    .action(async (sql: string, options: QueryOptions) => {
      process.exitCode = await query(sql, options);
    });
}

type QueryOptions = FormatOptions & { readonly store?: string };

async function query(sql: string, options: QueryOptions): Promise<ExitCode> {
  const path = duckDbFileOf(options.store ?? readSettings().store);
  const { runQuery } = await import('../../connectors/duckdb/query.ts'); // only commands that need it load it
  const interrupt = onInterrupt();
  const { columns, pages, close } = await runQuery(path, sql);
  const output = new TableOutput(columns, formatOf(options));
  try {
    for await (const page of pages) {
      output.rows(page);
      await output.drained(interrupt.signal);
      if (interrupt.signal.aborted) break;
    }
  } finally {
    output.end();
    await close();
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

import { type Command, InvalidArgumentError } from 'commander';
import { usOf } from '../../settings/setting-values.ts';
import { collect } from '../collect.ts';
import { WORKERS_FORM, workersOf, type WorkersSetting } from '../worker-count.ts';

/** Which stretch of the past rules are run over, and how: options that all commands over history have. */
export type StretchOptions = {
  readonly from?: string;
  readonly to?: string;
  readonly key: readonly string[];
  readonly source: readonly string[];
  readonly store?: string;
  readonly workers?: WorkersSetting;
  readonly warmUp?: number;
};

export function addStretchOptions(command: Command): Command {
  return command
    .option('--from <time>', 'tell what happened from then on: 2025-03-10, "1h ago" (default: the beginning)')
    .option('--to <time>', 'before this time (default: the end of what there is)')
    .option('--key <key>', 'only this key: `device=m1`, or `m1` (repeatable)', collect, [])
    .option('--source <name=file>', 'read a stream from this file: NDJSON, CSV, Parquet (repeatable)', collect, [])
    .option('--store <where>', 'where raw series are, as for `run` (default: `store` of millrace.yaml, or `duckdb`)')
    .option('--workers <count>', 'threads that share the keys: 0 to 16, or `auto` (default)', parseWorkers)
    .option(
      '--warm-up <duration>',
      'begin to read so long before --from (default: as far as the rules look back)',
      parseUs,
    );
}

function parseWorkers(text: string): WorkersSetting {
  const workers = workersOf(text);
  if (workers === null) throw new InvalidArgumentError(`It is not ${WORKERS_FORM}.`);
  return workers;
}

function parseUs(text: string): number {
  const us = usOf(text);
  if (us === null) throw new InvalidArgumentError('It is a duration, such as 30m or 7d.');
  return us;
}

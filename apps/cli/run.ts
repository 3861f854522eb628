import { type Command, InvalidArgumentError, Option } from 'commander';
import { runJob } from '../../engine/runtime/job.ts';
import { alertColumns } from './alert-columns.ts';
import { writeCodedMessage } from './coded-message.ts';
import { collect } from './collect.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { jobOfSettings } from './job-of-settings.ts';
import { JsonOutput } from './json-output.ts';
import { onInterrupt } from './on-interrupt.ts';
import { printable } from './printable.ts';
import { RecentReadings } from './recent-readings.ts';
import { usOf } from '../settings/setting-values.ts';
import { readSettings } from '../settings/settings.ts';
import { RunReport } from './run-report.ts';
import { ShownRows } from './shown-rows.ts';
import { sourceOverrides } from './source-overrides.ts';
import { parseSpeed, type Speed } from './speed-option.ts';
import { storeOf } from './store-option.ts';
import { TextOutput } from './text-output.ts';
import { workerCount, WORKERS_FORM, workersOf, type WorkersSetting } from './worker-count.ts';

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run rules over their sources; several files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .option(
      '--source <name=address>',
      'read a stream from a file, `journal:NAME`, `nats:SUBJECT`, `simulator:…`, or `-`: NDJSON (repeatable)',
      collect,
      [],
    )
    .option('--print <stream>', 'show the rows of a stream (repeatable)', collect, [])
    .option('--speed <speed>', 'replay at event time: 1x is real time, 60x a minute a second, max', parseSpeed, 'max')
    .option('--json', 'standard output is one JSON object a line and nothing else')
    .option('--sparkline', 'show the readings around each alert')
    .option('--report <file>', 'write a page with the alerts and the series behind them: one HTML file')
    .option('--state <dir>', 'keep state here between runs (default: nothing is kept, or `state` of millrace.yaml)')
    .option(
      '--store <where>',
      'keep series in `duckdb[:FILE]`, `questdb[:http://HOST:PORT]`, or `none`: leave them out',
    )
    .addOption(new Option('--follow', 'wait for more lines at the end of a file, as `tail -f` does').conflicts('once'))
    .option('--once', 'end when live sources have nothing left to read')
    .option('--workers <count>', 'threads that share the keys: 0 to 16, or `auto` (default)', parseWorkers)
    .option('--checkpoint-every <duration>', 'how often the state is written (default: 5s)', parseEvery)
    .action(async (files: string[], options: RunCommandOptions) => {
      process.exitCode = await run(files, options);
    });
}

type RunCommandOptions = {
  readonly source: readonly string[];
  readonly print: readonly string[];
  readonly speed: Speed;
  readonly json?: true;
  readonly sparkline?: true;
  readonly report?: string;
  readonly state?: string;
  readonly store?: string;
  readonly follow?: true;
  readonly once?: true;
  readonly workers?: WorkersSetting;
  readonly checkpointEvery?: number;
};

async function run(files: readonly string[], options: RunCommandOptions): Promise<ExitCode> {
  const settings = readSettings();
  const store = storeOf(options.store ?? settings.store, settings.questdb);
  const compiled = compileFiles(files, { later: 'error', store: typeof store === 'string' ? store : 'there' });
  if (compiled === null) return EXIT.failed;
  const { plan } = compiled;
  const sources = sourceOverrides(options.source, plan);
  const shown = new ShownRows(plan, options.print);
  const readings = options.sparkline === true && options.json !== true ? new RecentReadings(plan) : null;

  const report = options.report === undefined ? null : new RunReport(options.report, { plan, files });

  const isFollowed = options.follow === true;
  const interrupt = onInterrupt({ onLeave: () => report?.leave() });
  const stateDirectory = options.state ?? settings.stateDirectory;
  const columns = alertColumns(plan, { isActedOn: stateDirectory !== null });
  const output = options.json === true ? new JsonOutput(shown) : new TextOutput({ shown, columns, readings });
  const { close, ...own } = jobOfSettings({
    settings,
    store: typeof store === 'string' ? null : store,
    stateDirectory,
    isLogJson: options.json === true,
    onWarning: warning => writeCodedMessage({ severity: 'warning', ...warning }),
  });
  const running = runJob({
    ...own,
    plan: report?.plan ?? plan,
    sources,
    rowStreams: [...new Set([...shown.streams, ...(readings?.streams ?? []), ...(report?.rowStreams ?? [])])],
    workerCount: workerCount(options.workers ?? settings.workers, { plan, sources, speed: options.speed, isFollowed }),
    speed: options.speed,
    isFollowed,
    isDrained: options.once === true,
    isRouteShown: route => route.target.connector === 'log',
    checkpointEveryMs: options.checkpointEvery ?? settings.checkpointEveryMs,
    onRows: batch => {
      if (report?.hearRows(batch) !== true) output.rows(batch);
    },
    onAlert: change => {
      report?.hearAlert(change);
      output.alert(change);
      own.onAlert(change);
    },
    onRejected: rejection => output.rejected(rejection),
    onProgress: state => output.progress(state),
    onBacklog: backlog => output.backlog(backlog),
    drained: async () => {
      await own.drained();
      await output.drained(interrupt.signal);
    },
    signal: interrupt.signal,
  });
  const counted = await (report?.behind(running) ?? running);
  close();
  const summary = { ...counted, rows: counted.rows - (report?.rowCount ?? 0) };
  output.summary(summary);
  if (report !== null) {
    report.write({ counts: summary, isStopped: interrupt.exitCode() !== null });
    if (options.json !== true) process.stdout.write(`report: ${printable(options.report!)}\n`);
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

function parseWorkers(text: string): WorkersSetting {
  const workers = workersOf(text);
  if (workers === null) throw new InvalidArgumentError(`It is not ${WORKERS_FORM}.`);
  return workers;
}

/** In milliseconds. */
function parseEvery(text: string): number {
  const everyUs = usOf(text);
  if (everyUs === null) throw new InvalidArgumentError('It is a duration, such as 500ms or 10s.');
  return everyUs / 1000;
}

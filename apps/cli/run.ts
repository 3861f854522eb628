import { type Command, InvalidArgumentError, Option } from 'commander';
import { createConnectors } from '../../connectors/index.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { writeCodedMessage } from './coded-message.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { journalsIn } from './journals.ts';
import { JsonOutput } from './json-output.ts';
import { onInterrupt } from './on-interrupt.ts';
import { RecentReadings } from './recent-readings.ts';
import { readSettings } from './settings.ts';
import { ShownRows } from './shown-rows.ts';
import { sourceOverrides } from './source-overrides.ts';
import { TextOutput } from './text-output.ts';

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run rules over their sources; several files are one program')
    .argument('<file...>', 'rule files (.mill)')
    .option(
      '--source <name=address>',
      'read a stream from a file, `journal:NAME`, or `-`: NDJSON on standard input (repeatable)',
      collect,
      [],
    )
    .option('--print <stream>', 'show the rows of a stream (repeatable)', collect, [])
    .option('--speed <speed>', 'replay at event time: 1x is real time, 60x a minute a second, max', parseSpeed, 'max')
    .option('--json', 'standard output is one JSON object a line and nothing else')
    .option('--sparkline', 'show the readings around each alert')
    .option('--state <dir>', 'keep state here between runs (default: nothing is kept, or `state` of millrace.yaml)')
    .addOption(new Option('--store <where>', '`none`: run although series cannot be stored yet').choices(['none']))
    .option('--follow', 'wait for more lines at the end of a file, as `tail -f` does')
    .action(async (files: string[], options: RunCommandOptions) => {
      process.exitCode = await run(files, options);
    });
}

type RunCommandOptions = {
  readonly source: readonly string[];
  readonly print: readonly string[];
  readonly speed: number | 'max';
  readonly json?: true;
  readonly sparkline?: true;
  readonly state?: string;
  readonly store?: 'none';
  readonly follow?: true;
};

async function run(files: readonly string[], options: RunCommandOptions): Promise<ExitCode> {
  const compiled = compileFiles(files, { later: 'error', isStored: options.store !== 'none' });
  if (compiled === null) return EXIT.failed;
  const { plan } = compiled;
  const sources = sourceOverrides(options.source, plan);
  const shown = new ShownRows(plan, options.print);
  const readings = options.sparkline === true && options.json !== true ? new RecentReadings(plan) : null;
  const ruleWidth = Math.max(0, ...plan.nodes.map(node => (node.kind === 'rule' ? node.name.length : 0)));
  const output = options.json === true ? new JsonOutput(shown) : new TextOutput({ shown, ruleWidth, readings });

  const settings = readSettings();
  const { disk, ...journals } = journalsIn(settings.journal.directory);
  const interrupt = onInterrupt();
  const summary = await runJob({
    plan,
    connectors: createConnectors({
      disk,
      journals,
      log: { write: text => process.stdout.write(text), isJson: options.json === true },
    }),
    sources,
    rowStreams: [...new Set([...shown.streams, ...(readings?.streams ?? [])])],
    speed: options.speed,
    isFollowed: options.follow === true,
    isRouteShown: route => route.target.connector === 'log',
    stateDirectory: options.state ?? settings.stateDirectory,
    onRows: batch => output.rows(batch),
    onAlert: change => output.alert(change),
    onRejected: rejection => output.rejected(rejection),
    onProgress: state => output.progress(state),
    onWarning: warning => writeCodedMessage({ severity: 'warning', ...warning }),
    signal: interrupt.signal,
  });
  output.summary(summary);
  return interrupt.exitCode() ?? EXIT.ok;
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const match = /^(\d+(?:\.\d+)?)x$/.exec(text);
  const speed = Number(match?.[1]);
  if (!(speed > 0)) throw new InvalidArgumentError('It is 1x, 60x or another factor, or max.');
  return speed;
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

import { type Command, Option } from 'commander';
import { hintFor } from '../../dsl/did-you-mean.ts';
import type { Plan } from '../../dsl/plan.ts';
import { createConnectors } from '../../connectors/index.ts';
import { StoreFile } from '../../connectors/duckdb/store-file.ts';
import { replayPlan } from '../../embed/history/replay-plan.ts';
import { connectorOf, type StoreAddress } from '../../embed/history/store-address.ts';
import { historyPlan } from '../../engine/runtime/history/history-plan.ts';
import { withWantedRows } from '../../engine/runtime/history/wanted-rows.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { writeCodedMessage } from './coded-message.ts';
import { collect } from './collect.ts';
import { CommandLineError } from './command-line-error.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { onInterrupt } from './on-interrupt.ts';
import { printable } from './printable.ts';
import { historyThreads } from './replay/history-threads.ts';
import { AlertWriter } from './replay/into-alerts.ts';
import { SeriesWriter } from './replay/into-series.ts';
import { ReplayProgress } from './replay/replay-progress.ts';
import { JsonReport, TextReport } from './replay/replay-report.ts';
import { replayedKey } from './replay/replayed-keys.ts';
import { addStretchOptions, type StretchOptions } from './replay/stretch-options.ts';
import { RunReport } from './run-report.ts';
import { sourceOverrides } from './source-overrides.ts';
import { storeAddressOf } from './store-option.ts';
import { timeOf } from './time-option.ts';

export function addReplayCommand(program: Command): void {
  addStretchOptions(
    program
      .command('replay')
      .description('run rules over history: stored series and files, as they would have run live')
      .argument('<file...>', 'rule files (.mill)')
      .option('--rule <rule>', 'only this rule, with what it reads (repeatable)', collect, [])
      .addOption(
        new Option('--into <where>', '`report`: what would have been; `alerts`, `series`: written down as well')
          .choices(['report', 'series', 'alerts'])
          .default('report'),
      ),
  )
    .option('--report <file>', 'write a page with the alerts and the series behind them: one HTML file')
    .option('--json', 'standard output is one JSON object a line: the changes of alerts, and what was counted')
    .action(async (files: string[], options: ReplayCommandOptions) => {
      process.exitCode = await replay(files, options);
    });
}

type ReplayCommandOptions = StretchOptions & {
  readonly rule: readonly string[];
  readonly into: 'report' | 'series' | 'alerts';
  readonly report?: string;
  readonly json?: true;
};

async function replay(files: readonly string[], options: ReplayCommandOptions): Promise<ExitCode> {
  const settings = readSettings();
  const compiled = compileFiles(files, { later: 'error', store: 'there' });
  if (compiled === null) return EXIT.failed;
  const { plan } = compiled;
  requireRules(options.rule, plan);
  const nowUs = Date.now() * 1_000;
  const sources = sourceOverrides(options.source, plan);
  const store = storeAddressOf(options.store ?? settings.store, settings.questdb);
  const page = options.report === undefined ? null : reportOf(plan, files, { ...options, report: options.report });
  const interrupt = onInterrupt({ onLeave: () => page?.leave() });
  const writer = await openWriter(plan, { options, settings, store, signal: interrupt.signal });
  const report = options.json === true ? new JsonReport() : new TextReport();
  const progress = new ReplayProgress();
  const startMs = performance.now();
  try {
    const running = replayPlan(page === null ? plan : withWantedRows(page.plan, page.rowStreams), {
      fromUs: options.from === undefined ? null : timeOf(options.from, { option: '--from', nowUs }),
      toUs: options.to === undefined ? null : timeOf(options.to, { option: '--to', nowUs }),
      nowUs,
      ...(options.rule.length === 0 ? {} : { rules: options.rule }),
      ...(options.key.length === 0 ? {} : { keys: options.key.map(key => replayedKey(key, plan)) }),
      hasSeries: options.into === 'series' || page !== null, // the page's plan has no others than are wanted
      store,
      sources,
      workers: writer.isInDuckDb ? 0 : historyThreads(options.workers ?? settings.workers, { plan, sources }),
      warmUpUs: options.warmUp,
      nats: settings.nats,
      questdb: settings.questdb,
      onAlerts: async changes => {
        for (const change of changes) page?.hearAlert(change);
        report.alerts(changes);
        await writer.alerts?.write(changes);
        await report.drained(interrupt.signal);
      },
      onRows: async rows => {
        if (page?.hearRows(rows) !== true) await writer.series?.write(rows);
      },
      onProgress: state => progress.show(state),
      onWarning: warn,
      signal: interrupt.signal,
    });
    const counted = await (page?.behind(running) ?? running);
    const tookMs = performance.now() - startMs;
    progress.hide();
    const summary = { ...counted, rows: counted.rows - (page?.rowCount ?? 0) };
    report.end(summary, tookMs);
    if (options.json !== true) writer.tell();
    page?.write({ counts: summary, isStopped: interrupt.exitCode() !== null });
    if (page !== null && options.json !== true) process.stdout.write(`report: ${printable(options.report!)}\n`);
  } finally {
    progress.hide();
    await writer.close();
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

/** Of what is run, and drawn: the rules that are asked for, and no series unless they are written. Errors: MR7380. */
function reportOf(
  plan: Plan,
  files: readonly string[],
  { report, rule, into }: ReplayCommandOptions & { readonly report: string },
): RunReport {
  const rules = rule.length === 0 ? undefined : rule;
  return new RunReport(report, {
    plan: historyPlan(plan, { rules, hasSeries: into === 'series' }),
    files,
    ...(rules === undefined ? {} : { rules }),
  });
}

/** Errors: MR7323. */
function requireRules(names: readonly string[], { nodes }: Plan): void {
  const known = nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
  for (const name of names) {
    if (known.includes(name)) continue;
    const hint = hintFor(name, known, 'rules') ?? 'the files have no rule';
    throw new CommandLineError('MR7323', `there is no rule ${JSON.stringify(name)} in these files`, hint);
  }
}

type Writer = {
  readonly alerts?: AlertWriter;
  readonly series?: SeriesWriter;
  /** One process has one way into a file that it writes: what is read goes it, too. */
  readonly isInDuckDb: boolean;
  tell(): void;
  close(): Promise<void>;
};

type WriterContext = {
  readonly options: ReplayCommandOptions;
  readonly settings: Settings;
  readonly store: StoreAddress | null;
  readonly signal: AbortSignal;
};

async function openWriter(plan: Plan, context: WriterContext): Promise<Writer> {
  const { store } = context;
  const { into } = context.options;
  if (into === 'report') return { isInDuckDb: false, tell: () => {}, close: async () => {} };
  const file = store?.kind === 'duckdb' ? await StoreFile.open(store.path) : null;
  try {
    const writer = into === 'alerts' ? await alertWriter(plan, context) : seriesWriter(context);
    const close = async () => {
      await writer.close();
      await file?.close();
    };
    return { ...writer, isInDuckDb: file !== null, close };
  } catch (error) {
    await file?.close();
    throw error;
  }
}

async function alertWriter(
  plan: Plan,
  { settings, store, signal }: WriterContext,
): Promise<Omit<Writer, 'isInDuckDb'>> {
  const alerts = await AlertWriter.open(plan, {
    connectors: createConnectors({
      disk: new NodeDisk(),
      nats: { ...settings.nats, onWarning: warn },
      log: { write: () => {}, isJson: false },
    }),
    store: store === null ? null : connectorOf(store),
    onWarning: warn,
    signal,
  });
  const tell = () => process.stdout.write(`written to ${alerts.places.join(', ')}\n`);
  return { alerts, tell, close: async () => await alerts.close() };
}

function seriesWriter({ options, settings, store }: WriterContext): Omit<Writer, 'isInDuckDb'> {
  if (store === null) {
    const hint = 'name the store: --store duckdb or --store questdb';
    throw new CommandLineError('MR7326', 'there is no store to write series into', hint);
  }
  const series = new SeriesWriter(connectorOf(store), warn);
  const tell = () => process.stdout.write(`series are written to ${options.store ?? settings.store ?? 'duckdb'}\n`);
  return { series, tell, close: async () => await series.close() };
}

function warn(warning: { readonly code: string; readonly message: string; readonly hint?: string }): void {
  writeCodedMessage({ severity: 'warning', ...warning });
}

import type { Command } from 'commander';
import { compareAlerts } from '../../engine/backtest/compare-alerts.ts';
import type { KnownFault } from '../../engine/backtest/score-alerts.ts';
import { WatchedTime } from '../../engine/backtest/watched-time.ts';
import { readSettings } from '../settings/settings.ts';
import { BacktestReport } from './backtest/backtest-report.ts';
import { backtestLines } from './backtest/backtest-json.ts';
import type { Backtest } from './backtest/backtest-result.ts';
import { pastAlerts } from './backtest/past-alerts.ts';
import { backtestText } from './backtest/backtest-text.ts';
import { PastRuns } from './backtest/past-runs.ts';
import { otherVersionOf, type RuleVersion, versionOf } from './backtest/rule-version.ts';
import { collect } from './collect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkLabels } from './labels/check-labels.ts';
import { PastFaults } from './labels/past-faults.ts';
import { readLabels } from './labels/read-labels.ts';
import { onInterrupt } from './on-interrupt.ts';
import { printable } from './printable.ts';
import { addStretchOptions, type StretchOptions } from './replay/stretch-options.ts';
import { coloursFor } from './terminal.ts';

export function addBacktestCommand(program: Command): void {
  addStretchOptions(
    program
      .command('backtest')
      .description('hold the alerts of rules against those of another version, over the same history')
      .argument('<file...>', 'rule files (.mill)')
      .requiredOption(
        '--against <version>',
        'other rule files (repeatable), or git:REVISION: these files as they were then',
        collect,
      )
      .option('--labels <file>', 'what was wrong, and when: hits, misses and false alarms of both')
      .option('--report <file>', 'write a page with the alerts of both and the series behind them: one HTML file')
      .option('--json', 'one JSON object a line'),
  ).action(async (files: string[], options: BacktestOptions) => {
    process.exitCode = await backtest(files, options);
  });
}

type BacktestOptions = StretchOptions & {
  readonly against: readonly string[];
  readonly labels?: string;
  readonly report?: string;
  readonly json?: true;
};

async function backtest(files: readonly string[], options: BacktestOptions): Promise<ExitCode> {
  const settings = readSettings();
  const after = versionOf(files);
  const before = otherVersionOf(options.against, files);
  if (after === null || before === null) return EXIT.failed;
  const plans = [after.plan, before.plan];
  const faults = options.labels === undefined ? null : await readLabels(options.labels);
  if (faults !== null) checkLabels(faults, plans);
  const report = options.report === undefined ? null : reportOf(options.report, { before, after, files, options });
  const interrupt = onInterrupt();
  const past = await PastRuns.open(plans, { ...options, settings, signal: interrupt.signal });
  const result = await compared({ before, after, faults, past, report, signal: interrupt.signal });
  if (result === null) return interrupt.exitCode() ?? EXIT.interrupted; // of half of the past nothing can be said
  const text = backtestText(result, coloursFor(process.stdout));
  process.stdout.write(options.json === true ? [...backtestLines(result), ''].join('\n') : text);
  report?.write(result, faults);
  if (report !== null && options.json !== true) process.stdout.write(`\nreport: ${printable(options.report!)}\n`);
  return EXIT.ok;
}

/** Errors: MR7380. */
function reportOf(
  path: string,
  {
    before,
    after,
    files,
    options: { against, labels },
  }: {
    readonly before: RuleVersion;
    readonly after: RuleVersion;
    readonly files: readonly string[];
    readonly options: BacktestOptions;
  },
): BacktestReport {
  const read = { files: [...files, ...against], labels };
  return new BacktestReport(path, { before: before.plan, after: after.plan, read });
}

/** Null: it was interrupted. */
async function compared(options: {
  readonly before: RuleVersion;
  readonly after: RuleVersion;
  readonly faults: readonly KnownFault[] | null;
  readonly past: PastRuns;
  readonly report: BacktestReport | null;
  readonly signal: AbortSignal;
}): Promise<Backtest | null> {
  const { before, after, faults, past, report, signal } = options;
  const watched = new WatchedTime(after.plan);
  const hearing = report?.hearing;
  const old = await pastAlerts(past, report?.plans.before ?? before.plan, { hearing });
  const next = await pastAlerts(past, report?.plans.after ?? after.plan, { watched, hearing });
  if (signal.aborted) return null;
  const rules = rulesOf(after);
  const time = watched.of(rules);
  const known = faults && new PastFaults(faults, { past, watched: time });
  return {
    before: { name: before.name, score: known?.score(old) ?? null },
    after: { name: after.name, score: known?.score(next) ?? null },
    differences: compareAlerts(old, next),
    rules: [...new Set([...rules, ...rulesOf(before)])],
    from: past.description,
    watched: time,
    leftOut: known?.leftOut ?? 0,
  };
}

function rulesOf({ plan }: RuleVersion): string[] {
  return plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
}

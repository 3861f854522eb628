import type { Command } from 'commander';
import type { KnownFault } from '../../engine/backtest/score-alerts.ts';
import { readSettings } from '../settings/settings.ts';
import { addPastOptions, type PastOptions } from './backtest/past-options.ts';
import { PastRuns } from './backtest/past-runs.ts';
import { silent } from './backtest/rule-version.ts';
import { collect } from './collect.ts';
import { CommandLineError } from './command-line-error.ts';
import { compileRuleFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkLabels } from './labels/check-labels.ts';
import { readLabels } from './labels/read-labels.ts';
import { onInterrupt } from './on-interrupt.ts';
import { RuleFiles } from './rule-files.ts';
import { coloursFor } from './terminal.ts';
import { variedConstants } from './tune/asked-constants.ts';
import { tuneLines } from './tune/tune-json.ts';
import { tuneText } from './tune/tune-text.ts';
import { TunedRule } from './tune/tuned-rule.ts';
import { isFaultOf, runTrials } from './tune/run-trials.ts';

export function addTuneCommand(program: Command): void {
  addPastOptions(
    program
      .command('tune')
      .description("try values of a rule's constants over history with known faults: what is found, and at which price")
      .argument('<rule>', 'the rule')
      .argument('<file...>', 'rule files (.mill)')
      .requiredOption('--labels <file>', 'what was wrong, and when')
      .option(
        '--vary <name=from..to:steps>',
        'a constant (`let`) and its values (repeatable; default: around those that the rule uses)',
        collect,
        [],
      )
      .option('--json', 'one JSON object a line'),
  ).action(async (rule: string, files: string[], options: TuneOptions) => {
    process.exitCode = await tune(rule, files, options);
  });
}

type TuneOptions = PastOptions & { readonly labels: string; readonly vary: readonly string[]; readonly json?: true };

async function tune(name: string, files: readonly string[], options: TuneOptions): Promise<ExitCode> {
  const settings = readSettings();
  const ruleFiles = new RuleFiles(files);
  const compiled = compileRuleFiles(ruleFiles, { later: 'error', store: 'none' });
  if (compiled === null) return EXIT.failed;
  const plan = silent(compiled.plan);
  const rule = new TunedRule(name, ruleFiles, plan);
  const varied = variedConstants(rule, options.vary);
  const faults = await readLabels(options.labels);
  checkLabels(faults, [plan]);
  requireFaults(faults, name, options.labels);
  const interrupt = onInterrupt();
  const past = new PastRuns([plan], { ...options, settings, signal: interrupt.signal });
  const tuning = await runTrials({ rule, varied, faults, past, signal: interrupt.signal });
  const exitCode = interrupt.exitCode();
  if (exitCode !== null) return exitCode; // of half of the trials nothing can be said
  if (tuning === null) return EXIT.failed;
  const text = tuneText(tuning, coloursFor(process.stdout));
  process.stdout.write(options.json === true ? [...tuneLines(tuning), ''].join('\n') : text);
  return EXIT.ok;
}

function requireFaults(faults: readonly KnownFault[], rule: string, file: string): void {
  if (faults.some(fault => isFaultOf(fault, rule))) return;
  throw new CommandLineError(
    'MR7362',
    `no label of ${file} is of the rule ${rule}`,
    'a label without a rule is of every rule',
  );
}

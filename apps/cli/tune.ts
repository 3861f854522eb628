import type { Command } from 'commander';
import { historyPlan } from '../../engine/runtime/history/history-plan.ts';
import { readSettings } from '../settings/settings.ts';
import { PastRuns } from './backtest/past-runs.ts';
import { collect } from './collect.ts';
import { compileRuleFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkLabels } from './labels/check-labels.ts';
import { readLabels } from './labels/read-labels.ts';
import { onInterrupt } from './on-interrupt.ts';
import { addStretchOptions, type StretchOptions } from './replay/stretch-options.ts';
import { RuleFiles } from './rule-files.ts';
import { coloursFor } from './terminal.ts';
import { variedConstants } from './tune/asked-constants.ts';
import { tuneLines } from './tune/tune-json.ts';
import { tuneText } from './tune/tune-text.ts';
import { TunedRule } from './tune/tuned-rule.ts';
import { runTrials } from './tune/run-trials.ts';

export function addTuneCommand(program: Command): void {
  addStretchOptions(
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

type TuneOptions = StretchOptions & { readonly labels: string; readonly vary: readonly string[]; readonly json?: true };

async function tune(name: string, files: readonly string[], options: TuneOptions): Promise<ExitCode> {
  const settings = readSettings();
  const ruleFiles = new RuleFiles(files);
  const compiled = compileRuleFiles(ruleFiles, { later: 'error', store: 'none' });
  if (compiled === null) return EXIT.failed;
  const plan = historyPlan(compiled.plan, { hasSeries: false });
  const rule = new TunedRule(name, ruleFiles, plan);
  const varied = variedConstants(rule, options.vary);
  const faults = await readLabels(options.labels);
  checkLabels(faults, [plan]);
  const interrupt = onInterrupt();
  const past = await PastRuns.open([rule.current.plan], { ...options, settings, signal: interrupt.signal });
  const tuning = await runTrials({ rule, varied, faults, past, signal: interrupt.signal });
  const exitCode = interrupt.exitCode();
  if (exitCode !== null) return exitCode; // of half of the trials nothing can be said
  if (tuning === null) return EXIT.failed;
  const text = tuneText(tuning, coloursFor(process.stdout));
  process.stdout.write(options.json === true ? [...tuneLines(tuning), ''].join('\n') : text);
  return EXIT.ok;
}

import type { Command } from 'commander';
import { PLAN_VERSION, type Plan } from '../../dsl/plan.ts';
import { type StateLine, stateLines } from '../../engine/plan-change/state-lines.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { readStoredPlan } from '../../engine/runtime/checkpoint/stored-plan.ts';
import { matchState } from '../../engine/state-identity.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readSettings } from '../settings/settings.ts';
import { stateTable } from './state-table.ts';

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'say which stored state a changed rule file keeps, what is filled from stored series, and what starts empty',
    )
    .argument('<file...>', 'rule files (.mill)')
    .option('--state <dir>', 'the folder of the state (default: `state` of millrace.yaml)')
    .option('--json', 'one JSON object a line')
    .action(async (files: string[], options: PlanOptions) => {
      process.exitCode = await showPlan(files, options);
    });
}

type PlanOptions = { readonly state?: string; readonly json?: true };

async function showPlan(files: readonly string[], options: PlanOptions): Promise<ExitCode> {
  const settings = readSettings();
  const compiled = compileFiles(files, { later: 'warning', store: settings.store === 'none' ? 'none' : 'there' });
  if (compiled === null) return EXIT.failed;
  const folder = options.state ?? settings.stateDirectory;
  const stored = folder === null ? null : await readStoredPlan(new NodeDisk(), folder);
  const plans = { stored: stored ?? NOTHING, next: compiled.plan };
  const lines = stateLines(matchState(plans.stored, plans.next), plans);
  if (options.json === true) process.stdout.write(jsonText(lines));
  else if (stored === null) process.stdout.write(nothingText(folder));
  else process.stdout.write(stateTable(lines));
  return EXIT.ok;
}

const NOTHING: Plan = { version: PLAN_VERSION, nodes: [] };

function jsonText(lines: readonly StateLine[]): string {
  return lines.map(line => `${JSON.stringify({ type: 'state', ...line })}\n`).join('');
}

function nothingText(folder: string | null): string {
  if (folder === null)
    return 'Everything starts empty: no folder keeps state (--state, or `state` of millrace.yaml).\n';
  return `Everything starts empty: nothing is stored in ${folder}.\n`;
}

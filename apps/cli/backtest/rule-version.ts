import type { Plan } from '../../../dsl/plan.ts';
import { historyPlan } from '../../../engine/runtime/history/history-plan.ts';
import { CommandLineError } from '../command-line-error.ts';
import { compileRuleFiles } from '../compile-files.ts';
import { RuleFiles } from '../rule-files.ts';
import { GitTexts } from './git-texts.ts';

/** Rules whose alerts are held against those of others. */
export type RuleVersion = {
  /** For people: its files, or the revision. */
  readonly name: string;
  /** The rules, with what they read: what they raise goes nowhere else. */
  readonly plan: Plan;
};

/** Null: they are wrong, and that was told. Errors: MR7001, MR7011. */
export function versionOf(files: readonly string[]): RuleVersion | null {
  return compiled(files.join(', '), new RuleFiles(files));
}

/** Of `--against`: other files, or `git:REVISION` of the same ones. Errors: MR7001, MR7011, MR7360. */
export function otherVersionOf(against: readonly string[], files: readonly string[]): RuleVersion | null {
  const [first = ''] = against;
  if (!against.some(name => name.startsWith(GIT))) return versionOf(against);
  const revision = first.slice(GIT.length);
  if (against.length > 1 || revision === '') {
    throw new CommandLineError(
      'MR7360',
      `--against ${against.join(' --against ')} is no revision`,
      'name other files, or one revision of the same ones: --against git:HEAD~1',
    );
  }
  return compiled(first, new RuleFiles(files, new GitTexts(revision, files[0]!)), `${first}:`);
}

function compiled(name: string, ruleFiles: RuleFiles, version = ''): RuleVersion | null {
  const result = compileRuleFiles(ruleFiles, { later: 'error', store: 'none', version });
  return result === null ? null : { name, plan: historyPlan(result.plan, { hasSeries: false }) };
}

const GIT = 'git:';

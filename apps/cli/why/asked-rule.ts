import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hintFor } from '../../../dsl/did-you-mean.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { type RuleMembers, ruleMembers } from '../../../dsl/rule-members.ts';
import { type ExplainedRule, explainedRule } from '../../../engine/explanation/explained-rule.ts';
import { CommandLineError } from '../command-line-error.ts';
import { compileRuleFiles } from '../compile-files.ts';
import { RuleFiles } from '../rule-files.ts';

/** The rules that a question is about. */
export class AskedRules {
  readonly plan: Plan;
  readonly #files: RuleFiles;

  private constructor(files: RuleFiles, plan: Plan) {
    this.#files = files;
    this.plan = plan;
  }

  /** Of these files, or of the folder of rules where none is named; null: they are wrong, and that was told. Errors: MR7322. */
  static read(files: readonly string[], directory: string): AskedRules | null {
    const ruleFiles = new RuleFiles(files.length > 0 ? files : filesIn(directory));
    const compiled = compileRuleFiles(ruleFiles, { later: 'warning', store: 'there' });
    return compiled === null ? null : new AskedRules(ruleFiles, compiled.plan);
  }

  /** Errors: MR7323. */
  find(name: string): { readonly explained: ExplainedRule; readonly members: RuleMembers } {
    const explained = explainedRule(this.plan, name);
    const program = { ...this.#files.program, read: this.#files.read };
    const members = ruleMembers(program, name, explained?.pattern?.statement ?? null);
    if (explained !== null && members !== null) return { explained, members };
    const known = this.plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
    const hint = hintFor(name, known, 'rules') ?? 'the files have no rule';
    throw new CommandLineError(
      'MR7323',
      `there is no rule ${JSON.stringify(name)} in ${this.#files.files.join(', ')}`,
      hint,
    );
  }
}

function filesIn(directory: string): readonly string[] {
  const names = readable(directory).filter(name => name.endsWith('.mill') && !/(^|[/\\])\./.test(name));
  if (names.length > 0) return names.sort().map(name => join(directory, name));
  throw new CommandLineError(
    'MR7322',
    `no rule file is named, and there is none in ${directory}`,
    'name the files behind the question',
  );
}

function readable(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch {
    return []; // as if nothing were in it
  }
}

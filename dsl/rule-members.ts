import type { RuleMember, RuleStatement } from './ast.ts';
import { parseFiles } from './parse/parse-files.ts';

/** The members of a rule as its file writes them, each on one line. */
export type RuleMembers = {
  readonly levels: readonly string[]; // in the file's order, as a RuleNode has them
  readonly clears: readonly string[];
  readonly where: string | null;
  readonly while: string | null;
  readonly cooldown: string | null;
  readonly quality: string | null;
  readonly escalate: string | null;
};

/** Null: no rule of the files has this name. The files parse. */
export function ruleMembers(input: Parameters<typeof parseFiles>[0], name: string): RuleMembers | null {
  const { files, sources } = parseFiles(input);
  const isIt = (statement: { readonly kind: string }): statement is RuleStatement =>
    statement.kind === 'rule' && (statement as RuleStatement).name.name === name; // as: its kind says it
  const rule = files.flatMap(file => file.statements).find(isIt);
  if (rule === undefined) return null;
  const textOf = (span: RuleMember['span']) => sources.textOf(span).trim().replaceAll(/\s+/g, ' ');
  const textsOf = (kind: RuleMember['kind']) =>
    rule.members.filter(member => member.kind === kind).map(member => textOf(member.span));
  const textOrNull = (kind: RuleMember['kind']) => textsOf(kind)[0] ?? null;
  return {
    levels: textsOf('level'),
    clears: textsOf('clear'),
    where: rule.where === null ? null : `where ${textOf(rule.where.span)}`,
    while: textOrNull('while'),
    cooldown: textOrNull('cooldown'),
    quality: textOrNull('quality'),
    escalate: textOrNull('escalate'),
  };
}

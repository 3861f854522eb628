import type { Pattern, PatternEvent, PatternStep, RuleMember, Statement } from './ast.ts';
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
  readonly suppress: readonly string[];
  /** Events of the pattern that it reads, those of `unless` behind the others, as a MatchNode has them. */
  readonly steps: readonly string[];
};

/** Null: no rule of the files has this name. The files parse. */
export function ruleMembers(
  input: Parameters<typeof parseFiles>[0],
  name: string,
  /** The statement of the pattern that it reads. */
  patternOf: string | null,
): RuleMembers | null {
  const { files, sources } = parseFiles(input);
  const statements = files.flatMap(file => file.statements);
  const rule = statements.find(statement => statement.kind === 'rule' && statement.name.name === name);
  if (rule?.kind !== 'rule') return null;
  const pattern = patternOf === null ? undefined : statements.flatMap(statement => patternIn(statement, patternOf))[0];
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
    suppress: textsOf('suppress'),
    steps: pattern === undefined ? [] : eventsOf(pattern).map(({ span }) => textOf(span)),
  };
}

function patternIn(statement: Statement, name: string): Pattern[] {
  if (statement.kind === 'rule' && statement.name.name === name) {
    return statement.on.kind === 'on-pattern' ? [statement.on.pattern] : [];
  }
  if (statement.kind !== 'derive' || statement.name.name !== name) return [];
  return statement.from.kind === 'from-match' ? [statement.from.pattern] : [];
}

function eventsOf({ step, unless }: Pattern): readonly PatternEvent[] {
  return [...eventsIn(step), ...unless.map(({ event }) => event)];
}

function eventsIn(step: PatternStep): readonly PatternEvent[] {
  if (step.kind === 'event') return [step];
  return step.kind === 'absence' ? [step.event] : step.steps.flatMap(eventsIn);
}

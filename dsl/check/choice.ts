import type { Expression as Syntax } from '../ast.ts';
import type { Checker } from './checker.ts';
import { checkPair } from './comparison.ts';
import { literal } from './fold.ts';
import { checkTruth } from './logic.ts';
import { checkBeside, isWord } from './name.ts';
import type { Checked } from './scope.ts';
import { unify } from './unify.ts';

/** `temp ?? 20 degC`; null after a report. */
export function checkCoalesce(syntax: Extract<Syntax, { kind: 'binary' }>, checker: Checker): Checked | null {
  const pair = checkPair(syntax, checker);
  const values = pair && unify([pair.left, pair.right], 'used in place of', checker.report);
  if (values === null) return null;
  const [left, right] = values as [Checked, Checked];
  const { type, unit } = left;
  return {
    expression: { kind: 'coalesce', type, left: left.expression, right: right.expression },
    type,
    unit,
    span: syntax.span,
  };
}

/** `case when c then x else y end`; null after a report. */
export function checkCase(syntax: Extract<Syntax, { kind: 'case' }>, checker: Checker): Checked | null {
  const conditions = syntax.branches.map(({ when }) => checkTruth(when, '`when`', checker));
  const results = checkTogether(
    [...syntax.branches.map(({ then }) => then), ...(syntax.otherwise ? [syntax.otherwise] : [])],
    checker,
  );
  const values = results && unify(results, 'used in place of', checker.report);
  if (values === null || conditions.includes(null)) return null;
  const { type, unit } = values[0]!;
  const branches = conditions.map((when, i) => ({ when: when!.expression, then: values[i]!.expression }));
  const otherwise = values[branches.length]?.expression ?? literal(type, null);
  return { expression: { kind: 'case', type, branches, otherwise }, type, unit, span: syntax.span };
}

/** Values of one list, where words such as `good` mean what the others say. */
function checkTogether(syntaxes: readonly Syntax[], checker: Checker): readonly Checked[] | null {
  // Of words alone none says what the others mean: they are names.
  const areAllWords = syntaxes.every(isWord);
  const plain = syntaxes.map(syntax => (isWord(syntax) && !areAllWords ? undefined : checker.check(syntax)));
  const other = plain.find(value => value != null) ?? null;
  const values = syntaxes.map((syntax, i) => (plain[i] === undefined ? checkBeside(syntax, other, checker) : plain[i]));
  return values.includes(null) ? null : (values as readonly Checked[]);
}

import type { Expression as Syntax } from '../ast.ts';
import type { Unit } from '../catalog/unit.ts';
import type { ValueType } from '../plan.ts';
import { checkSum } from './addition.ts';
import { checkCall } from './call.ts';
import type { Checker } from './checker.ts';
import { checkCase, checkCoalesce } from './choice.ts';
import { checkComparison, checkIn, checkPair } from './comparison.ts';
import { fitLiteral } from './fit-literal.ts';
import { describe, placeOf } from './describe.ts';
import { checkRarer } from './detector-call.ts';
import { negate } from './fold.ts';
import { checkNumber, checkSimpleLiteral } from './literal.ts';
import { checkIsNull, checkLogic, checkNot, checkTruth } from './logic.ts';
import { checkProduct } from './multiplication.ts';
import { checkIndex, checkMember, checkName, reportOrigin } from './name.ts';
import { error, type Report } from './report.ts';
import type { Checked, Scope } from './scope.ts';
import { NO_HOIST, scopeOf } from './statement-scope.ts';

/**
 * Resolves, types and converts an expression into its part of the plan, and hoists what needs state. Null: something is
 * wrong, or not in this version, and reported; whoever uses the value then reports nothing more about it. All errors of
 * the expression are reported, in order of position save that both operands come before their operator.
 */
export function checkExpression(syntax: Syntax, scope: Scope, report: Report): Checked | null {
  return checkerOf(scope, report, false).check(syntax);
}

/** As checkExpression, of what must be true, false or null. */
export function checkCondition(syntax: Syntax, scope: Scope, report: Report): Checked | null {
  return checkTruth(syntax, scope.place, checkerOf(scope, report, false));
}

/**
 * A constant for a field of this type and unit, of which a number without a unit is in the field's (MEANING.md 34): in
 * `in`, `default` and `feed`. Null after a report.
 */
export function checkLiteralAs(
  syntax: Syntax,
  type: ValueType,
  unit: Unit | null,
  report: Report,
  scope: Scope = NO_NAMES,
): Checked | null {
  return fitLiteral(syntax, { type, unit }, checkerOf(scope, report, false));
}

const NO_NAMES = scopeOf([], { place: 'a constant', aggregates: 'none', hoist: NO_HOIST });

function checkerOf(scope: Scope, report: Report, isInAggregate: boolean): Checker {
  const checker: Checker = {
    scope,
    report,
    isInAggregate,
    check: syntax => check(syntax, checker),
    inAggregate: () => checkerOf(scope, report, true),
  };
  return checker;
}

function check(syntax: Syntax, checker: Checker): Checked | null {
  switch (syntax.kind) {
    case 'number':
      return checkNumber(syntax, checker.report);
    case 'duration':
    case 'string':
    case 'boolean':
    case 'null':
      return checkSimpleLiteral(syntax);
    case 'name':
      return checkName(syntax, checker);
    case 'member':
      return checkMember(syntax, checker);
    case 'index':
      return checkIndex(syntax, checker);
    case 'path':
      return reportOrigin(syntax.span, 'a path in the message', checker.report);
    case 'interval':
      return reportInterval(syntax, checker);
    case 'events':
      return reportEvents(syntax, checker);
    case 'adapt':
      return reportAdapt(syntax, checker);
    case 'season':
      return reportSeason(syntax, checker);
    case 'call':
      return checkCall(syntax, checker);
    case 'unary':
      return syntax.operator === 'not' ? checkNot(syntax, checker) : checkNegation(syntax, checker);
    case 'binary':
      return checkBinary(syntax, checker);
    case 'is-null':
      return checkIsNull(syntax, checker);
    case 'in':
      return checkIn(syntax, checker);
    case 'case':
      return checkCase(syntax, checker);
    case 'rarer':
      return checkRarer(syntax, checker);
  }
}

function checkBinary(syntax: Extract<Syntax, { kind: 'binary' }>, checker: Checker): Checked | null {
  const { operator, span } = syntax;
  switch (operator) {
    case 'and':
    case 'or':
      return checkLogic(syntax, operator, checker);
    case '??':
      return checkCoalesce(syntax, checker);
    case '+':
    case '-': {
      const pair = checkPair(syntax, checker);
      return pair && checkSum({ operator, pair, span }, checker.report);
    }
    case '*':
    case '/': {
      const pair = checkPair(syntax, checker);
      return pair && checkProduct({ operator, pair, span }, checker.report);
    }
    default:
      return checkComparison(syntax, operator, checker);
  }
}

function checkNegation(syntax: Extract<Syntax, { kind: 'unary' }>, checker: Checker): Checked | null {
  const operand = checker.check(syntax.operand);
  if (operand === null) return null;
  const { type, unit } = operand;
  if (type === 'float' || type === 'int' || type === 'duration') {
    return { expression: negate(operand.expression), type, unit, span: syntax.span };
  }
  const message = `\`-\` cannot be applied to ${describe(operand)}`;
  checker.report(error('MR2103', syntax.span, message, { related: [placeOf(operand)] }));
  return null;
}

function reportInterval({ span }: Extract<Syntax, { kind: 'interval' }>, { report }: Checker): null {
  const hint = 'it stands behind `in`, and in `stays(temp, 10..20, 30s)`';
  report(error('MR3084', span, 'a range of values is no value', { hint }));
  return null;
}

function reportEvents({ count, span }: Extract<Syntax, { kind: 'events' }>, { report }: Checker): null {
  const hint = `as in \`avg(temp, ${count} events)\``;
  report(error('MR3104', span, 'a number of events can only be the range of an aggregate', { hint }));
  return null;
}

function reportAdapt({ after, span }: Extract<Syntax, { kind: 'adapt' }>, { report }: Checker): null {
  const hint = `as in \`zscore(temp, 1h, adapt ${after.text})\``;
  report(error('MR3107', span, 'only what learns can adapt, and it says so behind all else', { hint }));
  return null;
}

function reportSeason({ period, span }: Extract<Syntax, { kind: 'season' }>, { report }: Checker): null {
  const hint = `as in \`forecast(temp, 2h, season ${period.text})\``;
  report(error('MR3109', span, 'only a forecast has a season, and says so behind all else', { hint }));
  return null;
}

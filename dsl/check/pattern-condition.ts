import type { Expression as Syntax } from '../ast.ts';
import type { DetectorOutput, Expression } from '../plan.ts';
import { columnsOf } from '../plan/expression-parts.ts';
import type { HistoryCall, StageColumns } from './columns.ts';
import { conditionIn } from './condition.ts';
import type { Context } from './context.ts';
import { reportContradiction } from './contradiction.ts';
import type { PatternValues } from './pattern-values.ts';
import { error } from './report.ts';
import type { AggregateCall, DetectorCall, Hoist, LookupCall, Scope } from './scope.ts';
import type { RangeNode } from '../plan.ts';

/** What of an event's condition is over its row alone, as a column, and what also reads values that are bound. */
export type SplitCondition = { readonly when: string | null; readonly condition: Expression | null };

/**
 * The columns that the conditions of a stream's events need. What is bound is known to partial matches only, so that no
 * column of the stream can be made of it: where one would be, it is `misplaced`.
 */
export class StepHoist implements Hoist {
  readonly stage: StageColumns;
  readonly misplaced: string[] = [];
  readonly #values: PatternValues;

  constructor(stage: StageColumns, values: PatternValues) {
    this.stage = stage;
    this.#values = values;
  }

  compute(expression: Expression): string {
    this.#note(expression);
    return this.stage.compute(expression);
  }

  window(call: AggregateCall): string {
    return this.stage.window(call);
  }

  range(call: AggregateCall & { readonly range: RangeNode['range'] }): string {
    return this.stage.range(call);
  }

  history(call: HistoryCall): string {
    return this.stage.history(call);
  }

  detector(call: DetectorCall, output: Omit<DetectorOutput, 'name'>): string {
    return this.stage.detector(call, output);
  }

  lookup(call: LookupCall): string {
    for (const key of call.key) this.#note(key);
    return this.stage.lookup(call);
  }

  isBound(expression: Expression): boolean {
    return columnsOf(expression).some(column => this.#values.find(column) !== undefined);
  }

  #note(expression: Expression): void {
    this.misplaced.push(...columnsOf(expression).filter(column => this.#values.find(column) !== undefined));
  }
}

/** The condition in the brackets of an event; null after a report. */
export function checkStepCondition(
  syntax: Syntax,
  scope: Scope & { readonly hoist: StepHoist },
  context: Context,
): Expression | null {
  const { hoist } = scope;
  if (syntax.kind === 'number' && syntax.unit === null) {
    const hint = `how many events a step takes stands in braces: \`{${syntax.value}}\``;
    context.report(error('MR2102', syntax.span, `${scope.place} needs a condition, and this is a number`, { hint }));
    return null;
  }
  const checked = conditionIn(syntax, scope, context);
  const [misplaced] = hoist.misplaced.splice(0);
  if (checked === null) return null;
  if (misplaced !== undefined) {
    const hint = 'compare the two values themselves: `rms > a.rms`; or look it up behind the match, in `select`';
    const message = `\`${misplaced.slice(1)}\` is known to a partial match only: no range, look-up or earlier value can be of it`;
    context.report(error('MR2652', syntax.span, message, { hint }));
    return null;
  }
  return reportContradiction(syntax, checked.expression, context.report) ? null : checked.expression;
}

/** All of the conditions have to be true; those over the row alone become one column. */
export function splitCondition(conditions: readonly Expression[], hoist: StepHoist): SplitCondition {
  const parts = conditions.flatMap(conjunctsOf).filter(part => !isTrue(part));
  const ofRow = parts.filter(part => !hoist.isBound(part));
  const ofBound = parts.filter(part => hoist.isBound(part));
  return {
    when: ofRow.length === 0 ? null : hoist.stage.compute(all(ofRow)),
    condition: ofBound.length === 0 ? null : all(ofBound),
  };
}

function conjunctsOf(expression: Expression): readonly Expression[] {
  return expression.kind === 'and' ? [expression.left, expression.right].flatMap(conjunctsOf) : [expression];
}

function isTrue(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value === true;
}

function all(conditions: readonly Expression[]): Expression {
  return conditions.reduce((left, right) => ({ kind: 'and', type: 'bool', left, right }));
}

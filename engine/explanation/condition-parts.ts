import { describeExpression } from '../../dsl/describe-expression.ts';
import { columnsOf, type Expression } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { interpret } from '../expression/interpret.ts';
import type { Functions } from '../functions/own-functions.ts';
import { showDuration, showValue } from '../operators/rule/show.ts';
import type { ExplainedColumn, ExplainedRule } from './explained-rule.ts';

/** What a row has, by the names of conditions. */
export type Row = (column: string) => Scalar;

/** A part of a condition that is no `and` or `or`, with what it was. */
export type ConditionPart = {
  /** As a rule file may write it: `temp > 85 degC`. */
  readonly text: string;
  readonly truth: boolean | null;
  /** Of what it reads: `temp` is `86.1 degC`. */
  readonly values: Readonly<Record<string, string>>;
  /** How far one side is from the other, where both are numbers; null: it is not known. */
  readonly distance: { readonly size: number; readonly text: string } | null;
};

/** A number that a condition reads. */
export type ReadNumber = { readonly name: string; readonly value: number; readonly text: string };

/** The conditions of a rule, asked of its rows. */
export class ConditionParts {
  readonly #explained: Pick<ExplainedRule, 'columns'>;
  readonly #functions: Functions | undefined;

  constructor(explained: Pick<ExplainedRule, 'columns'>, functions?: Functions) {
    this.#explained = explained;
    this.#functions = functions;
  }

  truthOf(condition: Expression, row: Row): boolean | null {
    return interpret(condition, row, this.#functions) as boolean | null; // as: it is a condition
  }

  /** What makes the condition as it is: those that hold of one that is true, those that do not of any other. */
  decisive(condition: Expression, row: Row): ConditionPart[] {
    const truth = this.truthOf(condition, row);
    if (condition.kind !== 'and' && condition.kind !== 'or') return [this.part(condition, row)];
    const sides = [condition.left, condition.right];
    const isDecided = (side: Expression) => (this.truthOf(side, row) === true) === (truth === true);
    return sides.filter(isDecided).flatMap(side => this.decisive(side, row));
  }

  /** The parts without which it does not hold; of an `or`, all of both sides. */
  failing(condition: Expression, row: Row): ConditionPart[] {
    return this.truthOf(condition, row) === true ? [] : this.decisive(condition, row);
  }

  /** All of them. */
  all(condition: Expression, row: Row): ConditionPart[] {
    if (condition.kind !== 'and' && condition.kind !== 'or') return [this.part(condition, row)];
    return [condition.left, condition.right].flatMap(side => this.all(side, row));
  }

  part(condition: Expression, row: Row): ConditionPart {
    const values = this.#columnsOf(condition).flatMap(([name, column]) => this.#shown(name, column, row));
    return {
      text: this.textOf(condition),
      truth: this.truthOf(condition, row),
      values: Object.fromEntries(values),
      distance: this.#distance(condition, row),
    };
  }

  /** What a column was; of a detector of several values, also which of them says most. */
  #shown(name: string, column: ExplainedColumn, row: Row): (readonly [name: string, text: string])[] {
    const { detector } = column;
    const value = row(name);
    const text =
      detector?.of === 'period' && typeof value === 'number'
        ? `1 per ${roundedPeriod(value)}`
        : showValue(value, column);
    const shown = [nameOf(column), text] as const;
    const most = detector?.argument === undefined || detector.argument === null ? null : row(detector.argument);
    return most === null ? [shown] : [shown, [MOST_UNUSUAL, String(most)]];
  }

  /** The numbers that it reads and that are there. */
  numbers(condition: Expression, row: Row): ReadNumber[] {
    return this.#columnsOf(condition).flatMap(([name, column]) => {
      const value = row(name);
      if (typeof value !== 'number') return [];
      const [[shown, text]] = this.#shown(name, column, row) as [readonly [string, string]]; // as: there is one at least
      return [{ name: shown, value, text }];
    });
  }

  #columnsOf(condition: Expression): (readonly [name: string, column: ExplainedColumn])[] {
    return columnsOf(condition).flatMap(name => {
      const column = this.#explained.columns.get(name);
      return column === undefined ? [] : [[name, column] as const];
    });
  }

  textOf(condition: Expression): string {
    const column = (name: string) => this.#explained.columns.get(name)?.text ?? name;
    if (condition.kind !== 'compare') return describeExpression(condition, column);
    const rarer = this.#rarerText(condition);
    if (rarer !== null) return rarer;
    const unit = this.#unitOf(condition.left) ?? this.#unitOf(condition.right);
    const side = (expression: Expression) =>
      expression.kind === 'literal' && typeof expression.value === 'number' && expression.type !== 'duration'
        ? showValue(expression.value, { type: expression.type, ...(unit === undefined ? {} : { unit }) })
        : describeExpression(expression, column);
    return `${side(condition.left)} ${condition.operator} ${side(condition.right)}`;
  }

  /** `anomaly(rms) rarer than 1 per 30d`; null: it is no such comparison. */
  #rarerText({ left, right }: Extract<Expression, { readonly kind: 'compare' }>): string | null {
    const column = left.kind === 'column' ? this.#explained.columns.get(left.column) : undefined;
    if (column?.detector?.of !== 'period' || right.kind !== 'literal') return null;
    return `${nameOf(column)} rarer than 1 per ${describeExpression(right)}`;
  }

  #distance(condition: Expression, row: Row): ConditionPart['distance'] {
    if (condition.kind !== 'compare') return null;
    if (this.#rarerText(condition) !== null) return null; // nobody counts how much less rare it was
    const [left, right] = [condition.left, condition.right].map(side => interpret(side, row, this.#functions));
    if (typeof left !== 'number' || typeof right !== 'number') return null;
    const unit = this.#unitOf(condition.left) ?? this.#unitOf(condition.right);
    const size = Math.abs(left - right);
    const { type } = condition.left;
    return { size, text: showValue(size, { type, ...(unit === undefined ? {} : { unit }) }) };
  }

  #unitOf(expression: Expression): string | undefined {
    switch (expression.kind) {
      case 'column':
        return this.#explained.columns.get(expression.column)?.unit;
      case 'negate':
        return this.#unitOf(expression.operand);
      case 'call':
        return expression.function === 'abs' ? this.#unitOf(expression.arguments[0]!) : undefined;
      default:
        return undefined;
    }
  }
}

const MOST_UNUSUAL = 'the most unusual';

/** Of a detector, without which of its outputs it is. */
function nameOf({ text, detector }: ExplainedColumn): string {
  return detector?.of === 'period' ? text.replace(/ period$/, '') : text;
}

/** At two units, such as days and hours. */
function roundedPeriod(us: number): string {
  const place = UNITS_US.findIndex(unit => us >= unit);
  const step = UNITS_US[place + 1] ?? 1;
  return showDuration(Math.round(us / step) * step);
}

const UNITS_US = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, 1];

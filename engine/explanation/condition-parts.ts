import { describeExpression } from '../../dsl/describe-expression.ts';
import { columnsOf, type Expression } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { interpret } from '../expression/interpret.ts';
import type { Functions } from '../functions/own-functions.ts';
import { showValue } from '../operators/rule/show.ts';
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
    const values = this.#columnsOf(condition).map(([name, column]) => [column.text, showValue(row(name), column)]);
    return {
      text: this.textOf(condition),
      truth: this.truthOf(condition, row),
      values: Object.fromEntries(values),
      distance: this.#distance(condition, row),
    };
  }

  /** The numbers that it reads and that are there. */
  numbers(condition: Expression, row: Row): ReadNumber[] {
    return this.#columnsOf(condition).flatMap(([name, column]) => {
      const value = row(name);
      return typeof value === 'number' ? [{ name: column.text, value, text: showValue(value, column) }] : [];
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
    const unit = this.#unitOf(condition.left) ?? this.#unitOf(condition.right);
    const side = (expression: Expression) =>
      expression.kind === 'literal' && typeof expression.value === 'number' && expression.type !== 'duration'
        ? showValue(expression.value, { type: expression.type, ...(unit === undefined ? {} : { unit }) })
        : describeExpression(expression, column);
    return `${side(condition.left)} ${condition.operator} ${side(condition.right)}`;
  }

  #distance(condition: Expression, row: Row): ConditionPart['distance'] {
    if (condition.kind !== 'compare') return null;
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

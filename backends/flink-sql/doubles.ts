import { atom, type Sql } from './sql.ts';

/** Digits alone where they say it exactly; SQL's numbers with an exponent are doubles. */
export function numberText(value: number): string {
  const text = String(value).replace('e', 'E').replace('E+', 'E');
  return Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER ? doubleText(text) : text;
}

/** Two whole numbers, or a whole number and a decimal, have arithmetic of their own in SQL: 1 / 2 is 0 there. */
export function inDoubles(left: Sql, right: Sql): readonly [Sql, Sql] {
  if (left.isDouble || right.isDouble) return [left, right];
  return isNumber(right) ? [left, asDouble(right)] : [asDouble(left), right];
}

export function asDouble(value: Sql): Sql {
  if (value.isDouble) return value;
  if (isNumber(value)) return { ...value, text: doubleText(value.text), isDouble: true };
  return atom(`CAST(${value.text} AS DOUBLE)`, true);
}

function doubleText(number: string): string {
  return number.includes('E') ? number : `${number}E0`;
}

function isNumber({ text }: Sql): boolean {
  return /^-?\d/.test(text) && !Number.isNaN(Number(text));
}

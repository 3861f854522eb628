import type { Expression } from '../../dsl/plan.ts';
import { asDouble } from './doubles.ts';
import { BINDING, type Sql, within } from './sql.ts';

/** A call as text, with its arguments as SQL and as the plan has them; undefined where there is no equivalent. */
type ScalarCall = (sql: readonly Sql[], plan: readonly Expression[]) => string | undefined;

/**
 * Functions of `dsl/catalog` as Flink has them. One that is missing here has no equivalent. All give null where an argument
 * is null, as ours do.
 */
export const SCALAR_CALLS: Readonly<Record<string, ScalarCall | undefined>> = {
  abs: plain('ABS'),
  sign: ([x]) => `CAST(SIGN(${x!.text}) AS BIGINT)`,
  sqrt: ([x]) => `CASE WHEN ${x!.text} >= 0 THEN SQRT(${asDouble(x!).text}) END`,
  exp: ([x]) => finite(`EXP(${x!.text})`),
  ln: ([x]) => `CASE WHEN ${x!.text} > 0 THEN LN(${x!.text}) END`,
  log10: ([x]) => `CASE WHEN ${x!.text} > 0 THEN LOG10(${x!.text}) END`,
  pow: ([x, n], plan) => {
    const power = `POWER(${asDouble(x!).text}, ${n!.text})`;
    return isCount(plan[1]!) ? power : finite(power);
  },
  floor: plain('FLOOR'),
  ceil: plain('CEIL'),
  round: plain('ROUND'),
  clamp: ([x, low, high]) => `LEAST(GREATEST(${x!.text}, ${low!.text}), ${high!.text})`,
  least: plain('LEAST'),
  greatest: plain('GREATEST'),
  mod: ([x, n], plan) => modText(x!, n!, plan),
  bit: ([status], plan) => bitText(status!, plan),
  sin: plain('SIN'),
  cos: plain('COS'),
  tan: plain('TAN'),
  atan2: ([y, x]) => `ATAN2(${asDouble(y!).text}, ${asDouble(x!).text})`,
  pi: () => 'PI()',

  length: plain('CHAR_LENGTH'),
  lower: plain('LOWER'),
  upper: plain('UPPER'),
  trim: ([text]) => `REGEXP_REPLACE(${text!.text}, '^\\s+|\\s+$', '')`,
  starts_with: plain('STARTSWITH'),
  ends_with: plain('ENDSWITH'),
  contains: ([text, part]) => `(LOCATE(${part!.text}, ${text!.text}) > 0)`,
  concat: texts => `(${texts.map(text => within(text, BINDING.sum)).join(' || ')})`,
  substring: ([text, start, length], plan) =>
    isCount(plan[1]!) && plan[1].value > 0
      ? `SUBSTRING(${[text!, start!, ...(length === undefined ? [] : [length])].map(part => part.text).join(', ')})`
      : undefined,
  replace: plain('REPLACE'),
  number: ([text]) => numberOf(text!),
  text: ([value], [plan]) => textOf(value!, plan!),

  hour_of_day: utc(time => `EXTRACT(HOUR FROM ${time})`),
  minute_of_hour: utc(time => `EXTRACT(MINUTE FROM ${time})`),
  day_of_week: utc(time => `EXTRACT(ISODOW FROM ${time})`),
  day_of_month: utc(time => `EXTRACT(DAY FROM ${time})`),
  month: utc(time => `EXTRACT(MONTH FROM ${time})`),
  year: utc(time => `EXTRACT(YEAR FROM ${time})`),
};

function plain(name: string): ScalarCall {
  return values => `${name}(${values.map(({ text }) => text).join(', ')})`;
}

const GREATEST_DOUBLE = '1.7976931348623157E308';

/** Java reads more than decimal notation: `1d`, `NaN`. */
function numberOf({ text }: Sql): string {
  const number = `TRY_CAST(TRIM(${text}) AS DOUBLE)`;
  const isDecimal = `REGEXP(${text}, '^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$')`;
  return `CASE WHEN ${isDecimal} AND ABS(${number}) <= ${GREATEST_DOUBLE} THEN ${number} END`;
}

/** Null where it is infinite or no number: comparisons with those are not true. */
function finite(text: string): string {
  return `CASE WHEN ABS(${text}) <= ${GREATEST_DOUBLE} THEN ${text} END`;
}

type Count = Extract<Expression, { kind: 'literal' }> & { readonly value: number };

export function isNonZero(expression: Expression): boolean {
  return expression.kind === 'literal' && expression.value !== 0;
}

function isCount(expression: Expression): expression is Count {
  return expression.kind === 'literal' && Number.isInteger(expression.value) && (expression.value as number) >= 0;
}

/** With the sign of n, where SQL's own has that of x; exact for whole numbers. */
function modText(x: Sql, n: Sql, plan: readonly Expression[]): string {
  const [a, b] = [x.text, n.text];
  const divisor = isNonZero(plan[1]!) ? b : `NULLIF(${b}, 0)`;
  if (plan.every(({ type }) => type !== 'float'))
    return `MOD(MOD(${a}, ${divisor}) + ${within(n, BINDING.product)}, ${b})`;
  const [p, q] = [within(asDouble(x), BINDING.product), within(n, BINDING.product + 1)];
  return `(${p} - ${q} * FLOOR(${p} / ${divisor}))`;
}

/** There are no operators on bits: the bit is whether the number of whole steps of 2^n is odd. */
function bitText(status: Sql, plan: readonly Expression[]): string | undefined {
  const place = plan[1]!;
  if (!isCount(place) || place.value > 52) return undefined;
  const steps = place.value === 0 ? status.text : `FLOOR(CAST(${status.text} AS DOUBLE) / ${2 ** place.value})`;
  return `(MOD(CAST(${steps} AS BIGINT), 2) <> 0)`;
}

/** Floats have more spellings than one. */
function textOf(value: Sql, { type }: Expression): string | undefined {
  if (type === 'bool') return `LOWER(CAST(${value.text} AS STRING))`;
  if (type === 'int' || type === 'symbol' || type === 'string') return `CAST(${value.text} AS STRING)`;
  return undefined;
}

/** The script sets the session's zone to UTC; there is one for all of it. */
function utc(extract: (time: string) => string): ScalarCall {
  return ([time], plan) => {
    const zone = plan[1];
    const isUtc = zone === undefined || (zone.kind === 'literal' && zone.value === 'UTC');
    return isUtc ? extract(time!.text) : undefined;
  };
}

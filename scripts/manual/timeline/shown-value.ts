import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { Field } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';

/** At most four significant digits, as much as a picture has room for. */
export function shownNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function shownUnit(unit: string | undefined): string {
  return unit === undefined ? '' : ` ${unit.replace('deg', '°')}`;
}

export function shownValue(value: Scalar, { type, unit }: Pick<Field, 'type' | 'unit'>): string {
  if (value === null) return 'null';
  if (typeof value !== 'number') return String(value);
  if (type === 'duration') return describeDuration(value);
  return `${shownNumber(value)}${shownUnit(unit)}`;
}

/** A number as a chart has it: durations are in seconds. */
export function chartValue(value: Scalar | undefined, { type }: Pick<Field, 'type'>): number | null {
  if (typeof value !== 'number') return null;
  return type === 'duration' ? value / 1_000_000 : value;
}

export function chartUnit({ type, unit }: Pick<Field, 'type' | 'unit'>): string {
  return type === 'duration' ? 's' : shownUnit(unit).trim();
}

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

/** What `time_to` says of a limit that is not on the way: beside minutes it would leave nothing to see. */
const TEN_YEARS_US = 3650 * 86_400_000_000;

/** A number as a chart has it: durations are in seconds, and ten years are none. */
export function chartValue(value: Scalar | undefined, { type }: Pick<Field, 'type'>): number | null {
  if (typeof value !== 'number' || (type === 'duration' && value >= TEN_YEARS_US)) return null;
  return type === 'duration' ? value / 1_000_000 : value;
}

export function chartUnit({ type, unit }: Pick<Field, 'type' | 'unit'>): string {
  return type === 'duration' ? 's' : shownUnit(unit).trim();
}

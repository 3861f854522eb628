import type { Field } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';

const DURATION_UNITS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
  ['us', 1],
] as const;

/** A value as people read it in a message: `85.3 degC`, `1m30s`, `2026-01-01T00:00:00.000Z`; null is `–`. */
export function showValue(value: Scalar, field: Pick<Field, 'type' | 'unit'> | undefined): string {
  if (value === null) return '–';
  if (typeof value !== 'number') return String(value);
  if (field?.type === 'time') return showTime(value);
  if (field?.type === 'duration') return showDuration(value);
  return field?.unit === undefined ? showNumber(value) : `${showNumber(value)} ${field.unit}`;
}

/** At most six significant digits, but no digit before the point is rounded away: 85.3, 1234567, 1.23457e-7. */
export function showNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1e6) return String(Math.round(value));
  return shownFast(value) ?? String(Number(value.toPrecision(6)));
}

/**
 * With six significant digits, as `toPrecision` has them, out of two whole numbers: to make the digits of a double takes five times
 * as long. Null where the product may have been rounded over the middle, and for small numbers.
 * benchmark: throughput/100-thresholds
 */
function shownFast(value: number): string | null {
  const size = Math.abs(value);
  if (size < 0.1) return null;
  let scale =
    size < 1 ? 1e6 : size < 10 ? 1e5 : size < 100 ? 1e4 : size < 1e3 ? 1e3 : size < 1e4 ? 100 : size < 1e5 ? 10 : 1;
  const scaled = size * scale;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  if (Math.abs(rest - 0.5) < 1e-6) return null;
  const rounded = rest < 0.5 ? floor : floor + 1;
  const whole = Math.floor(rounded / scale);
  let part = rounded - whole * scale;
  const sign = value < 0 ? '-' : '';
  if (part === 0) return sign + whole;
  for (; part % 10 === 0; part /= 10) scale /= 10;
  return `${sign}${whole}.${String(scale + part).slice(1)}`;
}

/** ISO 8601 in UTC, with microseconds only where there are some. */
export function showTime(timeUs: number): string {
  const text = new Date(Math.floor(timeUs / 1000)).toISOString();
  const microseconds = timeUs - Math.floor(timeUs / 1000) * 1000;
  return microseconds === 0 ? text : text.replace('Z', `${String(microseconds).padStart(3, '0')}Z`);
}

/** As a rule file writes it: `1h30m`, `250ms`. */
export function showDuration(durationUs: number): string {
  let rest = Math.round(Math.abs(durationUs));
  let text = durationUs < 0 ? '-' : '';
  for (const [unit, unitUs] of DURATION_UNITS) {
    const count = Math.floor(rest / unitUs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitUs;
  }
  return text === '' || text === '-' ? '0s' : text;
}

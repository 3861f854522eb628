import { isoTime } from './output-lines.ts';
import { Instant } from './instant.ts';

/**
 * JSON that reads back to the same values, also where JSON.stringify has others: -0, integers beyond 2⁵³ as bigint, numbers
 * that are too large for a double. What JSON has no word for is text: times as in ISO 8601, binary in base64, NaN.
 *
 * Throws a RangeError where the value is nested too deep.
 */
export function exactJson(value: object): string {
  return JSON.stringify(value, exact);
}

function exact(_name: string, value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : unusual(value);
    case 'bigint':
      return rawJSON(String(value));
    case 'object':
      if (value instanceof Instant) return isoTime(value.us);
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
    default:
      return value;
  }
}

function unusual(value: number): unknown {
  if (Number.isNaN(value)) return 'NaN';
  return rawJSON(value === 0 ? '-0' : value > 0 ? '1e999' : '-1e999');
}

/** Stands for itself in JSON.stringify. ES2026; the types do not know it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object };

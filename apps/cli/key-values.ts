import type { Field } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';

/** A key as people type it, the values of several fields separated by commas; null: it is none of these fields. */
export function keyValues(text: string, key: readonly Field[]): readonly Scalar[] | null {
  const parts = key.length === 1 ? [text] : text.split(',');
  const values = parts.map((part, index): Scalar => {
    switch (key[index]?.type) {
      case 'float':
      case 'int':
      case 'time':
      case 'duration':
        return part.trim() === '' ? Number.NaN : Number(part);
      case 'bool':
        return part === 'true';
      default:
        return part;
    }
  });
  return values.length === key.length && !values.some(Number.isNaN) ? values : null;
}

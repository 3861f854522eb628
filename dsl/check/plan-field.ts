import type { Field } from '../plan.ts';
import type { SchemaField } from './schema.ts';

/** A field as the plan has it. */
export function planField({ name, type, unit }: Omit<SchemaField, 'declaredAt'>): Field {
  return { name, type, ...(unit === null ? {} : { unit: unit.text }) };
}

import type { Span } from '../diagnostics.ts';
import type { ValueType } from '../plan.ts';
import type { Delay } from './delay.ts';
import type { Binding, Checked } from './scope.ts';

/** The fields of a stream as those who read it see them. */
export type StreamSchema = {
  readonly name: string;
  readonly fields: ReadonlyMap<string, SchemaField>; // the key's first
  readonly key: readonly string[];
  /** Names of fields that are wrong, and reported: they are not among `fields`, and what uses them is silent. */
  readonly faulty: ReadonlySet<string>;
  /** Other names for the event's time: `ts` of `time ts as ms`. */
  readonly timeNames: readonly string[];
  readonly isSource: boolean;
  /** The window, before it or its own, whose panes may stay open for ever. */
  readonly endless: Span | null;
  /** How late its rows may be, where they meet those of other streams. */
  readonly delay: Delay;
  /** Its rows have a revision: some are early ones. */
  readonly hasRevision: boolean;
  /** Of joined rows: what each side is called, and names that are fields of both. */
  readonly records?: ReadonlyMap<string, Binding>;
  /** A hint for who looks for a field that it does not have. */
  readonly absentHint?: string;
};

export type SchemaField = {
  readonly name: string;
  readonly type: ValueType;
  readonly unit: Checked['unit'];
  readonly declaredAt: Span | null;
};

/** The rows of a table, as those who look them up see them. */
export type TableSchema = {
  readonly name: string;
  readonly fields: ReadonlyMap<string, SchemaField>; // the key's first
  readonly key: readonly string[];
  readonly faulty: ReadonlySet<string>;
  readonly declaredAt: Span;
};

/**
 * What the names of an expression over the stream mean: its fields, `time`, and the stream's name or alias with the
 * fields as members. A field called `time` wins over the event's time (MEANING.md 36).
 */
export function bindingsOf(schema: StreamSchema, alias: string | null): Map<string, Binding> {
  const members = membersOf(schema);
  const bindings = new Map<string, Binding>(members);
  if (schema.records !== undefined) return new Map([...bindings, ...schema.records]);
  const recordName = alias ?? schema.name;
  if (!bindings.has(recordName)) bindings.set(recordName, { kind: 'record', members, declaredAt: null });
  return bindings;
}

/** The fields of a row, and its time. */
export function membersOf(schema: StreamSchema): Map<string, Binding> {
  const members = new Map<string, Binding>();
  // a field called `time` hides the column of that name, and so its other names
  const timeNames = schema.fields.has('time') ? [] : ['time', ...schema.timeNames];
  for (const name of timeNames) members.set(name, TIME);
  for (const field of schema.fields.values()) members.set(field.name, bindingOf(field));
  for (const name of schema.faulty) members.set(name, FAULTY);
  return members;
}

export function bindingOf(field: SchemaField, column = field.name): Binding {
  return { kind: 'column', column, type: field.type, unit: field.unit, declaredAt: field.declaredAt };
}

/** The reading's own word on itself: the stream's field of type quality. */
export function qualityFieldOf(schema: StreamSchema): string | null {
  for (const field of schema.fields.values()) if (field.type === 'quality') return field.name;
  return null;
}

const FAULTY: Binding = { kind: 'faulty' };
const TIME: Binding = { kind: 'column', column: 'time', type: 'time', unit: null, declaredAt: null };

import type { Diagnostic, Span } from '../diagnostics.ts';
import type { JoinKind } from '../plan.ts';
import { error } from './report.ts';
import { bindingOf, type SchemaField, type StreamSchema } from './schema.ts';
import type { Binding } from './scope.ts';
import type { JoinedStream } from './join.ts';

/** A field of joined rows; `column`: what the side calls it. One that both sides have is called `m.temp`. */
export type JoinedField = Omit<SchemaField, 'declaredAt'> & {
  readonly of: 'left' | 'right';
  readonly column: string;
};

export type JoinedNames = {
  /** Of the rows: what has one meaning has its own name. Without `delay`. */
  readonly schema: Omit<StreamSchema, 'delay'>;
  readonly fields: readonly JoinedField[];
  /** Names that both sides have. */
  readonly shared: readonly string[];
};

/**
 * What the names of a joined row mean: `m.temp` the field of that side, `temp` the field of the one side that has it, a field
 * of the key that of both, `m.time` the time of that side's event. Of an anti join, nothing of the right side is there.
 */
export function joinedNames(of: {
  readonly left: JoinedStream;
  readonly right: JoinedStream;
  readonly join: JoinKind;
  readonly key: readonly SchemaField[];
}): JoinedNames {
  const { left, right, join, key } = of;
  const isOfKey = (name: string) => key.some(field => field.name === name);
  const shared = join === 'anti' ? [] : namesOf(left).filter(name => namesOf(right).includes(name) && !isOfKey(name));
  const fields = new Map<string, SchemaField>(key.map(field => [field.name, field]));
  const joined: JoinedField[] = [];
  const records = new Map<string, Binding>();
  for (const side of join === 'anti' ? (['left'] as const) : (['left', 'right'] as const)) {
    const { schema, name: record } = of[side];
    const members = new Map<string, Binding>();
    for (const field of schema.fields.values()) {
      if (isOfKey(field.name)) {
        members.set(field.name, bindingOf(field));
        continue;
      }
      const name = shared.includes(field.name) ? `${record}.${field.name}` : field.name;
      joined.push({ name, type: field.type, unit: field.unit, of: side, column: field.name });
      members.set(field.name, bindingOf(field, name));
      if (name === field.name) fields.set(name, field);
    }
    if (!schema.fields.has('time')) {
      const name = `${record}.time`;
      joined.push({ name, type: 'time', unit: null, of: side, column: 'time' });
      const time: Binding = { kind: 'column', column: name, type: 'time', unit: null, declaredAt: null };
      for (const word of ['time', ...schema.timeNames]) members.set(word, time);
    }
    for (const name of schema.faulty) members.set(name, { kind: 'faulty' });
    const isPerhaps = side === 'right' && join === 'left' && !schema.fields.has('time');
    const presence = () => ({ kind: 'column', type: 'time', column: `${record}.time` }) as const;
    records.set(record, { kind: 'record', members, declaredAt: null, ...(isPerhaps ? { presence } : {}) });
  }
  if (join === 'anti') records.set(right.name, { kind: 'unreadable', why: span => noPartner(right, span) });
  for (const name of shared)
    records.set(name, { kind: 'shared', names: [left, right].map(side => `${side.name}.${name}`) });
  const schema = {
    name: `${left.name} and ${right.name}`,
    fields,
    key: key.map(({ name }) => name),
    faulty: new Set([...left.schema.faulty, ...right.schema.faulty].filter(name => !fields.has(name))),
    timeNames: [],
    isSource: false,
    endless: null,
    hasRevision: false,
    records,
  };
  return { schema, fields: joined, shared };
}

function noPartner({ name, schema }: JoinedStream, span: Span): Diagnostic {
  const hint = `what partners have to fulfil stands in a stream of its own, which is joined: \`stream other = from ${schema.name} where …\``;
  return error('MR2001', span, `behind an \`anti join\` there is no \`${name}\``, { hint });
}

function namesOf({ schema }: JoinedStream): string[] {
  return [...schema.fields.keys()];
}

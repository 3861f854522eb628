import type { Identifier } from '../ast.ts';
import { SIDE_FIELDS, type Side } from '../plan.ts';
import type { Context } from './context.ts';
import { NO_DELAY } from './delay.ts';
import { error } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';

/** The fields of `late(motor)` or `rejected(motor)`; null after a report. */
export function sideSchema(side: Side, stream: Identifier, context: Context): StreamSchema | null {
  const { names, schemas, report } = context;
  if (stream.name === 'alerts') return reportNoSource(side, stream, context);
  const source = names.stream(stream, report) && schemas.get(stream.name);
  if (source === null || source === undefined) return null;
  if (!source.isSource) return reportNoSource(side, stream, context);
  const fields = new Map<string, SchemaField>();
  for (const field of source.fields.values()) {
    if (side === 'late' || source.key.includes(field.name)) fields.set(field.name, field);
  }
  for (const { name, type } of SIDE_FIELDS[side]) {
    const taken = fields.get(name);
    if (taken !== undefined) reportTaken(taken, { side, stream }, context);
    else fields.set(name, { name, type, unit: null, declaredAt: null });
  }
  const faulty = side === 'late' ? source.faulty : new Set<string>();
  return {
    name: `${side}(${stream.name})`,
    fields,
    key: source.key,
    faulty,
    timeNames: [],
    isSource: false,
    endless: null,
    delay: NO_DELAY,
    hasRevision: false,
  };
}

function reportNoSource(side: Side, stream: Identifier, { report }: Context): null {
  const made = stream.name === 'alerts' ? 'of what rules say' : 'of another one';
  const message = `\`${side}(…)\` is of a stream that is read from outside, and \`${stream.name}\` is made ${made}`;
  const hint = `write \`${side}(…)\` of the stream \`from\` a connector`;
  report(error('MR2580', stream.span, message, { hint }));
  return null;
}

function reportTaken(
  field: SchemaField,
  { side, stream }: { readonly side: Side; readonly stream: Identifier },
  { report }: Context,
): void {
  const message = `\`${side}(${stream.name})\` has a field \`${field.name}\` of its own`;
  const hint = `give the field another name, and say where it stands in the message: \`other = $.${field.name}\``;
  const related = field.declaredAt === null ? [] : [{ span: field.declaredAt, message: 'the field of that name' }];
  report(error('MR2581', stream.span, message, { hint, related }));
}

import type { By, Expression } from '../ast.ts';
import type { Context } from './context.ts';
import { hintFor } from '../did-you-mean.ts';
import { reportEndless } from './endless.ts';
import { KEY_TYPES } from './field.ts';
import { error } from './report.ts';
import { bindingsOf, type StreamSchema } from './schema.ts';
import type { Binding } from './scope.ts';

/** The new key of `by site, line`; none for `by global`. Null after a report. */
export function checkBy(by: By, schema: StreamSchema, alias: string | null, context: Context): string[] | null {
  if (schema.endless !== null) reportEndless(by, schema.endless, context.report);
  if (by.kind === 'by-global') return [];
  const bindings = bindingsOf(schema, alias);
  const names: string[] = [];
  for (const field of by.fields) {
    const name = fieldNamed(field, bindings, schema, context);
    if (name === null) return null;
    if (names.includes(name)) context.report(error('MR2521', field.span, `\`${name}\` is named twice`));
    else names.push(name);
  }
  return names;
}

function fieldNamed(
  expression: Expression,
  bindings: ReadonlyMap<string, Binding>,
  schema: StreamSchema,
  { report }: Context,
): string | null {
  const name = nameOf(expression, bindings);
  if (name === null) {
    const hint = byHint(expression);
    report(error('MR2553', expression.span, '`by` takes names of fields', { hint }));
    return null;
  }
  if (schema.faulty.has(name)) return null;
  const field = schema.fields.get(name);
  if (field === undefined) {
    const hint = schema.absentHint ?? hintFor(name, [...schema.fields.keys()], 'fields');
    report(error('MR2554', expression.span, `\`${schema.name}\` has no field \`${name}\``, { hint }));
    return null;
  }
  if (!KEY_TYPES.includes(field.type)) {
    const hint = `a key is one of ${KEY_TYPES.join(', ')}`;
    report(error('MR2528', expression.span, `a ${field.type} cannot be a key`, { hint }));
    return null;
  }
  return name;
}

function byHint(expression: Expression): string {
  if (expression.kind === 'member') return `write \`by ${expression.property.name}\``;
  if (expression.kind === 'binary' && expression.operator === 'and') return 'between several of them stands a comma';
  return 'compute it in a derived stream: `stream b = from a select … as x`, then `by x`';
}

function nameOf(expression: Expression, bindings: ReadonlyMap<string, Binding>): string | null {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'member' || expression.object.kind !== 'name') return null;
  return bindings.get(expression.object.name)?.kind === 'record' ? expression.property.name : null;
}

/** The schema of the same rows under a new key: all fields stay, the key's come first. */
export function rekeyed(schema: StreamSchema, by: readonly string[]): StreamSchema {
  const fields = new Map(by.map(name => [name, schema.fields.get(name)!] as const));
  for (const [name, field] of schema.fields) if (!fields.has(name)) fields.set(name, field);
  return { ...schema, fields, key: by };
}

import type { By } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { checkBy } from './by.ts';
import type { Context } from './context.ts';
import { error } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';

/** A stream whose rows meet those of others, and where it is named. */
export type MeetingStream = { readonly schema: StreamSchema; readonly span: Span };

/** The one key that rows of several streams are taken by; `by`: fields of another key than theirs, none for one key for all. */
export type CommonKey = { readonly by: readonly string[] | null; readonly key: readonly SchemaField[] };

/** Null after a report, which has `code` where the keys differ, and then `hint`. */
export function commonKey(
  streams: readonly MeetingStream[],
  by: By | null,
  differing: { readonly code: string; readonly hint: string },
  context: Context,
): CommonKey | null {
  if (by !== null) return keyedBy(by, streams, differing.code, context);
  const [first, ...others] = streams;
  const key = keyOf(first!.schema);
  for (const { schema, span } of others) {
    if (isSameKey(key, keyOf(schema))) continue;
    const message = `the key of \`${schema.name}\` is ${keyText(keyOf(schema))}, and that of \`${first!.schema.name}\` is ${keyText(key)}`;
    const related = [{ span: first!.span, message: `\`${first!.schema.name}\`` }];
    context.report(error(differing.code, span, message, { hint: differing.hint, related }));
    return null;
  }
  return { by: null, key };
}

function keyedBy(by: By, streams: readonly MeetingStream[], code: string, context: Context): CommonKey | null {
  let names: readonly string[] | null = [];
  for (const { schema } of streams) {
    const ofStream = checkBy(by, schema, null, context);
    names = names && ofStream;
  }
  if (names === null) return null;
  const [first, ...others] = streams;
  const key = names.map(name => first!.schema.fields.get(name)!);
  for (const { schema, span } of others) {
    const differing = key.find(({ name, type }) => schema.fields.get(name)!.type !== type);
    if (differing === undefined) continue;
    const { name, type } = differing;
    const message = `\`${name}\` is a ${schema.fields.get(name)!.type} in \`${schema.name}\`, and a ${type} in \`${first!.schema.name}\``;
    const related = [{ span: first!.span, message: `\`${first!.schema.name}\`` }];
    context.report(error(code, span, message, { related }));
    return null;
  }
  return { by: names, key };
}

function keyOf({ key, fields }: StreamSchema): SchemaField[] {
  return key.map(name => fields.get(name)!);
}

function isSameKey(a: readonly SchemaField[], b: readonly SchemaField[]): boolean {
  return a.length === b.length && a.every(({ name, type }, i) => name === b[i]!.name && type === b[i]!.type);
}

function keyText(key: readonly SchemaField[]): string {
  return key.length === 0 ? 'none' : key.map(({ name, type }) => `${name}: ${type}`).join(', ');
}

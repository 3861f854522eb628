import type { RuleStatement } from '../ast.ts';
import type { SilenceNode } from '../plan.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import { error } from './report.ts';
import type { StreamSchema } from './schema.ts';

type OnSilence = Extract<RuleStatement['on'], { kind: 'on-silence' }>;

/** `silence of motor for 2m expected by devices`; undefined after a report. */
export function checkSilence(
  on: OnSilence,
  { where, by }: Pick<RuleStatement, 'where' | 'by'>,
  input: StreamSchema,
  context: Context,
): Pick<SilenceNode, 'forUs' | 'expectedBy'> | undefined {
  const { report } = context;
  const forUs = positiveUs(on.for, '`silence … for`', report);
  if (!input.isSource) {
    const hint = 'name the stream that its events come from';
    report(
      error('MR2545', on.stream.span, `\`${input.name}\` is computed, and only who sends can be silent`, { hint }),
    );
    return undefined;
  }
  const clause = where ?? by;
  if (clause !== null) {
    const hint = 'a level may have a condition over the key and tables: `medium when devices[device].commissioned`';
    report(error('MR3013', clause.span, 'silence is of a whole stream, key by key', { hint }));
    return undefined;
  }
  if (on.expectedBy === null) return { forUs, expectedBy: null };
  const table = context.names.table(on.expectedBy, report) && context.tables.get(on.expectedBy.name);
  if (!table) return undefined;
  const typesOf = ({ key, fields }: Pick<StreamSchema, 'key' | 'fields'>) => key.map(name => fields.get(name)!.type);
  if (typesOf(table).join() === typesOf(input).join() && table.key.length > 0) {
    return { forUs, expectedBy: table.name };
  }
  const keyText = ({ key, fields }: Pick<StreamSchema, 'key' | 'fields'>) =>
    key.length === 0 ? 'none' : key.map(name => `${name}: ${fields.get(name)!.type}`).join(', ');
  const message = `the key of \`${table.name}\` is ${keyText(table)}, and that of \`${input.name}\` is ${keyText(input)}`;
  const related = [{ span: table.declaredAt, message: 'the table' }];
  const hint = 'a table that says which keys are expected has the same key';
  report(error('MR2546', on.expectedBy.span, message, { hint, related }));
  return undefined;
}

/** What is there of a key that is silent. */
export function keyOnly(schema: StreamSchema): StreamSchema {
  const fields = new Map(schema.key.map(name => [name, schema.fields.get(name)!] as const));
  return { ...schema, fields, faulty: new Set(), timeNames: [] };
}

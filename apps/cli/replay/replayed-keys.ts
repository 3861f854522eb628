import type { Field, Plan, SourceNode } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import { CommandLineError } from '../command-line-error.ts';
import { keyValues } from '../key-values.ts';

/**
 * A key as `--key` names it: `device=m1,site=north`, or its values alone, in their order, where all streams have one key.
 * Errors: MR7344.
 */
export function replayedKey(text: string, plan: Plan): Readonly<Record<string, Scalar>> {
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const fields = text.includes('=') ? namedFields(text, sources) : commonKey(sources);
  const values = fields === null ? null : keyValues(text.replaceAll(/(^|,)[^=,]*=/g, '$1'), fields);
  if (fields === null || values === null) throw noKey(text, sources);
  return Object.fromEntries(fields.map(({ name }, k) => [name, values[k]!]));
}

/** Null: one of them is no field. */
function namedFields(text: string, sources: readonly SourceNode[]): readonly Field[] | null {
  const names = text.split(',').map(part => part.slice(0, Math.max(0, part.indexOf('='))).trim());
  const fields = names.map(name => sources.flatMap(source => source.fields).find(field => field.name === name));
  return fields.includes(undefined) ? null : (fields as readonly Field[]); // as: none is missing
}

/** Null: there is none. */
function commonKey(sources: readonly SourceNode[]): readonly Field[] | null {
  const keys = new Set(sources.map(({ key }) => key.join(',')));
  const [source] = sources;
  if (keys.size !== 1 || source === undefined || source.key.length === 0) return null;
  return source.key.map(name => source.fields.find(field => field.name === name)!);
}

function noKey(text: string, sources: readonly SourceNode[]): CommandLineError {
  const keys = sources.map(({ id, key }) => `${id}: ${key.length === 0 ? 'none' : key.join(', ')}`);
  return new CommandLineError(
    'MR7344',
    `--key ${JSON.stringify(text)} is no key of these rules`,
    `such as --key device=m1, of several fields with commas between; the keys of the streams are ${keys.join(' · ')}`,
  );
}

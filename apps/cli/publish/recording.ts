import type { RecordColumn, RecordOptions } from '../../../connectors/file/records.ts';
import { readSample, type Sample } from '../../../connectors/file/sample.ts';
import { columnName, missingColumns } from '../../../connectors/codecs/csv.ts';
import type { SourceNode, SourceTime, ValueType } from '../../../dsl/plan.ts';
import { inferFields } from '../new-from-data/infer-fields.ts';
import { inferTime } from '../new-from-data/infer-time.ts';
import type { Destination } from './destination.ts';

/** How a file is read. */
export type Recording = Omit<RecordOptions, 'shiftUs'>;

/**
 * What the stream says of columns and the time holds; of all else, what the first rows look like. Standard input is not
 * looked at before it is read, and has no columns.
 *
 * Errors: those of the file connector, MR5005 where the file lacks a column that the stream or the subject needs.
 */
export async function lookAtRecording(path: string, { stream, template }: Destination): Promise<Recording> {
  const declared = stream === null ? null : payloadTime(stream);
  if (path === '-') return { path, columns: null, time: declared };
  const sample = await readSample(path, { maxRows: MAX_ROWS });
  const inferred = declared === null ? inferTime(sample) : null;
  const time: SourceTime | null =
    inferred === null ? declared : { from: { kind: 'path', path: inferred.column.path }, format: inferred.format };
  const isTable = sample.format !== 'json' && sample.format !== 'ndjson';
  requireColumns(sample, { stream, names: template.names, isTable });
  return { path, columns: isTable ? columnsOf(sample, { stream, time }) : null, time };
}

/** Where a value of the record stands that a subject names. */
export function pathOf(name: string, stream: SourceNode | null): readonly (string | number)[] {
  const from = stream?.fields.find(field => field.name === name)?.from;
  return from?.kind === 'path' ? from.path : [name];
}

/** A time that stands in the subject is none of a file's. */
function payloadTime({ time }: SourceNode): SourceTime | null {
  return time?.from.kind === 'path' ? time : null;
}

function columnsOf(
  sample: Sample,
  { stream, time }: { readonly stream: SourceNode | null; readonly time: SourceTime | null },
): RecordColumn[] {
  const names = sample.columns.map(({ path }) => path[0]!);
  const types = new Map<string, ValueType | null>();
  for (const { column, type } of inferFields(sample, { without: null }).fields) types.set(column.path[0]!, type);
  if (time?.from.kind === 'path') types.set(String(time.from.path[0]), null);
  for (const { name, from, type } of decodedFields(stream)) types.set(columnName({ name, origin: from }, names), type);
  return names.map(name => {
    const type = types.get(name);
    return { name, type: type === undefined ? 'string' : type };
  });
}

/** As a run would: it reads no table that lacks a column. In JSON only what the subject names has to be somewhere. */
function requireColumns(
  { columns, rows }: Sample,
  options: { readonly stream: SourceNode | null; readonly names: readonly string[]; readonly isTable: boolean },
): void {
  const { stream, names, isTable } = options;
  if (rows === 0) return;
  const found = columns.map(({ path }) => path.join('.'));
  const ofSubject = names.map(name => pathOf(name, stream).join('.'));
  const ofPayload = decodedFields(stream)
    .filter(({ from, default: standsIn }) => isTable && from.kind === 'path' && standsIn === null)
    .map(({ name, from }) => columnName({ name, origin: from }, found));
  const isThere = (name: string) => found.some(path => path === name || (!isTable && name.startsWith(`${path}.`)));
  const missing = [...ofSubject, ...ofPayload].filter(name => !isThere(name));
  if (missing.length > 0) throw missingColumns(missing, found);
}

function decodedFields(stream: SourceNode | null): SourceNode['fields'] {
  return stream?.fields.filter(({ from }) => from.kind !== 'identity') ?? [];
}

const MAX_ROWS = 10_000;

import { rekeyDelay } from '../check/delay.ts';
import type { CheckedPattern, PatternStream } from '../check/pattern.ts';
import { planField } from '../check/plan-field.ts';
import type { StreamSchema } from '../check/schema.ts';
import {
  type BoundRow,
  type BoundValue,
  type Field,
  IDENTITY_COLUMNS,
  type PatternEvent,
  type PatternPart,
  type ValueType,
} from '../plan.ts';
import { renameColumns } from '../plan/expression-parts.ts';
import type { ColumnMap, PatternView, PlanGraph, View } from './plan-graph.ts';

type Input = PatternStream & { readonly view: View };
type Lowered = Omit<CheckedPattern, 'streams'> & { readonly streams: readonly Input[] }; // in the file's order

/** The rows of all streams that a pattern names, in one order by one key, and its matches among them. */
export function lowerPattern(
  pattern: Lowered,
  name: string,
  graph: PlanGraph,
  tells: (stream: string) => BoundParts = () => 'nothing',
): PatternView & { readonly bound: readonly BoundRow[] } {
  const rows = rowsOf(pattern, name, graph);
  const values = new Set(pattern.values.map(value => value.name));
  const events = pattern.events.map(({ name: written, stream, isGood, when, condition }): PatternEvent => {
    const { isHere, column } = rows.of(stream);
    const renamed = condition && renameColumns(condition, read => (values.has(read) ? read : column(read)));
    const looksAt = isGood === null ? isHere : column(isGood); // in rows of other streams it is null
    return { name: written, rows: looksAt, when: when && column(when), condition: renamed };
  });
  const bound = pattern.values.map(({ name: text, event, take, column, type }): BoundValue => {
    const rowsOfEvent = rows.of(pattern.events[event]!.stream);
    return { name: text, event, take, column: column === null ? null : rowsOfEvent.column(column), type };
  });
  const told = toldRows(pattern, rows, tells);
  const allValues = [...bound, ...told.flatMap(({ values: own }) => own)];
  const matches = graph.match(rows.view, { events, ...pattern.match, values: allValues }, name);
  return {
    ...matches,
    bound: told.map(({ stream, values: own }) =>
      boundRow(
        stream,
        own.map(value => matches.columns(value.name)),
      ),
    ),
  };
}

/** What is kept of the rows of a stream that are bound, so that an alert can name them. */
export type BoundParts = 'nothing' | 'time' | 'identity';

type ToldRow = { readonly stream: string; readonly values: readonly BoundValue[] };

/** For each event the last row that is bound, of a repeated one the first as well. */
function toldRows(pattern: Lowered, rows: PatternRows, tells: (stream: string) => BoundParts): ToldRow[] {
  return eventsOf(pattern.match.root).flatMap(({ event, isRepeated }): ToldRow[] => {
    const { name, stream } = pattern.events[event]!;
    const { schema } = pattern.streams.find(each => each.schema.name === stream)!;
    const parts = tells(stream);
    if (parts === 'nothing' || schema.fields.has('time')) return []; // a field that hides the time
    const read: readonly Field[] = [{ name: 'time', type: 'time' }, ...(parts === 'identity' ? IDENTITY : [])];
    const takes = isRepeated ? (['first', 'last'] as const) : (['last'] as const);
    return takes.map(kind => ({
      stream,
      values: read.map(({ name: column, type }) => ({
        name: `#${event}:${name}.${kind}.${column.replace('#', '')}`,
        event,
        take: { kind },
        column: rows.of(stream).column(column),
        type,
      })),
    }));
  });
}

function boundRow(stream: string, [time, source, sequence, item]: readonly string[]): BoundRow {
  const identity = source === undefined ? null : { source, sequence: sequence!, item: item! };
  return { stream, time: time!, identity };
}

/** In the order of the pattern; of an absence none is bound. */
function eventsOf(part: PatternPart, isInRepeated = false): { readonly event: number; readonly isRepeated: boolean }[] {
  if (part.kind === 'absence') return [];
  const isRepeated = isInRepeated || part.max !== 1;
  if (part.kind === 'event') return [{ event: part.event, isRepeated }];
  return part.parts.flatMap(inner => eventsOf(inner, isRepeated));
}

const IDENTITY: readonly Field[] = [
  { name: IDENTITY_COLUMNS.source, type: 'symbol' },
  { name: IDENTITY_COLUMNS.sequence, type: 'int' },
  { name: IDENTITY_COLUMNS.item, type: 'int' },
];

/** What a pattern looks at. */
type PatternRows = {
  readonly view: View;
  /** From the names within the statement to the columns of the rows; `isHere`: which rows are the stream's. */
  of(stream: string): { readonly isHere: string | null; readonly column: ColumnMap };
};

function rowsOf(pattern: Lowered, name: string, graph: PlanGraph): PatternRows {
  const inputs = pattern.streams.map(stream => {
    const column = graph.columns(stream.view, stream.columns);
    const { view, schema } = stream;
    const rekeyed = pattern.by === null ? view : graph.rekey(view, pattern.by, `${name}#by(${schema.name})`);
    return { ...stream, view: rekeyed, column };
  });
  const [only, ...others] = inputs;
  if (others.length === 0) return { view: only!.view, of: () => ({ isHere: null, column: only!.column }) };
  const latenessOf = ({ delay }: StreamSchema) => (pattern.by === null ? delay : rekeyDelay(delay)).latenessUs;
  const merged = graph.merge(
    inputs.map(({ view, schema }) => ({ view, name: `${name}#${schema.name}`, latenessUs: latenessOf(schema) })),
    pattern.key.map(planField),
    name,
  );
  return {
    view: merged.view,
    of: stream => {
      const place = inputs.findIndex(({ schema }) => schema.name === stream);
      const { schema, column, columns } = inputs[place]!;
      const types = typesOf(schema, columns);
      return {
        isHere: merged.isHere(place),
        column: read =>
          isTime(read, schema) ? read : merged.column(place, { ...types.get(read)!, name: column(read) }),
      };
    },
  };
}

/** The time of merged rows is that of the stream's. */
function isTime(column: string, { fields }: StreamSchema): boolean {
  return column === 'time' && !fields.has('time');
}

/** By name within the statement. */
function typesOf(
  { fields }: StreamSchema,
  columns: PatternStream['columns'],
): ReadonlyMap<string, Omit<Field, 'name'>> {
  const types = new Map<string, Omit<Field, 'name'>>();
  for (const { name, type, unit } of fields.values())
    types.set(name, { type, ...(unit === null ? {} : { unit: unit.text }) });
  for (const request of columns) types.set(request.column, { type: typeOf(request) });
  for (const { name, type } of IDENTITY) types.set(name, { type });
  return types;
}

function typeOf(request: PatternStream['columns'][number]): ValueType {
  switch (request.kind) {
    case 'compute':
      return request.expression.type;
    case 'range':
    case 'history':
      return request.call.type;
    case 'detector':
      return request.output.type;
    case 'lookup':
      return request.field.type;
  }
}

import type { By, Identifier, Pattern } from '../ast.ts';
import { commonKey } from './common-key.ts';
import type { Context } from './context.ts';
import { type Delay, mergedDelay, rekeyDelay } from './delay.ts';
import { reportEndless } from './endless.ts';
import { reportActions } from './actions-stream.ts';
import type { EventPlace } from './pattern-structure.ts';
import { error } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';

/** The streams that a pattern names, and the one key that their rows are taken by. */
export type PatternStreams = {
  readonly schemas: ReadonlyMap<string, StreamSchema>; // in the order in which they are first named
  /** Another key than theirs: of fields that all of them have; none for one key for all. */
  readonly by: readonly string[] | null;
  readonly key: readonly SchemaField[];
  /** Of the rows that are looked at. */
  readonly delay: Delay;
};

/** Null after a report, and where a stream that is named is left out itself. */
export function checkStreams(
  pattern: Pattern,
  places: readonly Pick<EventPlace, 'event'>[],
  by: By | null,
  context: Context,
): PatternStreams | null {
  const streams = findStreams(pattern, places, by, context);
  if (streams === null) return null;
  const { schemas } = streams;
  if (schemas.size > 1 && !haveEnds(schemas, firstPlaces(places), context.report)) return null;
  return { ...streams, delay: delayOf(streams) };
}

/** Rows of several streams wait for each other: panes that need not end would hold the others up. */
function haveEnds(
  schemas: PatternStreams['schemas'],
  named: ReadonlyMap<string, Identifier['span']>,
  report: Context['report'],
): boolean {
  for (const { name, endless } of schemas.values()) {
    if (endless === null) continue;
    reportEndless({ span: named.get(name)! }, endless, report);
    return false;
  }
  return true;
}

function delayOf({ schemas, by }: Pick<PatternStreams, 'schemas' | 'by'>): Delay {
  const delays = [...schemas.values()].map(({ delay }) => (by === null ? delay : rekeyDelay(delay)));
  return delays.length === 1 ? delays[0]! : mergedDelay(delays);
}

function findStreams(
  pattern: Pattern,
  places: readonly Pick<EventPlace, 'event'>[],
  by: By | null,
  context: Context,
): Omit<PatternStreams, 'delay'> | null {
  const schemas = new Map<string, StreamSchema>();
  let isWhole = true;
  for (const { event } of places) {
    const schema = schemas.get(event.stream.name) ?? schemaOf(event.stream, context);
    if (schema === null) isWhole = false;
    else schemas.set(schema.name, schema);
  }
  const named = firstPlaces(places);
  if (pattern.across !== null) {
    if (by !== null) {
      const hint = 'let `across` say what events have in common, or leave it out';
      const related = [{ span: pattern.across.span, message: '`across`' }];
      context.report(error('MR2655', by.span, '`across` looks at all keys, and `by` at one', { hint, related }));
      return null;
    }
    return isWhole ? { schemas, by: [], key: [] } : null;
  }
  if (!isWhole) return null;
  const meeting = [...schemas.values()].map(schema => ({ schema, span: named.get(schema.name)! }));
  const hint = 'match them by a field that both have, `by site`, or by a condition: `across a.site == b.site`';
  const common = commonKey(meeting, by, { code: 'MR2646', hint }, context);
  return common && { schemas, ...common };
}

function schemaOf(stream: Identifier, { names, schemas, report }: Context): StreamSchema | null {
  if (stream.name === 'actions') {
    reportActions(stream.span, report);
    return null;
  }
  if (stream.name === 'alerts') {
    const hint = 'give their changes a name, and match that: `stream changes = from alerts where rule == "hot"`';
    report(
      error('MR2656', stream.span, 'a pattern is over streams with a schema, and `alerts` has that of its reader', {
        hint,
      }),
    );
    return null;
  }
  return names.stream(stream, report) && (schemas.get(stream.name) ?? null);
}

function firstPlaces(places: readonly Pick<EventPlace, 'event'>[]): ReadonlyMap<string, Identifier['span']> {
  return new Map(places.toReversed().map(({ event: { stream } }) => [stream.name, stream.span]));
}

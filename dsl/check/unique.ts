import type { Identifier, UniqueMember } from '../ast.ts';
import { describeDuration } from '../describe-expression.ts';
import { hintFor } from '../did-you-mean.ts';
import type { UniqueEvents } from '../plan.ts';
import { positiveUs } from './duration.ts';
import { error, type Report } from './report.ts';
import type { StreamSchema } from './schema.ts';

/** `unique by id, ts within 10m`; null after a report. `hasTime`: the stream declares an event time. */
export function checkUnique(
  { fields, within }: UniqueMember,
  { schema, hasTime }: { readonly schema: StreamSchema; readonly hasTime: boolean },
  report: Report,
): UniqueEvents | null {
  const withinUs = positiveUs(within, '`within`', report);
  if (withinUs > MAX_WITHIN_US) {
    const most = describeDuration(MAX_WITHIN_US);
    const hint = 'name as long as a publisher may take until it sends the same again';
    const message = `every event of the last ${within.text} would be remembered; ${most} is the most`;
    report(error('MR3004', within.span, message, { hint }));
  }
  const names = fields.map(field => meaningOf(field, { schema, hasTime }, report));
  const isKnown = names.every(name => name !== null);
  names.forEach((name, i) => {
    if (name === null || names.indexOf(name) === i) return;
    const what = name === EVENT_TIME ? "the event's time" : `\`${name}\``;
    report(error('MR2521', fields[i]!.span, `${what} is named twice`));
  });
  if (!isKnown) return null;
  const others = names.filter(name => name !== EVENT_TIME && !schema.key.includes(name));
  return { fields: others, isOfTime: names.includes(EVENT_TIME), withinUs };
}

/** A year: each event is remembered with its values. */
const MAX_WITHIN_US = 365 * 86_400_000_000;

/** In place of a field's name; none has a `#`. */
const EVENT_TIME = '#time';

/** The field's name, or EVENT_TIME; null after a report, and for a field that has one already. */
function meaningOf(
  { name, span }: Identifier,
  { schema, hasTime }: { readonly schema: StreamSchema; readonly hasTime: boolean },
  report: Report,
): string | null {
  if (schema.fields.has(name)) return name;
  if (schema.faulty.has(name)) return null;
  if (schema.timeNames.includes(name)) return EVENT_TIME;
  if (name !== 'time') {
    const hint = hintFor(name, [...schema.fields.keys(), ...schema.timeNames], 'fields');
    report(error('MR2554', span, `\`${schema.name}\` has no field \`${name}\``, { hint }));
    return null;
  }
  if (hasTime) return EVENT_TIME;
  const hint = 'declare the time at which it was measured, such as `time ts as ms`, or name a field that is sent again';
  report(
    error('MR2538', span, `the time of \`${schema.name}\` is its arrival, which no repetition has again`, { hint }),
  );
  return null;
}

import { goldenStream } from '../golden-stream.ts';
import type { Query } from '../throughput/query.ts';

/** What is asked of both trees; `pass` asks it once more. */
export type Question = { readonly pass: () => void };

const SLOW_EVENTS = 200_000;
const EVENTS = 500_000;
const QUICK_EVENTS = 2_000_000;
const MESSAGES = 50_000;

/**
 * A pass of each takes some fifty milliseconds. Each is imported by itself: where the base cannot answer one, it can
 * answer the others.
 */
export const QUESTIONS: Readonly<Record<string, () => Promise<Question>>> = {
  filter: async () => ofQuery((await import('../throughput/filter.ts')).filter, QUICK_EVENTS),
  tumbling: async () => ofQuery((await import('../throughput/tumbling.ts')).tumbling, EVENTS),
  sliding: async () => ofQuery((await import('../throughput/sliding.ts')).sliding, EVENTS),
  for: async () => ofQuery((await import('../throughput/held.ts')).held, EVENTS),
  'tumbling-lateness': async () => ofQuery((await import('../throughput/tumbling.ts')).reordered, SLOW_EVENTS),
  '100-thresholds': async () => ofQuery((await import('../throughput/many-rules.ts')).thresholds, EVENTS),
  '1000-equalities': async () => ofQuery((await import('../throughput/many-rules.ts')).equalities, EVENTS),
  'followed-by': async () => ofQuery((await import('../patterns/followed-by.ts')).followedBy, EVENTS),
  absence: async () => ofQuery((await import('../patterns/absence.ts')).absence, EVENTS),
  rising: async () => ofQuery((await import('../patterns/rising.ts')).rising, EVENTS),
  json: () => ofMessages('json'),
  'json-lists': () => ofMessages('json, a list of a hundred'),
};

/** Its outputs are checked once, and counted in each pass. */
async function ofQuery(query: Query, events: number): Promise<Question> {
  const { checkOutputs, enginePass, planOf } = await import('../throughput/passes.ts');
  const stream = goldenStream(events);
  const plan = planOf(query);
  const expected = checkOutputs(plan, query, stream);
  return { pass: () => enginePass(plan, query, stream, expected) };
}

async function ofMessages(kind: string): Promise<Question> {
  const { decoderPass, messagesOf } = await import('../throughput/messages.ts');
  const messages = messagesOf(goldenStream(MESSAGES))[kind]!;
  return { pass: () => decoderPass(messages, MESSAGES) };
}

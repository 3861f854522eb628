import { parseArgs } from 'node:util';
import { ENTRANTS } from './entrant.ts';
import { LEAST_EVENTS } from './measure-question.ts';
import { QUESTIONS } from './questions.ts';

export const MEMORY_EVENTS = 5_000_000;

/** What a run measures, and where it writes. */
export type Settings = {
  readonly questions: readonly string[];
  /** Names of engines; ours and the loop by hand are always there. */
  readonly peers: readonly string[];
  readonly hasStore: boolean;
  readonly maxEvents: number;
  /** All questions of all engines, and the store. */
  readonly isComplete: boolean;
  /** Where results go instead of `benchmarks/results`; null: there, and only those of a complete run with all events. */
  readonly folder: string | null;
};

/** Throws where the words say nothing that can be measured; the message is for the user. */
export function settingsOf(words: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' }, // peers, or `telegraf`
      query: { type: 'string' },
      'max-events': { type: 'string', default: String(MEMORY_EVENTS) }, // a few: to see whether all still works
      to: { type: 'string' },
    },
  });
  const known = ENTRANTS.filter(({ isPeer }) => isPeer).map(({ name }) => name);
  const peers = namesOf(values.only, [...known, 'telegraf']);
  const questions = namesOf(values.query, [...QUESTIONS.keys()]);
  const maxEvents = Number(values['max-events']);
  if (!Number.isInteger(maxEvents) || maxEvents < LEAST_EVENTS) {
    throw new Error(`--max-events ${values['max-events']}: a number of at least ${LEAST_EVENTS}`);
  }
  const isComplete = values.only === undefined && values.query === undefined;
  if (values.to !== undefined && !isComplete)
    throw new Error('--to writes the results of all; leave out --only and --query');
  const engines = peers.filter(name => name !== 'telegraf');
  return {
    questions: engines.length > 0 ? questions : [],
    peers: engines,
    hasStore: peers.includes('telegraf') && values.query === undefined,
    maxEvents,
    isComplete,
    folder: values.to ?? null,
  };
}

function namesOf(text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const names = text.split(',');
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return names;
}

import { absence } from '../patterns/absence.ts';
import { followedBy } from '../patterns/followed-by.ts';
import { rising } from '../patterns/rising.ts';
import { filter } from '../throughput/filter.ts';
import { deviceLimits, limits } from '../throughput/many-limits.ts';
import { equalities, thresholds } from '../throughput/many-rules.ts';
import { mixed } from './mixed.ts';
import type { Query } from '../throughput/query.ts';
import { pumpStation } from './pump-station/rules.ts';
import { sliding } from '../throughput/sliding.ts';
import { tumbling } from '../throughput/tumbling.ts';

/** One question, and what it is in a few words. */
export type AskedQuestion = { readonly query: Query; readonly words: string };

/** The one that has a stream of its own, from memory. */
export const PUMP_STATION = pumpStation.name;

/** What is asked of each engine, by the name under which the peers know it. */
export const QUESTIONS: ReadonlyMap<string, AskedQuestion> = new Map([
  ['Q1', { query: filter, words: 'a filter on two fields' }],
  ['Q2', { query: tumbling, words: 'five aggregates per device in windows of 10 s' }],
  ['Q3', { query: sliding, words: "against the device's average of the last minute" }],
  ['Q4', { query: followedBy, words: 'one reading followed by another within 10 s' }],
  ['rising', { query: rising, words: 'three readings, each hotter than the one before' }],
  ['absence', { query: absence, words: 'nothing follows for 3 s' }],
  ['100-limits', { query: limits, words: '100 filters' }],
  ['1000-limits', { query: deviceLimits, words: '1,000 filters, each of one device' }],
  ['100-alarms', { query: thresholds, words: '100 alarms, raised and cleared' }],
  ['1000-alarms', { query: equalities, words: '1,000 alarms, each of one device' }],
  [PUMP_STATION, { query: pumpStation, words: 'its eight rules, on its readings' }],
  ['mixed', { query: mixed, words: 'Q1 to absence at once' }],
]);

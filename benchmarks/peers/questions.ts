import { absence } from '../patterns/absence.ts';
import { followedBy } from '../patterns/followed-by.ts';
import { rising } from '../patterns/rising.ts';
import { filter } from '../throughput/filter.ts';
import { deviceLimits, limits } from '../throughput/many-limits.ts';
import { equalities, thresholds } from '../throughput/many-rules.ts';
import { mixed } from './mixed.ts';
import type { Query } from '../throughput/query.ts';
import { sliding } from '../throughput/sliding.ts';
import { tumbling } from '../throughput/tumbling.ts';

/** What is asked of each engine, by the name under which the peers know it. */
export const QUESTIONS: ReadonlyMap<string, Query> = new Map([
  ['Q1', filter],
  ['Q2', tumbling],
  ['Q3', sliding],
  ['Q4', followedBy],
  ['rising', rising],
  ['absence', absence],
  ['100-limits', limits],
  ['1000-limits', deviceLimits],
  ['100-alarms', thresholds],
  ['1000-alarms', equalities],
  ['mixed', mixed],
]);

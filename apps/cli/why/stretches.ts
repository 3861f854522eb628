import type { Evidence, Key } from '../../../engine/explanation/witness.ts';
import type { Past, Stretch } from './past.ts';

/**
 * Runs a rule over stretches before an instant, each longer than the one before, until they are enough: what a rule is in
 * depends on all of its past, and seldom on more than a part of it. Returns the last one; `fromUs` null: there is no more.
 */
export async function runStretches(
  past: Past,
  question: Omit<Stretch, 'fromUs'> & {
    readonly key: Key;
    readonly atUs: number;
    /** How long an event may matter, at a guess. */
    readonly horizonUs: number;
    readonly isEnough: (evidence: Evidence, before: Evidence | null) => boolean;
  },
): Promise<{ readonly evidence: Evidence; readonly fromUs: number | null }> {
  const { key, atUs, horizonUs, isEnough, ...until } = question;
  let before: Evidence | null = null;
  if (past.hasStretches) {
    for (let lengthUs = 2 * horizonUs + LEAST_US; lengthUs < atUs; lengthUs *= GROWTH) {
      const fromUs = atUs - lengthUs;
      const evidence = await past.run(key, { ...until, fromUs });
      if (isEnough(evidence, before)) return { evidence, fromUs };
      before = evidence;
    }
  }
  return { evidence: await past.run(key, { ...until, fromUs: 0 }), fromUs: null };
}

const LEAST_US = 3_600_000_000;
const GROWTH = 24; // an hour, a day, some weeks, more than a year

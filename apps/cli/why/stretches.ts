import type { Evidence, Key } from '../../../engine/explanation/rerun.ts';
import type { Past } from './past.ts';

export type Stretch = { readonly fromUs: number; readonly toUs: number; readonly endUs: number };

/**
 * Runs a rule over stretches before an instant, each longer than the one before, until they are enough: what a rule is in
 * depends on all of its past, and seldom on more than a part of it. Returns the last one; `fromUs` null: there is no more.
 */
export async function runStretches(
  past: Past,
  question: {
    readonly key: Key;
    readonly atUs: number;
    readonly toUs: number;
    readonly endUs: number;
    /** How long an event may matter, at a guess. */
    readonly horizonUs: number;
    readonly isEnough: (evidence: Evidence, before: Evidence | null) => boolean;
  },
): Promise<{ readonly evidence: Evidence; readonly fromUs: number | null }> {
  const { key, atUs, toUs, endUs, horizonUs, isEnough } = question;
  let before: Evidence | null = null;
  if (past.hasStretches) {
    for (let lengthUs = 2 * horizonUs + LEAST_US; lengthUs < atUs; lengthUs *= GROWTH) {
      const fromUs = atUs - lengthUs;
      const evidence = await past.run(key, { fromUs, toUs, endUs });
      if (isEnough(evidence, before)) return { evidence, fromUs };
      before = evidence;
    }
  }
  return { evidence: await past.run(key, { fromUs: 0, toUs, endUs }), fromUs: null };
}

const LEAST_US = 3_600_000_000;
const GROWTH = 24; // an hour, a day, some weeks, more than a year

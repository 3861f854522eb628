import { describe, expect, it } from 'vitest';
import { runs } from '../oracle/runs.ts';
import type { ProgramSet } from './programs.ts';
import { simulate } from './simulation.ts';
import { addTally, emptyTally } from './tally.ts';

const RUNS = runs(110).numRuns;
const PLANT_RUNS = Math.ceil(RUNS / 10);
const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() % 1e9);

describe('a process on a disk, with sources, sinks, workers and a clock that fail', () => {
  it.each([
    ['that were drawn once and for all', 1],
    ['that are new each time', SEED],
  ])(
    `gives what an undisturbed one gives: ${RUNS} seeds %s, from %i on`,
    async (_, first) => {
      const total = emptyTally();
      for (let seed = first; seed < first + RUNS; seed++) addTally(total, await simulatedOrSeed(seed));
      expect(total.runs).toBe(RUNS);
      if (RUNS < 30 || first === SEED) return; // too few, or too much of a chance, for each fault to happen
      expect(Object.entries(total).filter(([, count]) => count === 0)).toEqual([]);
    },
    600_000,
  );

  it(`also with tables that change and operators who act: ${PLANT_RUNS} seeds`, async () => {
    for (let seed = SEED; seed < SEED + PLANT_RUNS; seed++) await simulatedOrSeed(seed, 'plants');
  }, 600_000);

  it('does the same again for the same seed', async () => {
    for (let seed = 1; seed <= 5; seed++) expect(await traceOf(seed)).toEqual(await traceOf(seed));
  });
});

async function simulatedOrSeed(seed: number, set: ProgramSet = 'programs'): ReturnType<typeof simulate> {
  try {
    return await simulate({ seed, set });
  } catch (error) {
    throw new Error(`reproduce: npm run sim -- --seed ${seed} --runs 1${set === 'plants' ? ' --plants' : ''}`, {
      cause: error,
    });
  }
}

async function traceOf(seed: number): Promise<string[]> {
  const trace: string[] = [];
  await simulate({ seed, onTrace: line => trace.push(line) });
  return trace;
}

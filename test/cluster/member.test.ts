import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { runs } from '../oracle/runs.ts';
import { type Blow, SimulatedCluster } from './simulated-cluster.ts';

const blows = fc.array(
  fc.record<Blow>({
    atMs: fc.integer({ min: 0, max: 60_000 }),
    process: fc.nat(3),
    kind: fc.constantFrom('stop', 'stop', 'kill', 'leave', 'upgrade', 'away', 'clock back'),
    forMs: fc.constantFrom(300, 2_500, 5_000, 7_000, 12_000, 30_000),
  }),
  { maxLength: 8 },
);

describe('members of a cluster', () => {
  it('write one at a time, lose nothing that was saved, and share evenly in the end, whatever happens to them', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          shares: fc.constantFrom(1, 4, 5),
          rates: fc.array(fc.constantFrom(0.85, 1, 1.15), { minLength: 1, maxLength: 4 }),
          lossShare: fc.constantFrom(0, 0.01, 0.1),
          latencyMs: fc.constantFrom(5, 100),
          strayShare: fc.constantFrom(0, 0.02),
          staleShare: fc.constantFrom(0, 0.3),
          blows,
          endsAway: fc.boolean(),
          seed: fc.nat(),
        }),
        async ({ shares, rates, blows: all, endsAway, seed, ...weather }) => {
          const random = createRandom(String(seed));
          const result = await new SimulatedCluster({ shares, rates, weather, random, blows: all, endsAway }).play();
          expect(result.wrongs).toEqual([]);
          expect(result.writes).toBeGreaterThan(100);
          moved += result.owners - shares;
        },
      ),
      runs(10),
    );
    expect(moved).toBeGreaterThan(0);
  });

  it('take what a dead one had in under 10 s, whenever it is started again, and whoever is killed or stopped as well', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async seed => {
        const random = createRandom(String(seed));
        const weather = { lossShare: 0, latencyMs: 5, strayShare: 0, staleShare: 0 };
        const options = { shares: 8, rates: [1, 1, 1, 1], weather, random, endsAway: false };
        const result = await new SimulatedCluster({ ...options, blows: blowsEveryFewSeconds(random) }).play();
        expect(result.wrongs).toEqual([]);
        expect(result.longestPauseMs).toBeGreaterThan(3_000);
        expect(result.longestPauseMs).toBeLessThan(10_000);
      }),
      runs(2),
    );
  });
});

/** One that runs is killed, and started again at once, or stopped for 30 s, but not the last one. */
function blowsEveryFewSeconds(random: () => number): Blow[] {
  const blows: Blow[] = [];
  const isBackMs = [0, 0, 0, 0];
  for (let atMs = 20_000; atMs < 100_000; atMs += 2_000 + random() * 2_500) {
    const running = [0, 1, 2, 3].filter(process => isBackMs[process]! < atMs);
    if (running.length === 0) continue;
    const process = running[Math.floor(random() * running.length)]!;
    const kind = running.length > 1 && random() < 0.4 ? 'stop' : 'kill';
    const forMs = kind === 'stop' ? 30_000 : 1_200;
    isBackMs[process] = atMs + forMs;
    blows.push({ kind, process, atMs, forMs });
  }
  return blows;
}

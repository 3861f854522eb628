import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { runs } from '../oracle/runs.ts';
import { type Blow, SimulatedCluster } from './simulated-cluster.ts';

const blows = fc.array(
  fc.record<Blow>({
    atMs: fc.integer({ min: 0, max: 60_000 }),
    process: fc.nat(3),
    kind: fc.constantFrom('stop', 'stop', 'kill', 'leave', 'upgrade', 'away'),
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

  it('take what a dead one had in under 10 s, whenever it is started again, and whoever is stopped as well', async () => {
    const weather = { lossShare: 0, latencyMs: 5, strayShare: 0, staleShare: 0 };
    const blow = (kind: Blow['kind'], process: number, atMs: number, forMs: number) => ({ kind, process, atMs, forMs });
    const killed = [100, 3_000, 5_900].map((forMs, process) => blow('kill', process, 30_000 + 30_000 * process, forMs));
    const stopped = [
      blow('stop', 1, 30_000, 30_000), // goes on just before the leases of the last one are over for others
      blow('stop', 0, 38_000, 30_000),
      blow('stop', 3, 55_000, 30_000),
    ];
    for (const all of [killed, stopped]) {
      const options = { shares: 8, rates: [1, 1, 1, 1], weather, random: createRandom('pause'), endsAway: false };
      const { wrongs, longestPauseMs } = await new SimulatedCluster({ ...options, blows: all }).play();
      expect(wrongs).toEqual([]);
      expect(longestPauseMs).toBeGreaterThan(3_000);
      expect(longestPauseMs).toBeLessThan(10_000);
    }
  });
});

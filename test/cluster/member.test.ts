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
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balance } from '../../apps/server/cluster/balance.ts';
import { runs } from '../oracle/runs.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

describe('who has which share', () => {
  it('is taken at once where it is free, becomes even, and then nothing moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.constantFrom(...NAMES)), { minLength: 1, maxLength: 16 }),
        fc.subarray(NAMES, { minLength: 1 }),
        (before, processes) => {
          const owners = before.map(owner => (owner !== null && processes.includes(owner) ? owner : null));
          settle(owners, processes);
          const counts = processes.map(name => owners.filter(owner => owner === name).length);
          expect(owners).not.toContain(null);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
      runs(300),
    );
  });

  it('leaves what is free to those that have too few, also where it may have one more itself', () => {
    const owners = ['a', 'b', null, 'c', 'c'];
    const takenBy = (name: string) =>
      balance({ name, processes: ['a', 'b', 'c', 'd'], owners, isFit: () => true }).take;
    expect(['a', 'b', 'c', 'd'].map(takenBy)).toEqual([[], [], [], [2]]);
  });

  it('leaves to others what one may not have', () => {
    const isFit = (share: number) => share !== 1;
    const owners = [null, null, 'b'];
    expect(balance({ name: 'a', processes: ['a'], owners, isFit }).take).toEqual([0]);
  });
});

/** Each in turn does what it would, until nobody does anything. */
function settle(owners: (string | null)[], processes: readonly string[]): void {
  for (let idle = 0, i = 0; idle < processes.length && i < 1_000; i++) {
    const name = processes[i % processes.length]!;
    const { take, giveUp } = balance({ name, processes, owners, isFit: () => true });
    for (const share of take) owners[share] = name;
    for (const share of giveUp) owners[share] = null;
    idle = take.length + giveUp.length === 0 ? idle + 1 : 0;
  }
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SortedValues } from '../../engine/state/sorted-values.ts';
import { runs } from '../oracle/runs.ts';

/** Numbers come in by thousands, so that there are many chunks, and leave in the order of their coming, as a range has it. */
type Step = {
  readonly comes: number;
  readonly leaves: number;
  readonly from: number;
  readonly different: number;
  readonly asks: readonly number[];
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    comes: fc.nat(1_500),
    leaves: fc.nat(1_500),
    from: fc.integer({ min: -400, max: 400 }),
    different: fc.constantFrom(1, 2, 5, 100, 4_096), // so that chunks fill with equal ones, and run empty
    asks: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('sorted values', () => {
  test('have at each place what a sorted list has, wherever was read before', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, seed) => {
        const sorted = new SortedValues();
        const present: number[] = [];
        let drawn = seed;
        for (const { comes, leaves, from, different, asks } of all) {
          for (let i = 0; i < comes; i++) {
            drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
            const value = (from + ((drawn >>> 8) % different)) / 4;
            present.push(value);
            sorted.insert(value);
          }
          for (const value of present.splice(0, leaves)) sorted.remove(value);
          const expected = present.toSorted((a, b) => a - b);
          expect(sorted.size).toBe(expected.length);
          if (expected.length === 0) continue;
          for (const ask of asks) {
            const index = Math.floor(ask * (expected.length - 1));
            if (sorted.at(index) !== expected[index]) expect({ index, value: sorted.at(index) }).toBe(expected[index]);
          }
        }
      }),
      runs(200),
    );
  });
});

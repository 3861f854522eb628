import { describe, expect, test } from 'vitest';
import { fit } from '../../benchmarks/scaling/fit.ts';

const XS = [1, 10, 100, 1_000, 10_000];
const curve = (of: (x: number) => number) => XS.map(x => ({ x, y: of(x) }));

describe('the slope of a curve', () => {
  test('is the exponent', () => {
    for (const e of [-0.5, 0, 1, 2]) {
      const found = fit(
        curve(x => 7 * x ** e),
        'n log n',
      );
      expect(found.slope).toBeCloseTo(e, 10);
      expect(found.lastSlope).toBeCloseTo(e, 10);
    }
  });

  test('says whether it is within its bound', () => {
    expect(
      fit(
        curve(x => x * (1 + Math.log2(x))),
        'n log n',
      ).isWithinBound,
    ).toBe(true);
    expect(
      fit(
        curve(x => x ** 1.4),
        'n log n',
      ).isWithinBound,
    ).toBe(false);
    expect(
      fit(
        curve(x => 3 + Math.log2(x)),
        'log n',
      ).isWithinBound,
    ).toBe(true);
    expect(
      fit(
        curve(x => x ** 0.5),
        'log n',
      ).isWithinBound,
    ).toBe(false);
  });

  test('counts at its end, where what is constant weighs least', () => {
    const found = fit(
      curve(x => 1e4 + x ** 2),
      'n log n',
    );
    expect(found.slope).toBeLessThan(1.2);
    expect(found.isWithinBound).toBe(false);
  });

  test('has its steepest step, and cliffs', () => {
    const found = fit(
      curve(x => (x < 1_000 ? x : 20 * x)),
      'n log n',
    );
    expect(found.largestStep).toMatchObject({ from: 100, to: 1_000 });
    expect(found.largestStep.times).toBeCloseTo(200, 10);
    expect(found.cliffs).toHaveLength(1);
    expect(
      fit(
        curve(x => x),
        'n log n',
      ).cliffs,
    ).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { compare } from '../../benchmarks/guard/compare-question.ts';
import { likelihoodOfLoss, middleOf } from '../../benchmarks/guard/signed-rank.ts';

describe('the signed-rank test', () => {
  test('is that of the tables', () => {
    // n = 8: P(W ≤ 0) = 1/256, P(W ≤ 5) = 10/256 (Wilcoxon, 1945)
    expect(likelihoodOfLoss([-1, -2, -3, -4, -5, -6, -7, -8])).toBe(1 / 256);
    expect(likelihoodOfLoss([1, -2, -3, 4, -5, -6, -7, -8])).toBe(10 / 256);
    expect(likelihoodOfLoss([1, 2, 3])).toBe(1);
  });

  test('gives equal differences one rank', () => {
    expect(likelihoodOfLoss([-1, -1, -1, 1])).toBe(5 / 16); // W = 2.5 of ranks 2.5 each
  });

  test('has the middle of all pairs, and where it lies', () => {
    expect(middleOf([1, 2, 3, 4, 5], 0.5).middle).toBe(3);
    const found = middleOf([-8, -7, -6, -5, 5, 6, 7, 9], 0.95); // 3 of the 36 averages are outside at each end
    expect(found.least).toBe(-7);
    expect(found.greatest).toBe(7);
  });
});

describe('a comparison', () => {
  const logsOf = (...rates: readonly number[]) => rates.map(Math.log);

  test('finds what was lost', () => {
    const found = compare(logsOf(0.9, 0.91, 0.89, 0.92, 0.9, 0.88, 0.93, 0.9));
    expect(found.isLoss).toBe(true);
    expect(found.rate).toBeCloseTo(0.9, 2);
  });

  test('finds no loss in noise, nor in what does not matter', () => {
    expect(compare(logsOf(0.9, 1.1, 0.95, 1.05, 0.99, 1.02, 1.08, 0.93)).isLoss).toBe(false);
    expect(compare(logsOf(0.98, 0.98, 0.979, 0.981, 0.98, 0.982, 0.98, 0.98)).isLoss).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { bestOf, type Outcome, tradeOffs } from '../../../engine/backtest/trade-off.ts';

const outcome = (at: number, hits: number, falseAlarms: number): Outcome => ({
  at: [at],
  faults: 10,
  hits,
  falseAlarms,
});

describe('the curve', () => {
  it('has what nothing is better than, from few hits to many', () => {
    const outcomes = [
      outcome(0, 10, 8),
      outcome(0.25, 9, 8),
      outcome(0.5, 8, 2),
      outcome(0.75, 5, 2),
      outcome(1, 3, 0),
    ];
    expect(tradeOffs(outcomes).map(({ hits, falseAlarms }) => [hits, falseAlarms])).toEqual([
      [3, 0],
      [8, 2],
      [10, 8],
    ]);
  });

  it('has trials that come to the same as one point, with the one in their middle', () => {
    const same = [0, 0.25, 0.5, 0.75, 1].map(at => outcome(at, 10, 0));
    const [point, ...others] = tradeOffs([outcome(0.1, 9, 1), ...same]);
    expect(others).toEqual([]);
    expect(point).toMatchObject({ hits: 10, falseAlarms: 0, middle: same[2] });
    expect(point!.trials).toEqual(same);
  });
});

describe('the best', () => {
  it('weighs a fault that is missed as much as a false alarm', () => {
    const [few, some, all] = [outcome(1, 3, 0), outcome(0.5, 9, 1), outcome(0, 10, 8)];
    expect(bestOf([few, some, all], few)).toBe(some);
  });

  it('is what is there, where that is as good', () => {
    const trials = [0, 0.5, 1].map(at => outcome(at, 10, 0));
    expect(bestOf(trials, trials[2]!)).toBe(trials[2]);
  });

  it('is what is never false, where nothing is found', () => {
    const [loud, quiet] = [outcome(0, 0, 7), outcome(1, 0, 0)];
    expect(bestOf([loud, quiet], loud)).toBe(quiet);
  });
});

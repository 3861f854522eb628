import { describe, expect, it } from 'vitest';
import type { AlertSpan } from '../../../engine/backtest/alert-span.ts';
import { type AlertDifference, compareAlerts, laterByUs } from '../../../engine/backtest/compare-alerts.ts';

const span = (raisedUs: number, clearedUs: number | null, more: Partial<AlertSpan> = {}): AlertSpan => ({
  ...{ rule: 'hot', key: { device: 'm1' }, level: 'high' },
  ...{ raisedUs, clearedUs },
  ...more,
});

const told = (difference: AlertDifference): string => {
  const laterUs = laterByUs(difference);
  const { raisedUs } = (difference.after ?? difference.before)!;
  return `${difference.kind} ${raisedUs}${laterUs === null || laterUs === 0 ? '' : ` by ${laterUs}`}`;
};

describe('alerts of two runs', () => {
  it.each<[string, AlertSpan[], AlertSpan[], string[]]>([
    ['nothing in either', [], [], []],
    ['the same', [span(10, 20)], [span(10, 20)], ['same 10']],
    ['the same that fires at the end', [span(10, null)], [span(10, null)], ['same 10']],
    ['one that is new', [], [span(10, 20)], ['new 10']],
    ['one that is gone', [span(10, 20)], [], ['gone 10']],
    ['raised earlier', [span(10, 20)], [span(5, 20)], ['earlier 5 by -5']],
    ['raised later', [span(10, 20)], [span(15, 30)], ['later 15 by 5']],
    ['that clears at another time', [span(10, 20)], [span(10, 25)], ['changed 10']],
    ['that does not clear any more', [span(10, 20)], [span(10, null)], ['changed 10']],
    ['of another level', [span(10, 20)], [span(10, 20, { level: 'low' })], ['changed 10']],
    ['one behind the other', [span(10, 20)], [span(20, 30)], ['gone 10', 'new 20']],
    ['of an instant within another', [span(10, 20)], [span(15, 15)], ['later 15 by 5']],
    ['of one instant', [span(10, 10)], [span(10, 10)], ['same 10']],
    ['of another key', [span(10, 20)], [span(10, 20, { key: { device: 'm2' } })], ['gone 10', 'new 10']],
    ['of another rule', [span(10, 20)], [span(10, 20, { rule: 'cold' })], ['new 10', 'gone 10']],
    [
      'of a key whose fields change places',
      [span(10, 20, { key: { site: 'a', device: 'm' } })],
      [span(10, 20, { key: { device: 'm', site: 'a' } })],
      ['same 10'],
    ],
    ['one that has become two', [span(10, 50)], [span(10, 20), span(30, 50)], ['changed 10', 'new 30']],
    ['two that have become one', [span(10, 20), span(30, 50)], [span(5, 50)], ['earlier 5 by -5', 'gone 30']],
    [
      'one between two that stay',
      [span(10, 20), span(50, 60)],
      [span(10, 20), span(30, 40), span(50, 60)],
      ['same 10', 'new 30', 'same 50'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(compareAlerts(before, after).map(told)).toEqual(expected);
  });
});

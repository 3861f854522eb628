import { describe, expect, it, test } from 'vitest';
import { AlertSpans, type SpanChange } from '../../../engine/backtest/alert-span.ts';

const change = (kind: SpanChange['change'], timeUs: number, more: Partial<SpanChange> = {}): SpanChange => ({
  ...{ rule: 'hot', key: { device: 'm1' }, level: 'high', change: kind, timeUs },
  ...more,
});

const spansOf = (changes: readonly SpanChange[]) => {
  const spans = new AlertSpans();
  for (const each of changes) spans.take(each);
  return spans.end().map(({ raisedUs, clearedUs, level }) => [raisedUs, clearedUs, level]);
};

describe('spans of changes', () => {
  it.each<[string, SpanChange[], unknown[]]>([
    ['raised and cleared', [change('raised', 1), change('cleared', 5)], [[1, 5, 'high']]],
    ['that fires at the end', [change('raised', 1)], [[1, null, 'high']]],
    [
      'the highest level',
      [
        change('raised', 1, { level: 'low' }),
        change('level', 2, { level: 'critical' }),
        change('level', 3),
        change('cleared', 5),
      ],
      [[1, 5, 'critical']],
    ],
    ['cleared, and raised before all that is known', [change('cleared', 5)], []],
    [
      'suppressed as long as it lasts',
      [change('raised', 1, { state: ['suppressed'] }), change('cleared', 5, { state: ['suppressed'] })],
      [],
    ],
    [
      'suppressed at first',
      [change('raised', 1, { state: ['suppressed'] }), change('unsuppressed', 3), change('cleared', 5)],
      [[3, 5, 'high']],
    ],
    [
      'suppressed as long as it lasts, and told so afterwards',
      [change('raised', 1, { state: ['suppressed'] }), change('unsuppressed', 7), change('cleared', 5)],
      [],
    ],
    [
      'suppressed afterwards',
      [
        change('raised', 1),
        change('suppressed', 3, { state: ['suppressed'] }),
        change('unsuppressed', 4),
        change('cleared', 5),
      ],
      [[1, 5, 'high']],
    ],
    [
      'of two keys at a time',
      [change('raised', 2), change('raised', 1, { key: { device: 'm2' } }), change('cleared', 5)],
      [
        [1, null, 'high'],
        [2, 5, 'high'],
      ],
    ],
  ])('%s', (_, changes, expected) => {
    expect(spansOf(changes)).toEqual(expected);
  });
});

test('more than can be held are refused', () => {
  const spans = new AlertSpans();
  const raiseAll = () => {
    for (let device = 0; device <= 1_000_000; device++) spans.take(change('raised', device, { key: { device } }));
  };
  expect(raiseAll).toThrow(expect.objectContaining({ code: 'MR7365' }));
}, 60_000);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEVERITIES } from '../../dsl/plan.ts';
import { type AlertSpan, bySpan } from '../../engine/backtest/alert-span.ts';
import { type AlertDifference, compareAlerts, laterByUs } from '../../engine/backtest/compare-alerts.ts';
import { runs } from '../oracle/runs.ts';

const options: fc.Parameters<unknown> = runs(200);

/** Alerts of one rule and key, one behind the other, as a run gives them; the last one may fire at the end. */
const spansOfKey = (rule: string, device: string): fc.Arbitrary<AlertSpan[]> =>
  fc
    .record({
      steps: fc.array(
        fc.record({
          gapUs: fc.integer({ min: 1, max: 5 }),
          sizeUs: fc.integer({ min: 0, max: 5 }),
          level: fc.constantFrom(...SEVERITIES),
        }),
        { maxLength: 6 },
      ),
      isOpen: fc.boolean(),
    })
    .map(({ steps, isOpen }) => {
      let atUs = 0;
      return steps.map(({ gapUs, sizeUs, level }, index): AlertSpan => {
        const raisedUs = atUs + gapUs;
        atUs = raisedUs + sizeUs;
        const clearedUs = isOpen && index === steps.length - 1 ? null : atUs;
        return { rule, key: { device }, raisedUs, clearedUs, level };
      });
    });

const spans = fc
  .tuple(spansOfKey('hot', 'm1'), spansOfKey('hot', 'm2'), spansOfKey('cold', 'm1'))
  .map(lists => lists.flat().sort(bySpan));

const MIRRORED = {
  same: 'same',
  changed: 'changed',
  earlier: 'later',
  later: 'earlier',
  new: 'gone',
  gone: 'new',
} as const satisfies { readonly [K in AlertDifference['kind']]: AlertDifference['kind'] };

test('a run held against itself is the same', () => {
  fc.assert(
    fc.property(spans, run => {
      const differences = compareAlerts(run, run);
      expect(differences.map(({ kind }) => kind)).toEqual(run.map(() => 'same'));
      expect(differences.map(({ after }) => after)).toEqual(run);
    }),
    options,
  );
});

test('swapped sides are mirrored', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const there = compareAlerts(a, b).map(one => [one.kind, one.before, one.after]);
      const back = compareAlerts(b, a).map(one => [MIRRORED[one.kind], one.after, one.before]);
      const inOrder = (list: unknown[][]) => list.map(one => JSON.stringify(one)).sort();
      expect(inOrder(back)).toEqual(inOrder(there));
    }),
    options,
  );
});

test('each alert is in one difference, and partners fire at the same time for a while', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const differences = compareAlerts(a, b);
      expect(differences.flatMap(({ before }) => before ?? []).sort(bySpan)).toEqual(a);
      expect(differences.flatMap(({ after }) => after ?? []).sort(bySpan)).toEqual(b);
      for (const difference of differences) {
        const { before, after, kind } = difference;
        if (before === null || after === null) continue;
        const startUs = Math.max(before.raisedUs, after.raisedUs);
        expect(startUs <= Math.min(before.clearedUs ?? Infinity, after.clearedUs ?? Infinity)).toBe(true);
        expect(Math.sign(laterByUs(difference)!)).toBe(kind === 'earlier' ? -1 : kind === 'later' ? 1 : 0);
      }
    }),
    options,
  );
});

test('what has no partner meets nothing that has none either', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const differences = compareAlerts(a, b);
      const gone = differences.flatMap(one => (one.kind === 'gone' ? [one.before] : []));
      const fresh = differences.flatMap(one => (one.kind === 'new' ? [one.after] : []));
      for (const old of gone) {
        for (const next of fresh) {
          if (old.rule !== next.rule || old.key['device'] !== next.key['device']) continue;
          const doMeet =
            old.raisedUs === next.raisedUs ||
            (old.raisedUs < (next.clearedUs ?? Infinity) && next.raisedUs < (old.clearedUs ?? Infinity));
          expect(doMeet, JSON.stringify([old, next])).toBe(false);
        }
      }
    }),
    options,
  );
});

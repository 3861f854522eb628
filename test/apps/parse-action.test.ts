import { ACTION_KINDS } from '../../dsl/plan.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OpenAlert } from '../../apps/cli/actions/alert-book.ts';
import { parseAction } from '../../apps/cli/actions/parse-action.ts';

const OPEN: readonly OpenAlert[] = [
  {
    ...{ id: 'a1', rule: 'hot', key: { site: 'north', line: 3 }, level: 'high', sinceUs: 1, message: '', state: [] },
    ...{ acknowledgedBy: null, comment: null },
  },
];

test('what need not be said is left out, and an id alone stands for rule and key', () => {
  const parse = (json: unknown) => parseAction(Buffer.from(JSON.stringify(json)), OPEN);
  const rest = { by: 'HMI', comment: null, durationUs: null };
  expect(parse({ action: 'acknowledge', alert: 'a1', by: 'HMI' })).toEqual({
    ...{ action: 'acknowledge', rule: 'hot', key: ['north', 3], alert: 'a1' },
    ...rest,
  });
  expect(parse({ action: 'suppress', rule: 'cold', key: 'm1', by: 'HMI', more: 1 })).toEqual({
    ...{ action: 'suppress', rule: 'cold', key: ['m1'], alert: null },
    ...rest,
  });
  expect(parse({ action: 'suppress', rule: 'all', by: 'HMI' })).toMatchObject({ key: [], alert: null });
});

test('anything is an action, which is read back as it is, or an error', () => {
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom('hot', 'a1', 'm1', 5));
  const some = fc.record(
    {
      action: fc.oneof(fc.constantFrom(...ACTION_KINDS), member),
      ...{ rule: member, key: member, alert: member, by: member, comment: member, durationUs: member },
    },
    { requiredKeys: ['action', 'by'] },
  );
  fc.assert(
    fc.property(fc.oneof(some, fc.jsonValue()), json => {
      const bytes = Buffer.from(JSON.stringify(json));
      let action;
      try {
        action = parseAction(bytes, OPEN);
      } catch (error) {
        expect((error as Error).message).not.toMatch(/undefined|not a function|not iterable/);
        return;
      }
      expect(ACTION_KINDS).toContain(action.action);
      expect(parseAction(Buffer.from(JSON.stringify(action)), [])).toEqual(action);
    }),
  );
});

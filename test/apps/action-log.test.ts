import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ActionLog, loggedActions } from '../../apps/cli/actions/action-log.ts';
import { ACTIONS, actionContent, type OperatorAction } from '../../engine/operators/rule/operator-action.ts';
import type { InputEntry } from '../../engine/recorded-input.ts';
import { folderWith } from './millrace.ts';

const ACTION: OperatorAction = {
  action: 'suppress',
  rule: 'hot',
  key: ['m1'],
  alert: null,
  by: 'Eva',
  comment: null,
  durationUs: null,
};

function entry(sequence: number, own: Partial<InputEntry> = {}, action: Partial<OperatorAction> = {}): InputEntry {
  const { texts, content } = actionContent({ ...ACTION, ...action });
  return { sequence, input: ACTIONS, arrivalUs: sequence * 10, ahead: {}, texts, content, ...own };
}

test('what operators did is kept once with its place, however often a run hears of it', () => {
  const folder = folderWith({});
  const first = new ActionLog(folder);
  const second = { ...entry(2, { ahead: { m: 25 } }), content: { ...entry(2).content, message: 'now 7' } };
  for (const each of [entry(1), second, entry(1)]) first.add(each);
  first.add(entry(3, { arrivalUs: -Infinity }));
  first.add(entry(4, { input: 'devices' }));
  appendFileSync(`${folder}/actions.ndjson`, '{"sequence":5,"arriv'); // of a run that was killed
  expect(loggedActions(folder)).toMatchObject([
    { arrivalUs: 10, ahead: {}, action: ACTION, message: null },
    { arrivalUs: 20, ahead: { m: 25 }, message: 'now 7' },
  ]);
  const next = new ActionLog(folder);
  for (const each of [entry(1), second, entry(6)]) next.add(each);
  next.add(entry(7));
  expect(loggedActions(folder).map(({ arrivalUs }) => arrivalUs)).toEqual([10, 20, 60, 70]);
});

test('it takes two files, of which the older one goes', () => {
  const folder = folderWith({});
  const log = new ActionLog(folder);
  const comment = 'x'.repeat(60_000);
  for (let sequence = 1; sequence <= 700; sequence++) log.add(entry(sequence, {}, { comment }));
  expect(readdirSync(folder).sort()).toEqual(['actions.ndjson', 'actions.old.ndjson']);
  const kept = loggedActions(folder).map(({ arrivalUs }) => arrivalUs / 10);
  expect(kept[0]).toBeGreaterThan(100);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 701 - kept.length + i));
  expect(kept.length).toBeGreaterThan(300);
});

test('nothing is known of a folder that no run has had', () => {
  const folder = folderWith({});
  expect(loggedActions(`${folder}/none`)).toEqual([]);
  expect(existsSync(`${folder}/none`)).toBe(false);
});

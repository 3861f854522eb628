import { expect, it } from 'vitest';
import { ChangedKeys } from '../../engine/state/changed-keys.ts';

it('what is left when saving stops does not count for what is saved next', () => {
  const changed = new ChangedKeys();
  changed.track(4);
  const saved: number[][] = [];
  const save = (keyIds: Uint32Array) => saved.push([...keyIds]);
  changed.saveBeforeChange(Uint32Array.of(0, 1, 2, 3), { save, leastKeys: 1 });
  changed.saveNext(1);
  changed.stopSaving();
  expect(changed.areAllSaved).toBe(true);
  changed.willChange(Uint32Array.of(1, 2), 0, 2);
  changed.saveBeforeChange(Uint32Array.of(1, 2), { save, leastKeys: 1 });
  changed.willChange(Uint32Array.of(3), 0, 1);
  changed.oneWillChange(2);
  changed.saveNext(9);
  expect(saved).toEqual([[0], [2], [1]]);
  expect(changed.areAllSaved).toBe(true);
});

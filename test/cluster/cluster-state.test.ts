import { expect, test } from 'vitest';
import { clusterState } from '../../apps/server/cluster/cluster-state.ts';
import type { SharedEntry } from '../../engine/shared-store.ts';

test('what entries say of shares and processes', () => {
  const lease = { session: 's1', epoch: 4, sinceUs: 70 };
  const state = clusterState(
    entriesOf({
      cluster: { shares: 3 },
      'share.0': { ...lease, owner: 'b', details: { behind: 12 } },
      'share.1': { ...lease, owner: null, details: { behind: 3 } },
      'checkpoint.0': { epoch: 4, version: 7, savedUs: 50, files: [{ bytes: 10 }, { bytes: 5 }] },
      'checkpoint.1': { epoch: 3, version: 0, savedUs: 0, files: [] },
      'process.b': { ...lease, owner: 'b', details: { version: 7, isLeaving: false } },
      'process.a': { ...lease, owner: 'a', details: { version: 6, isLeaving: true } },
      'process.c': { ...lease, owner: null, details: {} },
      'plan.x': 'x',
    }),
  )!;
  const nobody = {
    owner: null,
    sinceUs: null,
    heardUs: null,
    behind: null,
    savedUs: null,
    checkpointBytes: 0,
    version: 0,
  };
  expect(state.shares).toEqual([
    {
      share: 0,
      owner: 'b',
      sinceUs: 70,
      epoch: 4,
      heardUs: 99,
      behind: 12,
      savedUs: 50,
      checkpointBytes: 15,
      version: 7,
    },
    { share: 1, ...nobody, epoch: 4 },
    { share: 2, ...nobody, epoch: 0 },
  ]);
  expect(state.processes).toEqual([
    { name: 'a', session: 's1', sinceUs: 70, heardUs: 99, version: 6, isLeaving: true },
    { name: 'b', session: 's1', sinceUs: 70, heardUs: 99, version: 7, isLeaving: false },
  ]);
});

test('before any process was there', () => {
  expect(clusterState(entriesOf({}))).toBeNull();
});

function entriesOf(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, SharedEntry> {
  return new Map(
    Object.entries(values).map(([key, value]) => [key, { revision: 1, value: JSON.stringify(value), timeUs: 99 }]),
  );
}

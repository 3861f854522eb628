import { describe, expect, it } from 'vitest';
import { type HostLibrary, loadHostLibrary } from '../../../connectors/host/host-library.ts';
import { measureHost } from '../../../connectors/host/measure-host.ts';
import type { MillraceError } from '../../../engine/errors.ts';

const library: HostLibrary = {
  currentLoad: async () => ({ currentLoad: 25 }),
  mem: async () => ({ total: 1_000, available: 400, swaptotal: 200, swapused: 50 }),
  fsSize: async () => [
    { mount: '/', size: 500, use: 20, available: 400 },
    { mount: '/proc', size: 0, use: 0, available: 0 },
  ],
  networkStats: async () => [
    { iface: 'eth0', rx_sec: 10, tx_sec: 20 },
    { iface: 'eth1', rx_sec: null, tx_sec: null },
  ],
  cpuTemperature: async () => ({ main: 51.5 }),
};

async function measured(more: Partial<HostLibrary> = {}) {
  const failures: MillraceError[] = [];
  const parts = await measureHost({ ...library, ...more }, error => failures.push(error));
  return { parts, failures };
}

describe('a machine is measured', () => {
  it('by its parts; what has no size and what is not known yet is left out', async () => {
    expect(await measured()).toEqual({
      failures: [],
      parts: [
        { kind: 'processor', part: 'processor', used: 0.25 },
        { kind: 'memory', part: 'memory', used: 0.6, freeBytes: 400 },
        { kind: 'swap', part: 'swap', used: 0.25, freeBytes: 150 },
        { kind: 'disk', part: '/', used: 0.2, freeBytes: 400 },
        { kind: 'network', part: 'eth0', receivedBytesPerSecond: 10, sentBytesPerSecond: 20 },
        { kind: 'temperature', part: 'temperature', degC: 51.5 },
      ],
    });
  });

  it('without what it does not have', async () => {
    const { parts } = await measured({
      cpuTemperature: async () => ({ main: null }),
      mem: async () => ({ total: 1_000, available: 400, swaptotal: 0, swapused: 0 }),
      currentLoad: async () => ({ currentLoad: Number.NaN }),
    });
    expect(parts.map(({ kind }) => kind)).toEqual(['memory', 'disk', 'network']);
  });

  it('though something cannot be read, which is told', async () => {
    const { parts, failures } = await measured({ fsSize: () => Promise.reject(new Error('df: not found')) });
    expect(parts.map(({ kind }) => kind)).not.toContain('disk');
    expect(parts).toHaveLength(5);
    expect(failures).toMatchObject([
      { code: 'MR5411', message: 'the disks of this machine cannot be read: df: not found' },
    ]);
  });

  it('up to a bound, where it has hundreds of mounts', async () => {
    const mounts = Array.from({ length: 500 }, (_, index) => ({ mount: `/m${index}`, size: 1, use: 1, available: 1 }));
    const { parts } = await measured({ fsSize: async () => mounts });
    expect(parts.filter(({ kind }) => kind === 'disk')).toHaveLength(64);
  });
});

it('tells of the machine that this runs on', async () => {
  const parts = await measureHost(await loadHostLibrary(), () => {});
  const shares = parts.flatMap(({ used }) => (used === undefined ? [] : [used]));
  expect(parts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['processor', 'memory']));
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...shares)).toBeLessThanOrEqual(1.000001);
  // Each has a name of its own: it is a key.
  expect(new Set(parts.map(({ part }) => part)).size).toBe(parts.length);
});

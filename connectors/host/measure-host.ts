import { MillraceError } from '../../engine/errors.ts';
import type { HostLibrary } from './host-library.ts';

/** One part of a machine at one time. What it does not have, it does not name. */
export type HostMeasurement = {
  readonly kind: 'processor' | 'memory' | 'swap' | 'disk' | 'network' | 'temperature';
  /** Which of its kind: a mount, an interface; else as the kind. */
  readonly part: string;
  /** 0..1 */
  readonly used?: number;
  readonly freeBytes?: number;
  readonly receivedBytesPerSecond?: number;
  readonly sentBytesPerSecond?: number;
  readonly degC?: number;
};

/**
 * Asks for everything once. What cannot be read is left out and told: the rest counts. The first time, rates of the network are
 * not known yet, and the load is that since the machine was started.
 */
export async function measureHost(
  library: HostLibrary,
  onFailed: (error: MillraceError) => void,
): Promise<readonly HostMeasurement[]> {
  const parts = await Promise.all(
    MEASURES.map(async ([name, measure]) => {
      try {
        return (await measure(library)).slice(0, MAX_PARTS);
      } catch (error) {
        onFailed(new MillraceError('MR5411', `${name} of this machine cannot be read: ${(error as Error).message}`));
        return [];
      }
    }),
  );
  return parts.flat();
}

type Measure = (library: HostLibrary) => Promise<HostMeasurement[]>;

const MEASURES: readonly (readonly [string, Measure])[] = [
  ['the load', processor],
  ['the memory', memory],
  ['the disks', disks],
  ['the network', network],
  ['the temperature', temperature],
];

async function processor(library: HostLibrary): Promise<HostMeasurement[]> {
  const { currentLoad } = await library.currentLoad();
  return isKnown(currentLoad) ? [{ kind: 'processor', part: 'processor', used: currentLoad / 100 }] : [];
}

/** Used is what no program could get: caches count as free. */
async function memory(library: HostLibrary): Promise<HostMeasurement[]> {
  const { total, available, swaptotal, swapused } = await library.mem();
  const measured: HostMeasurement[] = [];
  if (total > 0) measured.push({ kind: 'memory', part: 'memory', used: 1 - available / total, freeBytes: available });
  if (swaptotal > 0) {
    measured.push({ kind: 'swap', part: 'swap', used: swapused / swaptotal, freeBytes: swaptotal - swapused });
  }
  return measured;
}

async function disks(library: HostLibrary): Promise<HostMeasurement[]> {
  const mounts = (await library.fsSize()).filter(({ size, use }) => size > 0 && isKnown(use));
  return mounts.map(({ mount, use, available }) => ({
    kind: 'disk',
    part: mount,
    used: use / 100,
    freeBytes: available,
  }));
}

async function network(library: HostLibrary): Promise<HostMeasurement[]> {
  const interfaces = await library.networkStats('*');
  return interfaces.flatMap(({ iface, rx_sec: received, tx_sec: sent }) =>
    isKnown(received) && isKnown(sent)
      ? [{ kind: 'network' as const, part: iface, receivedBytesPerSecond: received, sentBytesPerSecond: sent }]
      : [],
  );
}

async function temperature(library: HostLibrary): Promise<HostMeasurement[]> {
  const { main } = await library.cpuTemperature();
  return isKnown(main) && main > 0 ? [{ kind: 'temperature', part: 'temperature', degC: main }] : [];
}

function isKnown(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A machine of containers has hundreds of mounts: the first ones count. */
const MAX_PARTS = 64;

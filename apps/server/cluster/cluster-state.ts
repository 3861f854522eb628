import type { SharedEntry } from '../../../engine/shared-store.ts';
import { ENTRY_KEYS, PROCESS_PREFIX } from './entry-keys.ts';
import { leaseValue } from './lease.ts';
import { folderValue } from './shared-folder.ts';

/** Who has what, as the entries say it. */
export type ClusterState = {
  readonly shares: readonly ShareState[];
  /** In order of their names. */
  readonly processes: readonly ProcessState[];
};

export type ShareState = {
  readonly share: number;
  /** Null: nobody has it. */
  readonly owner: string | null;
  readonly sinceUs: number | null;
  readonly epoch: number;
  /** When its owner renewed it last. */
  readonly heardUs: number | null;
  /** Messages that its owner has not read; null: it has not said. */
  readonly behind: number | null;
  /** When its newest checkpoint was made; null: there is none. */
  readonly savedUs: number | null;
  readonly checkpointBytes: number;
  /** Of the rules that its state is of; 0: it has none. */
  readonly version: number;
};

export type ProcessState = {
  readonly name: string;
  readonly session: string;
  readonly sinceUs: number;
  readonly heardUs: number;
  readonly version: number;
  readonly isLeaving: boolean;
};

/** Null: no process has ever been in the cluster. */
export function clusterState(entries: ReadonlyMap<string, SharedEntry>): ClusterState | null {
  const agreed = entries.get(ENTRY_KEYS.cluster);
  if (agreed === undefined) return null;
  const { shares } = JSON.parse(agreed.value) as { shares: number }; // as: what the first process wrote
  return {
    shares: Array.from({ length: shares }, (_, share) => shareState(entries, share)),
    processes: [...entries]
      .flatMap(([key, entry]) => (key.startsWith(PROCESS_PREFIX) ? processState(entry) : []))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function shareState(entries: ReadonlyMap<string, SharedEntry>, share: number): ShareState {
  const lease = entries.get(ENTRY_KEYS.share(share));
  const checkpoint = entries.get(ENTRY_KEYS.checkpoint(share));
  const { owner, sinceUs, epoch, details } = lease === undefined ? NO_LEASE : leaseValue(lease);
  const { savedUs, version, files } = checkpoint === undefined ? NO_FILES : folderValue(checkpoint);
  const { behind = null } = details;
  return {
    share,
    owner,
    sinceUs: owner === null ? null : sinceUs,
    epoch,
    heardUs: owner === null ? null : lease!.timeUs,
    behind: owner === null ? null : (behind as number | null), // as: what the owner wrote
    savedUs: savedUs === 0 ? null : savedUs,
    checkpointBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    version,
  };
}

/** None: it has left. */
function processState(entry: SharedEntry): ProcessState[] {
  const { owner, session, sinceUs, details } = leaseValue(entry);
  if (owner === null) return [];
  const { version, isLeaving } = details;
  return [
    { name: owner, session, sinceUs, heardUs: entry.timeUs, version: Number(version), isLeaving: isLeaving === true },
  ];
}

const NO_LEASE = { owner: null, sinceUs: 0, epoch: 0, details: {} as { readonly behind?: null } };
const NO_FILES = { savedUs: 0, version: 0, files: [] };

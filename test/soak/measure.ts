import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What `/proc` says of a process. */
export type ProcessMeasure = { readonly rssBytes: number; readonly descriptors: number };

/** How much memory the JavaScript of a thread takes. */
export type ThreadMeasure = { readonly threadId: number; readonly heapBytes: number; readonly externalBytes: number };

export type FolderMeasure = { readonly files: number; readonly bytes: number };

/** What the run knows of itself; counted since the last sample, unless it says otherwise. */
export type RunMeasure = {
  readonly events: number; // since its start
  readonly threads: readonly ThreadMeasure[];
  readonly maxRoundsInFlight: number;
  readonly checkpoints: number;
  readonly longestPauseMs: number;
  readonly longestDurableMs: number;
};

/** Everything at one moment of a soak. */
export type Sample = RunMeasure & {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly run: ProcessMeasure;
  readonly ingest: ProcessMeasure;
  readonly state: FolderMeasure;
  readonly journal: FolderMeasure;
};

export function measureProcess(processId: number): ProcessMeasure {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return {
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024,
    descriptors: readdirSync(`/proc/${processId}/fd`).length,
  };
}

export function measureFolder(folder: string): FolderMeasure {
  const names = readdirSync(folder);
  // One may be removed meanwhile.
  const sizes = names.map(name => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  return { files: names.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { FileOperation } from './file-operation.ts';
import { SLOT_BYTES, type ThreadLog } from './kill-plan.ts';

/** What a run was doing when it was killed; the first that fits. */
export const PHASES = [
  'in the rename of a manifest',
  'in the write of a manifest',
  'in the sync of the state folder',
  'in the write of a part',
  'in the sync of a part',
  'in the removal of old checkpoints',
  'in the acknowledgement of the journal',
  'in the cut of a sink',
  'in the write of a sink',
  'in the sync of a sink',
  'between the parts and the manifest',
  'before the first operation',
  'between two operations',
] as const;

export type Phase = (typeof PHASES)[number];

/** How a process ended, as it said it itself. */
export type Traces = { readonly threads: readonly ThreadLog[]; readonly bytes: number; readonly operations: number };

export function readTraces(logFile: string): Traces {
  const text = readFileSync(logFile, 'latin1');
  const threads: ThreadLog[] = [];
  for (let at = 0; at < text.length; at += SLOT_BYTES) {
    const slot = text.slice(at, at + SLOT_BYTES);
    if (slot.startsWith('{')) threads.push(JSON.parse(slot) as ThreadLog); // as: what Traffic wrote
  }
  return {
    threads,
    bytes: Math.max(0, ...threads.map(thread => thread.bytes)),
    operations: Math.max(0, ...threads.map(thread => thread.operations)),
  };
}

/** Of a run with its state in `stateFolder`, right after its end. */
export function phaseOf({ threads, operations }: Traces, stateFolder: string): Phase {
  const killedIn = threads.flatMap(({ killedIn }) => killedIn ?? []);
  const seen = killedIn.length > 0 ? killedIn : threads.flatMap(({ underWay }) => underWay);
  const phases = new Set(seen.map(operation => phaseIn(operation, stateFolder)));
  const first = PHASES.find(phase => phases.has(phase));
  if (first !== undefined) return first;
  if (operations === 0) return 'before the first operation';
  return isCheckpointUnderWay(stateFolder) ? 'between the parts and the manifest' : 'between two operations';
}

function phaseIn({ kind, path }: FileOperation, stateFolder: string): Phase {
  const name = basename(path);
  if (path === stateFolder) return 'in the sync of the state folder';
  if (name.startsWith('acknowledged-')) return 'in the acknowledgement of the journal';
  if (name.startsWith('checkpoint-') && kind === 'rename') return 'in the rename of a manifest';
  if (kind === 'remove') return 'in the removal of old checkpoints';
  if (name.startsWith('checkpoint-')) return 'in the write of a manifest';
  if (name.startsWith('part-')) return kind === 'sync' ? 'in the sync of a part' : 'in the write of a part';
  if (kind === 'truncate') return 'in the cut of a sink';
  return kind === 'sync' ? 'in the sync of a sink' : 'in the write of a sink';
}

/** Parts are there that no manifest names yet. */
function isCheckpointUnderWay(stateFolder: string): boolean {
  const newest = (prefix: RegExp) =>
    Math.max(0, ...readdirSync(stateFolder).map(name => Number(prefix.exec(name)?.[1] ?? 0)));
  return newest(/^part-(\d+)-/) > newest(/^checkpoint-(\d+)$/);
}

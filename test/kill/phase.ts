import { readdirSync, readFileSync } from 'node:fs';
import type { Activity } from './draw-kill.ts';
import { SLOT_BYTES, type ThreadLog } from './kill-plan.ts';

/** How a process ended, as it said it itself, and what it had done by then. */
export type Traces = Activity & {
  /** Places where operations were under way; the first is where it killed itself, if it did. */
  readonly places: readonly string[];
};

export function readTraces(logFile: string): Traces {
  const text = readFileSync(logFile, 'latin1');
  const threads: ThreadLog[] = [];
  for (let at = 0; at < text.length; at += SLOT_BYTES) {
    const slot = text.slice(at, at + SLOT_BYTES);
    if (slot.startsWith('{')) threads.push(JSON.parse(slot) as ThreadLog); // as: what Traffic wrote
  }
  const operations: Record<string, number> = {};
  for (const thread of threads) {
    for (const [place, count] of Object.entries(thread.operations)) {
      operations[place] = Math.max(operations[place] ?? 0, count);
    }
  }
  return {
    places: [...threads.flatMap(({ killedIn }) => killedIn ?? []), ...threads.flatMap(({ underWay }) => underWay)],
    bytes: Math.max(0, ...threads.map(thread => thread.bytes)),
    operations,
  };
}

/** What a run was doing when it was killed, right after that: a place, or what is between two of them. */
export function phaseOf({ places, operations }: Traces, stateFolder: string): string {
  const [first] = places;
  if (first !== undefined) return first;
  if (Object.keys(operations).length === 0) return 'before its first operation';
  return isCheckpointUnderWay(stateFolder) ? 'between the parts and the manifest' : 'between checkpoints';
}

/** Parts are there that no manifest names yet. */
function isCheckpointUnderWay(stateFolder: string): boolean {
  const newest = (form: RegExp) =>
    Math.max(0, ...readdirSync(stateFolder).map(name => Number(form.exec(name)?.[1] ?? 0)));
  return newest(/^part-(\d+)-/) > newest(/^checkpoint-(\d+)$/);
}

import type { Snapshot } from '../../operator.ts';
import type { PartContent } from '../checkpoint/part-content.ts';
import { keyedParts } from '../workers/partition-host.ts';

/** Under which the state of a node, a stream or a table is known that was filled: beside what is stored under its own. */
export function filledName(id: string): string {
  return `filled ${id}`;
}

/** A part of what was filled, as one of a checkpoint: whichever engine it came from, any may take it over. */
export function filledContent(content: PartContent): PartContent {
  const [{ streams, chunks }] = keyedParts([content]) as [PartContent['keyed']]; // as: one of one
  return { keyed: { streams: renamedMembers(streams), chunks: chunks.map(renamedTables) }, lanes: {} };
}

function renamedTables(chunk: Snapshot): Snapshot {
  const tables = Object.entries(chunk).map(([table, rows]) => {
    const { operators, ...rest } = rows as Snapshot; // as: of a table
    return [filledName(table), { ...rest, operators: renamedMembers(operators as Snapshot) }] as const; // as: by node
  });
  return Object.fromEntries(tables);
}

function renamedMembers(snapshot: Snapshot): Snapshot {
  return Object.fromEntries(Object.entries(snapshot).map(([name, value]) => [filledName(name), value]));
}

import type { Engine } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/operator.ts';
import type { KeptOf } from '../../engine/runtime/checkpoint/engine-state.ts';

/** A part of an engine's state, saved a few keys at a time, as a disk would give it back. */
export function takePart(engine: Engine, extent: 'all' | 'changed'): Snapshot[] {
  const chunks: Snapshot[] = [];
  const part = engine.beginPart({ extent, onSaved: chunk => chunks.push(chunk) });
  while (!part.isComplete) part.saveSlice(2);
  return structuredClone(chunks);
}

/** Every node takes over its own state, which lies in the table that has it. */
export function keptIn(part: Snapshot): KeptOf {
  const tables = Object.entries(part).map(([id, rows]) => ({
    id,
    operators: (rows as Snapshot)['operators'] as Snapshot,
  }));
  return id => {
    const table = tables.find(candidate => candidate.id === id || Object.hasOwn(candidate.operators, id));
    return table === undefined ? null : { from: id, fromTable: table.id, names: null };
  };
}

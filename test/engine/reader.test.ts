import { expect, it } from 'vitest';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Source } from '../../engine/connector.ts';
import { Reader } from '../../engine/runtime/reader.ts';
import { batchOf, sourceNode } from '../oracle/plan-builder.ts';

it('goes on with what its arrival gate knew, an event that waits for the next one included', () => {
  const symbols = new SymbolTable();
  const node = { ...sourceNode({ latenessUs: 0, idleUs: null }), futureUs: 100 };
  const readerWith = (gate: ReturnType<Reader['gateSnapshot']> | undefined): Reader => {
    const builder = new BatchBuilder(node, symbols);
    return new Reader({ node, source: SILENT, builder, symbols, position: null, gate });
  };
  const first = readerWith(undefined);
  const events = [1_000, 1_001, 9_000].map(timeUs => ({ key: 'a', timeUs, arrivalUs: timeUs, value: 1 }));
  expect(first.admit(batchOf(events, symbols), []).length).toBe(2); // the third one is too far ahead to be believed
  const second = readerWith(structuredClone(first.gateSnapshot()));
  expect(second.arrivalUs).toBe(1_001);
  const next = { key: 'b', timeUs: 9_001, arrivalUs: 9_001, value: 2 };
  expect([...second.admit(batchOf([next, { ...next, timeUs: 9_002 }], symbols), []).timeUs]).toEqual([
    9_000, 9_001, 9_002,
  ]);
});

const SILENT: Source = {
  arrivalClock: 'as-read',
  read: () => new Promise(() => {}),
  acknowledge: async () => {},
  close: async () => {},
};

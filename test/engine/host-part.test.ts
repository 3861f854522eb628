import { expect, it } from 'vitest';
import { SymbolTable } from '../../engine/batch.ts';
import { contentOf } from '../../engine/runtime/checkpoint/part-content.ts';
import { PartitionHost } from '../../engine/runtime/workers/partition-host.ts';
import { batchOf, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';

it('what is not of single keys is in a part as it was when the part was begun', () => {
  const symbols = new SymbolTable();
  const plan = planOf(
    { latenessUs: 0, idleUs: null },
    { kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 10, aggregates: countAndSum },
  );
  const host = new PartitionHost({ workerIndex: 0, workerCount: 1, plan, rowStreams: [], symbols });
  const handle = (round: number, event: TestEvent) =>
    host.handle({
      kind: 'round',
      round,
      stream: 's',
      own: batchOf([event], symbols),
      whole: null,
      arrivalUs: event.arrivalUs,
      end: null,
      freed: [],
      rejected: null,
      symbols: [],
      firstUs: Infinity,
      heard: null,
    });
  handle(0, { key: 'a', timeUs: 1_000, arrivalUs: 1_000, value: 1 });
  const part = host.beginPart({ extent: 'all' });
  handle(1, { key: 'b', timeUs: 2_000, arrivalUs: 2_000, value: 2 });
  while (!part.isComplete) part.saveSlice();
  expect(contentOf(part.takeSaved()).keyed.streams['s']).toMatchObject({
    gate: { nowUs: 1_000 },
    counters: { events: 1 },
  });
});

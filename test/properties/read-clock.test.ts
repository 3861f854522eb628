import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createColumn, type EventBatch } from '../../engine/batch.ts';
import { ArrivalGate } from '../../engine/runtime/arrival-gate.ts';
import { ReadClock } from '../../engine/runtime/history/read-clock.ts';
import { runs } from '../oracle/runs.ts';

const FUTURE = 100;

test('the clock that cuts a file into slices is that of the gate: never ahead of it, and behind only where an event is held', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 12 }), { maxLength: 12 }),
      batches => {
        const gate = new ArrivalGate({
          stream: 's',
          isRecorded: false,
          futureUs: FUTURE,
          nameAt: () => ({ key: null, identity: null }),
        });
        const clock = new ReadClock(FUTURE);
        const clockOf: number[] = []; // by event
        const held = new Set<number>(); // at the end of a batch
        const admit = (batch: EventBatch | undefined) => {
          for (let i = 0; i < (batch?.length ?? 0); i++) {
            const event = batch!.columns[0]!.values[i] as number;
            if (held.has(event)) continue;
            expect(clockOf[event]).toBe(batch!.arrivalUs[i]);
          }
        };
        for (const times of batches) {
          const first = clockOf.length;
          const { clockUs, isHeld } = clock.take(Float64Array.from(times));
          clockOf.push(...clockUs);
          const isLastHeld = isHeld.at(-1) === 1;
          if (isLastHeld) held.add(clockOf.length - 1);
          admit(gate.admit(batchOf(times, first), []));
          if (gate.nowUs > -Infinity) expect(clockOf.at(-1)).toBe(gate.nowUs);
        }
        admit(gate.finish([]));
      },
    ),
    runs(500),
  );
});

function batchOf(times: readonly number[], first: number): EventBatch {
  const number = createColumn('float', times.length);
  times.forEach((_, i) => (number.values[i] = first + i));
  const timeUs = Float64Array.from(times);
  return { stream: 's', length: times.length, timeUs, arrivalUs: timeUs.slice(), columns: [number], rejected: [] };
}

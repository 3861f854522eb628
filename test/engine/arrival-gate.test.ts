import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBatch, Rejection } from '../../engine/batch.ts';
import { ArrivalGate } from '../../engine/runtime/arrival-gate.ts';
import { runs } from '../oracle/runs.ts';

const FUTURE_US = 10;

describe('a source without arrivals', () => {
  it.each<[string, { times: number[]; passed: number[]; arrivals: number[]; refused: number[] }]>([
    [
      'arrives at the highest event time so far',
      { times: [5, 3, 7], passed: [5, 3, 7], arrivals: [5, 5, 7], refused: [] },
    ],
    [
      'an event ahead is held, and refused where the next is far behind it',
      { times: [5, 100, 6], passed: [5, 6], arrivals: [5, 6], refused: [100] },
    ],
    [
      'an event ahead passes where the next confirms it',
      { times: [5, 100, 101], passed: [5, 100, 101], arrivals: [5, 100, 101], refused: [] },
    ],
    [
      'the next one may be as far behind as `future`',
      { times: [5, 100, 90], passed: [5, 100, 90], arrivals: [5, 100, 100], refused: [] },
    ],
    ['one event past that refuses it', { times: [5, 100, 89], passed: [5], arrivals: [5], refused: [100, 89] }],
    ['the first event is held too', { times: [100, 5, 6], passed: [5, 6], arrivals: [5, 6], refused: [100] }],
    ['a lone event passes', { times: [100], passed: [100], arrivals: [100], refused: [] }],
    ['a last event ahead is refused', { times: [5, 6, 100], passed: [5, 6], arrivals: [5, 6], refused: [100] }],
    [
      'exactly `future` ahead is not ahead',
      { times: [5, 6, 16], passed: [5, 6, 16], arrivals: [5, 6, 16], refused: [] },
    ],
  ])('%s', (_, { times, passed, arrivals, refused }) => {
    expect(through({ isRecorded: false, events: times.map(t => ({ t, a: t })), cuts: [] })).toEqual({
      passed,
      arrivals,
      refused,
    });
  });
});

describe('a source with arrivals', () => {
  it('never steps back, and refuses what is more than `future` ahead of its arrival', () => {
    const events = [
      { t: 5, a: 10 },
      { t: 21, a: 8 },
      { t: 20, a: 9 },
      { t: 30, a: 20 },
    ];
    expect(through({ isRecorded: true, events, cuts: [] })).toEqual({
      passed: [5, 20, 30],
      arrivals: [10, 10, 20],
      refused: [21],
    });
  });
});

it('does not matter how the input is cut, nor where it is restored', () => {
  const events = fc.array(fc.record({ t: fc.integer({ min: 0, max: 60 }), a: fc.integer({ min: 0, max: 60 }) }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.boolean(), events, fc.array(fc.nat(12)), (isRecorded, list, cuts) => {
      expect(through({ isRecorded, events: list, cuts })).toEqual(through({ isRecorded, events: list, cuts: [] }));
    }),
    runs(),
  );
});

type Input = {
  readonly isRecorded: boolean;
  readonly events: readonly { readonly t: number; readonly a: number }[];
  readonly cuts: readonly number[];
};

/** Sends the events through a gate that is replaced by a restored one at every cut. */
function through({ isRecorded, events, cuts }: Input): { passed: number[]; arrivals: number[]; refused: number[] } {
  const options = { stream: 's', isRecorded, futureUs: FUTURE_US, nameAt: () => ({ key: {}, identity: null }) };
  let gate = new ArrivalGate(options);
  const passed: EventBatch[] = [];
  const rejected: Rejection[] = [];
  const starts = [...new Set([0, ...cuts])].filter(i => i < events.length).sort((a, b) => a - b);
  starts.forEach((start, i) => {
    const snapshot = structuredClone(gate.snapshot());
    gate = new ArrivalGate(options);
    gate.restore(snapshot);
    passed.push(gate.admit(batchOf(events.slice(start, starts[i + 1])), rejected));
  });
  const last = gate.finish(rejected);
  if (last !== undefined) passed.push(last);
  return {
    passed: passed.flatMap(batch => Array.from(batch.columns[0]!.values.slice(0, batch.length) as Float64Array)),
    arrivals: passed.flatMap(batch => Array.from(batch.arrivalUs.slice(0, batch.length))),
    refused: rejected.map(rejection => rejection.eventTimeUs!),
  };
}

function batchOf(events: Input['events']): EventBatch {
  const timeUs = Float64Array.from(events, event => event.t);
  return {
    stream: 's',
    length: events.length,
    timeUs,
    arrivalUs: Float64Array.from(events, event => event.a),
    columns: [{ type: 'float', values: timeUs.slice(), valid: undefined }],
    rejected: [],
  };
}

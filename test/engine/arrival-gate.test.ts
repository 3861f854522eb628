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

describe('what the codec refuses', () => {
  it('arrives as any message, where arrivals are recorded', () => {
    const events = [{ t: 5, a: 10 }, { a: 30 }, { t: 25, a: 20 }, { a: 28 }];
    expect(told({ isRecorded: true, events, cuts: [] })).toEqual({ arrivals: [10, 30], refused: ['30 1', '30 3'] });
  });

  it('arrives, where they are not, at the highest time of what has passed before it', () => {
    const events = [{ t: 5, a: 0 }, { t: 6, a: 0 }, { a: 0 }, { t: 100, a: 0 }, { a: 0 }, { t: 7, a: 0 }, { a: 0 }];
    const refused = ['6 2', '6 4', '6 100', '7 6'];
    expect(told({ isRecorded: false, events, cuts: [] })).toEqual({ arrivals: [5, 6, 7], refused });
  });
});

it('does not matter how the input is cut, nor where it is restored', () => {
  const time = fc.integer({ min: 0, max: 60 });
  const message = fc.oneof(fc.record({ t: time, a: time }), fc.record({ a: time }));
  const events = fc.array(message, { maxLength: 12 });
  fc.assert(
    fc.property(fc.boolean(), events, fc.array(fc.nat(12)), (isRecorded, list, cuts) => {
      expect(through({ isRecorded, events: list, cuts })).toEqual(through({ isRecorded, events: list, cuts: [] }));
      expect(told({ isRecorded, events: list, cuts })).toEqual(told({ isRecorded, events: list, cuts: [] }));
    }),
    runs(),
  );
});

/** An event, or a message that the codec refused. */
type Message = { readonly t: number; readonly a: number } | { readonly a: number };

type Input = {
  readonly isRecorded: boolean;
  readonly events: readonly Message[];
  readonly cuts: readonly number[];
};

type Through = { readonly passed: EventBatch[]; readonly rejected: Rejection[] };

function through(input: Input): { passed: number[]; arrivals: number[]; refused: number[] } {
  const { passed, rejected } = send(input);
  return {
    passed: passed.flatMap(batch => Array.from(batch.columns[0]!.values.slice(0, batch.length) as Float64Array)),
    arrivals: passed.flatMap(batch => Array.from(batch.arrivalUs.slice(0, batch.length))),
    refused: rejected.flatMap(({ code, eventTimeUs }) => (code === OF_CODEC ? [] : [eventTimeUs!])),
  };
}

/** All refusals in order, with arrivals: by its place what the codec refused, by its time an event. */
function told(input: Input): { arrivals: number[]; refused: string[] } {
  const { passed, rejected } = send(input);
  return {
    arrivals: passed.flatMap(batch => Array.from(batch.arrivalUs.slice(0, batch.length))),
    refused: rejected.map(({ code, arrivalUs, eventTimeUs, raw }) =>
      code === OF_CODEC ? `${arrivalUs} ${raw}` : `${arrivalUs} ${eventTimeUs}`,
    ),
  };
}

/** Sends the events through a gate that is replaced by a restored one at every cut. */
function send({ isRecorded, events, cuts }: Input): Through {
  const options = { stream: 's', isRecorded, futureUs: FUTURE_US, nameAt: () => ({ key: {}, identity: null }) };
  let gate = new ArrivalGate(options);
  const passed: EventBatch[] = [];
  const rejected: Rejection[] = [];
  const starts = [...new Set([0, ...cuts])].filter(i => i < events.length).sort((a, b) => a - b);
  starts.forEach((start, i) => {
    const snapshot = structuredClone(gate.snapshot());
    gate = new ArrivalGate(options);
    gate.restore(snapshot);
    const batch = batchOf(events, { start, end: starts[i + 1] ?? events.length, isRecorded });
    const ofBatch = [...batch.rejected];
    passed.push(gate.admit(batch, ofBatch));
    rejected.push(...ofBatch);
  });
  const atEnd: Rejection[] = [];
  const last = gate.finish(atEnd);
  rejected.push(...atEnd);
  if (last !== undefined) passed.push(last);
  return { passed, rejected };
}

const OF_CODEC = 'MR4001';

/** As a source makes it: what it refuses arrived with its message, or at the highest time that it has read. */
function batchOf(
  all: Input['events'],
  { start, end, isRecorded }: { readonly start: number; readonly end: number; readonly isRecorded: boolean },
): EventBatch {
  const events: { readonly t: number; readonly a: number }[] = [];
  const rejected: Rejection[] = [];
  let highestUs = Math.max(0, ...all.slice(0, start).map(message => ('t' in message ? message.t : 0)));
  all.slice(start, end).forEach((message, i) => {
    if ('t' in message) {
      events.push(message);
      highestUs = Math.max(highestUs, message.t);
      return;
    }
    const arrivalUs = isRecorded ? message.a : highestUs;
    const rest = { reason: '', eventTimeUs: null, key: null, identity: null };
    const raw = String(start + i);
    rejected.push({ stream: 's', code: OF_CODEC, raw, arrivalUs, atIndex: events.length, ...rest });
  });
  const timeUs = Float64Array.from(events, event => event.t);
  return {
    stream: 's',
    length: events.length,
    timeUs,
    arrivalUs: Float64Array.from(events, event => event.a),
    columns: [{ type: 'float', values: timeUs.slice(), valid: undefined }],
    rejected,
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Sink, SinkInput } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { SinkQueue } from '../../engine/runtime/sink-queue.ts';
import { SinkTroubles } from '../../engine/runtime/sink-troubles.ts';

const PASSES = new MillraceError('MR5012', 'not now', { domain: 'external', retry: 'backoff' });
const LASTS = new MillraceError('MR5014', 'never again');

describe('what a sink is given', () => {
  it('is under way as far as it takes several writes, and goes in order', async () => {
    const sink = new HeldSink(3);
    const { queue } = queueOf(sink);
    const written = Promise.all([0, 1, 2, 3, 4].map(n => queue.write(inputOf(n))));
    expect(sink.begun).toEqual([0, 1, 2]);
    sink.settle(1);
    await delay(0);
    expect(sink.begun).toEqual([0, 1, 2, 3]);
    expect(queue.metrics({ waiting: 0 })).toMatchObject({ written: 1, waiting: 4 });
    for (const n of [0, 2, 3]) sink.settle(n);
    await delay(0);
    sink.settle(4);
    await written;
    expect(sink.begun).toEqual([0, 1, 2, 3, 4]);
    expect(queue.metrics({ waiting: 2 })).toMatchObject({ written: 5, waiting: 2, retries: 0 });
  });

  it('is repeated with all behind it when it fails, once all under way has settled', async () => {
    const sink = new HeldSink(3);
    const { queue, told } = queueOf(sink);
    const written = Promise.all([0, 1, 2, 3].map(n => queue.write(inputOf(n))));
    sink.settle(1, PASSES);
    sink.settle(0);
    await delay(200);
    const later = queue.write(inputOf(4));
    expect(sink.begun).toEqual([0, 1, 2]); // the third one is still under way
    sink.settle(2, PASSES);
    await expect.poll(() => sink.begun).toEqual([0, 1, 2, 1, 2, 3]);
    expect(queue.metrics({ waiting: 0 })).toMatchObject({ written: 1, waiting: 4, retries: 1, waitsFor: 'MR5012' });
    for (const n of [1, 2, 3]) sink.settle(n);
    await written;
    sink.settle(4);
    await later;
    expect(told).toEqual(['MR5012']);
    expect(queue.metrics({ waiting: 0 })).toMatchObject({ written: 5, waiting: 0, waitsFor: null });
  });

  it('ends with a failure that does not pass, whatever else fails beside it', async () => {
    const sink = new HeldSink(2);
    const { queue } = queueOf(sink);
    const settled = Promise.allSettled([0, 1, 2].map(n => queue.write(inputOf(n))));
    sink.settle(0, PASSES);
    sink.settle(1, LASTS);
    expect(await settled).toMatchObject([{ reason: LASTS }, { reason: LASTS }, { reason: LASTS }]);
    await expect(queue.write(inputOf(3))).rejects.toBe(LASTS);
    expect(sink.begun).toEqual([0, 1]);
  });

  it('is not repeated any more when the run is to end', async () => {
    const sink = new HeldSink(1);
    const ending = new AbortController();
    const { queue } = queueOf(sink, ending.signal);
    const written = queue.write(inputOf(0));
    ending.abort();
    sink.settle(0, PASSES);
    await expect(written).rejects.toBe(PASSES);
  });
});

/** Each write waits until the test settles it. */
class HeldSink implements Pick<Sink, 'maxInFlight' | 'write'> {
  readonly maxInFlight: number;
  readonly begun: number[] = [];
  readonly #held = new Map<number, PromiseWithResolvers<void>>();

  constructor(maxInFlight: number) {
    this.maxInFlight = maxInFlight;
  }

  async write(input: SinkInput): Promise<void> {
    const n = numberOf(input);
    this.begun.push(n);
    const held = Promise.withResolvers<void>();
    this.#held.set(n, held);
    await held.promise;
  }

  settle(n: number, error?: MillraceError): void {
    const held = this.#held.get(n)!;
    if (error === undefined) held.resolve();
    else held.reject(error);
  }
}

function queueOf(sink: HeldSink, signal = new AbortController().signal) {
  const told: string[] = [];
  const troubles = new SinkTroubles({ onBegin: ({ code }) => told.push(code) });
  const whole: Sink = {
    maxInFlight: sink.maxInFlight,
    write: input => sink.write(input),
    position: async () => null,
    close: async () => {},
  };
  const { clock } = createNodePlatform();
  return { queue: new SinkQueue({ name: 'out', sink: whole, clock, troubles, signal }), told };
}

function inputOf(n: number): SinkInput {
  const row = { timeUs: n, key: {}, values: {} };
  return { kind: 'rows', batch: { stream: 's', fields: [], length: 1, rows: [row] } };
}

function numberOf(input: SinkInput): number {
  return input.kind === 'rows' ? input.batch.rows[0]!.timeUs : Number.NaN;
}

import type { StreamInfo } from '@nats-io/jetstream';
import { expect, it } from 'vitest';
import type { Deliveries } from '../../../connectors/nats/deliveries.ts';
import type { JetStreamApi } from '../../../connectors/nats/jetstream-api.ts';
import { MessageQueue } from '../../../connectors/nats/message-queue.ts';
import { QuietClock } from '../../../connectors/nats/quiet-clock.ts';
import { ReadingPlace } from '../../../connectors/nats/reading-place.ts';
import { StreamWatch } from '../../../connectors/nats/stream-watch.ts';

const SETTINGS = { servers: [], tickEveryMs: 0 };

/** Asks for the time of a stream that was read up to 10; while the answer is on its way, it is read up to 12. */
async function askedWhileReading(last: number): Promise<QuietClock> {
  const place = new ReadingPlace(infoOf(last), 'plant.>');
  place.sequence = 10;
  const asked = Promise.withResolvers<void>();
  const api = {
    streamInfo: async () => {
      place.sequence = 12;
      return infoOf(last);
    },
    nextSequence: async () => undefined,
  } as unknown as JetStreamApi; // as: all that is asked
  const clock = new QuietClock({
    settings: SETTINGS,
    api,
    place,
    watch: new StreamWatch(place, SETTINGS),
    deliveries: { current: undefined } as unknown as Deliveries, // as: all that is looked at
    queue: new MessageQueue(),
    onChange: () => asked.resolve(),
  });
  clock.ask();
  await asked.promise;
  return clock;
}

function infoOf(last: number): StreamInfo {
  const config = { name: 'PLANT', subjects: ['plant.>'] };
  return { config, created: '2026-01-01T00:00:00Z', state: { first_seq: 1, last_seq: last } } as StreamInfo; // as: what is read
}

it('takes a stream for the same one though more was read than its answer knew', async () => {
  expect((await askedWhileReading(10)).failure).toBeUndefined();
  expect((await askedWhileReading(11)).failure).toBeUndefined();
});

it('takes a stream that ends before what was read when it was asked for another one', async () => {
  expect((await askedWhileReading(9)).failure).toMatchObject({ code: 'MR5107' });
});

/**
 * A process beside the engine's: publishes events, listens for what is answered to the hot ones, by the engine and by a program that only
 * parses, and tells its parent how long each took. One clock for all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect, type Msg } from '@nats-io/transport-node';
import { type Arrivals, type FromTimer, HOT_EVERY, SUBJECTS, type TimedReading, type ToTimer } from './messages.ts';

const DEVICES = 1_001; // not a multiple of HOT_EVERY: each device is too hot in its turn
const WINDOW = 2_000;
const WARM_UP_US = 5_000_000;
const LAST_ALERTS_MS = 30_000; // what comes later than this is lost
const POLL_MS = 50;

const connection = await connect({ servers: process.argv[2]! });
const client = jetstream(connection);
let measuredFromUs = Infinity;
let sent = 0;
let hotInTime = 0;
const engine = listen(SUBJECTS.engine, message => {
  const { data } = message.json<{ readonly data: { readonly change: string; readonly message: string } }>();
  return data.change === 'raised' ? Number(data.message.replaceAll(/\D/g, '')) : null;
});
const bare = listen(SUBJECTS.bare, message => message.json<Pick<TimedReading, 'sent'>>().sent);

await connection.flush();
tell('ready');
process.on('message', (command: ToTimer) => {
  if (command.kind === 'flood') void flood(command.events);
  else void time(command);
});

/** As quickly as the server stores them: it acknowledges one of each window. */
async function flood(events: number): Promise<void> {
  while (sent < events) {
    for (let i = 1; i < WINDOW; i++) connection.publish(SUBJECTS.readings, eventOf(sent++));
    await client.publish(SUBJECTS.readings, eventOf(sent++));
  }
}

async function time({ eventsPerSecond, seconds }: Extract<ToTimer, { readonly kind: 'time' }>): Promise<void> {
  const startUs = nowUs();
  const before = sent;
  measuredFromUs = startUs + WARM_UP_US;
  for (let us = startUs; us < measuredFromUs + seconds * 1_000_000; us = nowUs()) {
    const due = before + Math.floor(((us - startUs) * eventsPerSecond) / 1_000_000);
    while (sent < due) connection.publish(SUBJECTS.readings, eventOf(sent++));
    await delay(1);
  }
  for (let waitedMs = 0; !hasAll() && waitedMs < LAST_ALERTS_MS; waitedMs += POLL_MS) await delay(POLL_MS);
  if (!hasAll()) {
    const heard = [engine, bare].map(({ tookMs }) => tookMs.length).join(' and ');
    throw new Error(`${hotInTime} events were answered by ${heard} alerts of the engine and the bare consumer`);
  }
  await connection.close();
  tell({ engine: arrivalsOf(engine), bare: arrivalsOf(bare) }); // megabytes: who reads them ends this process
}

type Heard = { readonly sentMs: number[]; readonly tookMs: number[] };

function listen(subject: string, sentUsOf: (message: Msg) => number | null): Heard {
  const heard: Heard = { sentMs: [], tookMs: [] };
  connection.subscribe(subject, {
    callback: (_error, message) => {
      const arrivedUs = nowUs();
      const sentUs = sentUsOf(message);
      if (sentUs === null || sentUs < measuredFromUs) return;
      heard.sentMs.push((sentUs - measuredFromUs) / 1_000);
      heard.tookMs.push((arrivedUs - sentUs) / 1_000);
    },
  });
  return heard;
}

function hasAll(): boolean {
  return engine.tookMs.length === hotInTime && bare.tookMs.length === hotInTime;
}

function arrivalsOf({ sentMs, tookMs }: Heard): Arrivals {
  return { sentMs: Float64Array.from(sentMs), tookMs: Float64Array.from(tookMs) };
}

/** One of a hundred is too hot, and its device's next one is not. */
function eventOf(index: number): string {
  const us = nowUs();
  const isHot = index % HOT_EVERY === 0;
  if (isHot && us >= measuredFromUs) hotInTime++;
  return JSON.stringify({
    device: `d${index % DEVICES}`,
    value: isHot ? 200 : 20,
    sent: us,
    ts: us,
  } satisfies TimedReading);
}

function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

function tell(message: FromTimer): void {
  process.send!(message);
}

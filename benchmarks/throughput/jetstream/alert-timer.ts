/** A process beside the engine's: publishes events, listens for their alerts, and tells its parent how long each took. */
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export type ToTimer =
  | { readonly kind: 'flood'; readonly events: number }
  | { readonly kind: 'time'; readonly eventsPerSecond: number; readonly seconds: number };

const DEVICES = 1_001; // not a multiple of 100: each device is too hot in its turn
const WINDOW = 2_000;
const WARM_UP_US = 5_000_000;
const LAST_ALERTS_MS = 2_000;

const connection = await connect({ servers: process.argv[2]! });
const client = jetstream(connection);
const latencies: number[] = [];
let measuredFromUs = Infinity;
let sent = 0;

connection.subscribe('alerts.hot', {
  callback: (_error, message) => {
    const { data } = message.json<{ readonly data: { readonly change: string; readonly message: string } }>();
    const sentUs = Number(data.message.replaceAll(/\D/g, ''));
    if (data.change === 'raised' && sentUs >= measuredFromUs) latencies.push((nowUs() - sentUs) / 1_000);
  },
});
await connection.flush();
process.send!('ready');
process.on('message', (command: ToTimer) => {
  if (command.kind === 'flood') void flood(command.events);
  else void time(command);
});
/** As quickly as the server stores them: it acknowledges one of each window. */
async function flood(events: number): Promise<void> {
  while (sent < events) {
    for (let i = 1; i < WINDOW; i++) connection.publish('timed.readings', eventOf(sent++));
    await client.publish('timed.readings', eventOf(sent++));
  }
}

async function time({ eventsPerSecond, seconds }: Extract<ToTimer, { readonly kind: 'time' }>): Promise<void> {
  const startUs = nowUs();
  const before = sent;
  measuredFromUs = startUs + WARM_UP_US;
  for (let us = startUs; us < measuredFromUs + seconds * 1_000_000; us = nowUs()) {
    const due = before + Math.floor(((us - startUs) * eventsPerSecond) / 1_000_000);
    while (sent < due) connection.publish('timed.readings', eventOf(sent++));
    await delay(1);
  }
  await delay(LAST_ALERTS_MS);
  await connection.close();
  process.send!(latencies);
  process.disconnect();
}

/** One of a hundred is too hot, and its device's next one is not. */
function eventOf(index: number): string {
  const us = nowUs();
  return `{"device":"d${index % DEVICES}","value":${index % 100 === 0 ? 200 : 20},"sent":${us},"ts":${us}}`;
}

function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

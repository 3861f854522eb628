import { jetstream } from '@nats-io/jetstream';
import { expect, it } from 'vitest';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { sharedNats, sharedQuestDb } from '../../services/servers.ts';
import { createRandom, stored } from './publishing.ts';
import { Operator, temporaryFolder } from './streams.ts';

const SEED = Number(process.env.SEED ?? 20_260_102);
const METERS = 7;
const READINGS = 1_400;
const START_MS = 1_700_000_000_000;
const nats = await sharedNats();
const questDb = await sharedQuestDb();

const RULES = `
  stream unique_meter from nats "unique.*.meter" json {
    key id: symbol = subject[2]  kwh: float  time ts as ms  unique by id, ts within 10m
  }
  store unique_meter
  rule stuck on unique_meter { high when kwh == prev(kwh) }
  rule whole on unique_meter { low when mod(kwh, 10) == 0 }
  route alerts to nats "unique_alerts.{id}.{severity}"
`;

it(`what publishers send again is stored once and raises once, over runs that are ended (seed ${SEED})`, {
  timeout: 90_000,
}, async () => {
  const operator = await Operator.connect(nats);
  await operator.manager.streams.add({ name: 'UNIQUE', subjects: ['unique.*.meter'] });
  await operator.manager.streams.add({ name: 'UNIQUE_ALERTS', subjects: ['unique_alerts.>'] });
  const sent = await publish(operator);
  expect(sent).toBeGreaterThan(READINGS * 1.3);

  const { plan, diagnostics } = compile({ file: 'meters.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  const stateDirectory = temporaryFolder();
  const counts = { events: 0, repeated: 0, late: 0, rejected: 0 };
  for (let run = 0; run < 40 && counts.events < sent; run++) {
    const ending = new AbortController();
    const summary = await runJob({
      plan: plan!,
      connectors: createConnectors({
        disk: new NodeDisk(),
        log: { write: () => {}, isJson: true },
        nats: { servers: [nats], maxWaitingMessages: 100 },
      }),
      store: createQuestDbConnector({ url: questDb }),
      stateDirectory,
      workerCount: run % 3,
      signal: ending.signal,
      onProgress: ({ events }) => {
        if (events > 400) ending.abort();
      },
      isDrained: true,
    });
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += summary[name];
  }
  expect(counts).toEqual({ events: sent, repeated: sent - READINGS, late: 0, rejected: 0 });

  await expect
    .poll(() => rowOf('select count(), count_distinct(concat(id, kwh)), sum(kwh) from unique_meter'), {
      timeout: 30_000,
    })
    .toEqual([READINGS, READINGS, METERS * sumBelow(READINGS / METERS)]);
  const alerts = (await stored(operator, 'UNIQUE_ALERTS')).map(({ text }) => JSON.parse(text).data);
  expect(alerts.map(({ key, rule, change, values }) => `${key.id} ${rule} ${change} ${values.kwh}`).sort()).toEqual(
    expectedAlerts(),
  );
});

/** Each meter counts up, and sends some readings again: at once, or behind later ones. Returns how many it sent. */
async function publish(operator: Operator): Promise<number> {
  const random = createRandom(SEED);
  const client = jetstream(operator.client);
  const again: string[] = [];
  let sent = 0;
  const send = async (text: string) => {
    const { meter, ...payload } = JSON.parse(text);
    await client.publish(`unique.${meter}.meter`, JSON.stringify(payload));
    sent++;
  };
  for (let i = 0; i < READINGS; i++) {
    const kwh = Math.floor(i / METERS);
    const reading = JSON.stringify({ meter: `m${i % METERS}`, kwh, ts: START_MS + kwh * 1_000 });
    await send(reading);
    if (random(5) === 0) await send(reading);
    if (random(4) === 0) again.push(reading);
    if (again.length > 0 && random(3) === 0) await send(again.splice(random(again.length), 1)[0]!);
  }
  for (const reading of again) await send(reading);
  return sent;
}

function expectedAlerts(): string[] {
  const expected: string[] = [];
  for (let meter = 0; meter < METERS; meter++) {
    for (let kwh = 0; kwh < READINGS / METERS; kwh++) {
      if (kwh % 10 === 0) expected.push(`m${meter} whole raised ${kwh}`);
      if (kwh % 10 === 1) expected.push(`m${meter} whole cleared ${kwh}`);
    }
  }
  return expected.sort();
}

function sumBelow(count: number): number {
  return (count * (count - 1)) / 2;
}

async function rowOf(query: string): Promise<unknown> {
  const response = await fetch(`${questDb}/exec?query=${encodeURIComponent(query)}`);
  const { dataset, error } = (await response.json()) as { dataset?: unknown[]; error?: string };
  return dataset?.[0] ?? error;
}

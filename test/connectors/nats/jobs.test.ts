import { expect, it } from 'vitest';
import { MemoryConnector } from '../../../connectors/memory/index.ts';
import { createNatsConnector } from '../../../connectors/nats/index.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Connector } from '../../../engine/connector.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { createAlertStream, createRandom, type Stored, stored } from './publishing.ts';
import { Operator, ownServer, pause, temporaryFolder } from './streams.ts';

const SEED = Number(process.env.SEED ?? 20_260_102);
const EVENTS = 6_000;
const PER_READ = 150;
const START_MS = 1_700_000_000_000;

const RULES = `
  stream s from memory "s" json { key device: symbol  site: symbol  x: float  time ts as ms }
  rule hot on s { high when x > 90  critical when x > 97  labels { team: "pumps" } }
  route alerts where change == "raised" to nats "alerts.raised.{site}.{team}.{device}"
  route alerts to nats "alerts.all.{rule}.{severity}.{device}"
  route s where x > 95 to nats "alerts.rows.{site}"
`;

it(`a job that is killed again and again publishes each change and row once (seed ${SEED})`, {
  timeout: 90_000,
}, async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  const start = async () => {
    await createAlertStream(operator, { duplicate_window: 100e6 });
    const memory = new MemoryConnector({ isReplayable: true, capacity: 2 * EVENTS, arrivalClock: 'recorded' });
    const all = events();
    for (let n = 0; n < EVENTS; n += PER_READ) {
      const arrivalUs = (START_MS + n * 100) * 1000;
      await memory.channel('s').push(all.slice(n, n + PER_READ), { arrivalUs });
      await memory.channel('s').tick(arrivalUs); // ends the read
    }
    memory.channel('s').end();
    return { memory, stateDirectory: temporaryFolder() };
  };
  const whole = await start();
  await run({ ...whole, url: server.url, isKilled: () => false });
  const expected = await stored(operator);
  expect(expected.length).toBeGreaterThan(500);
  expect(expected[0]!.subject).toMatch(/^alerts\.(raised\.[ab]\.pumps|all\.hot\.high|rows)\./);

  await operator.manager.streams.delete('ALERTS');
  const random = createRandom(SEED);
  const killed = await start();
  let kills = 0;
  for (; kills < 25; kills++) {
    const isKilled = () => random(40) === 0;
    const isDone = await run({ ...killed, url: server.url, isKilled }).then(
      () => true,
      (error: Error) => {
        if (error.message !== 'killed') throw error;
        return false;
      },
    );
    if (isDone) break;
    operator.client.publish('alerts.all.hot.high.m1', 'of somebody else', {});
    await pause(random(2) * 150);
  }
  if (kills === 25) await run({ ...killed, url: server.url, isKilled: () => false });
  expect(kills).toBeGreaterThan(4);
  const own = (await stored(operator)).filter(({ id }) => id !== '');
  expect(own.length).toBe(expected.length);
  for (const kind of ['alerts.raised.', 'alerts.all.', 'alerts.rows.']) {
    expect(ofKind(own, kind)).toEqual(ofKind(expected, kind));
  }
});

function ofKind(messages: readonly Stored[], kind: string): Stored[] {
  return messages.filter(({ subject }) => subject.startsWith(kind));
}

function events() {
  const random = createRandom(7);
  return Array.from({ length: EVENTS }, (_, n) => ({
    device: `m${random(40)}`,
    site: random(2) === 0 ? 'a' : 'b',
    x: random(100),
    ts: START_MS + n * 100,
  }));
}

/** It is killed where `isKilled` says so: before, while, or after something is published, or behind a checkpoint. */
async function run(options: {
  readonly memory: MemoryConnector;
  readonly url: string;
  readonly stateDirectory: string;
  readonly isKilled: () => boolean;
}): Promise<void> {
  const { memory, url, stateDirectory, isKilled } = options;
  const { plan, diagnostics } = compile({ file: 'rules.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  const nats = createNatsConnector({ servers: [url] });
  const kill = () => {
    if (isKilled()) throw new Error('killed');
  };
  const mortal: Connector = {
    name: 'nats',
    openSink: async opening => {
      const sink = await nats.openSink!(opening);
      return {
        maxInFlight: 1,
        position: () => sink.position(),
        close: () => sink.close(),
        write: async input => {
          kill();
          const written = sink.write(input);
          written.catch(() => {}); // the run may be gone
          kill();
          await written;
          kill();
        },
      };
    },
  };
  await runJob({
    plan: plan!,
    connectors: new Map<string, Connector>([
      ['memory', memory],
      ['nats', mortal],
    ]),
    stateDirectory,
    checkpointEveryMs: 0,
    onCheckpoint: kill,
    signal: new AbortController().signal,
  });
}

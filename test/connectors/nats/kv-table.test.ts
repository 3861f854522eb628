import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { MemoryConnector } from '../../../connectors/memory/index.ts';
import { createNatsConnectors } from '../../../connectors/nats/index.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Connector } from '../../../engine/connector.ts';
import { type JobWarning, runJob } from '../../../engine/runtime/job.ts';
import { sharedNats } from '../../services/servers.ts';
import { startNats } from './nats-server.ts';

const shared = await sharedNats();
let bucketCount = 0;
let eventCount = 0;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-kv-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const rulesOf = (bucket: string) => `
stream s from memory "s" json { key device: symbol  n: int  time ts as ms  future 900d }
table devices from kv "${bucket}" key device: symbol { site: symbol  limit: int default 7 }
stream placed = from s lookup d = devices[device] select n, d.site as site, d.limit as limit
`;

async function openBucket(url: string, options: { readonly history: number }): Promise<{ bucket: string; kv: KV }> {
  const client = await connect({ servers: url });
  onTestFinished(async () => await client.close());
  const bucket = `devices-${process.pid}-${bucketCount++}`;
  return { bucket, kv: await new Kvm(jetstream(client)).create(bucket, options) };
}

/** A run whose events are of now: rows by n. */
class Run {
  readonly rows = new Map<number, string>();
  readonly warnings: JobWarning[] = [];
  readonly memory: MemoryConnector;
  readonly #controller = new AbortController();
  readonly done: Promise<unknown>;

  constructor(options: { readonly bucket: string; readonly url: string; readonly memory?: MemoryConnector }) {
    this.memory = options.memory ?? new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
    const { plan, diagnostics } = compile({ file: 'rules.mill', text: rulesOf(options.bucket) });
    expect(diagnostics).toEqual([]);
    const connectors: readonly Connector[] = [
      this.memory,
      ...Object.values(createNatsConnectors({ servers: [options.url], requestTimeoutMs: 1_000 })),
    ];
    this.done = runJob({
      plan: plan!,
      connectors: new Map(connectors.map(connector => [connector.name, connector])),
      workerCount: 2,
      stateDirectory: join(folder, 'state'),
      rowStreams: ['placed'],
      onRows: batch => {
        for (const { values } of batch.rows)
          this.rows.set(values['n'] as number, `${values['site']} ${values['limit']}`);
      },
      onWarning: warning => this.warnings.push(warning),
      signal: this.#controller.signal,
    });
    this.done.catch(() => {});
  }

  /** What an event of this time, or of now, is placed at. */
  async placeOf(device: string, timeMs = Date.now()): Promise<string> {
    const n = eventCount++;
    await this.memory.channel('s').push([{ device, n, ts: timeMs }], { arrivalUs: Date.now() * 1_000 });
    await expect.poll(() => this.rows.has(n), { timeout: 20_000 }).toBe(true);
    return this.rows.get(n)!;
  }

  /** Until an event of now is placed there. */
  async comesTo(device: string, place: string): Promise<void> {
    await expect.poll(() => this.placeOf(device), { timeout: 20_000, interval: 100 }).toBe(place);
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.done;
  }
}

it('each revision is a version from when it was stored, also those before the start; a deleted key has no row', async () => {
  const { bucket, kv } = await openBucket(shared, { history: 5 });
  await kv.put('m1', JSON.stringify({ site: 'north', limit: 1 }));
  await new Promise(resolve => setTimeout(resolve, 20));
  const betweenMs = Date.now();
  await new Promise(resolve => setTimeout(resolve, 20));
  await kv.put('m1', JSON.stringify({ site: 'south' }));
  await kv.put('m2', JSON.stringify({ site: 'east', limit: 3 }));
  const run = new Run({ bucket, url: shared });
  await run.comesTo('m1', 'south 7');
  expect(await run.placeOf('m2')).toBe('east 3');
  await kv.put('m1', JSON.stringify({ site: 'west', limit: 2 }));
  await run.comesTo('m1', 'west 2');
  await kv.delete('m2');
  await run.comesTo('m2', 'null null');
  await run.stop();

  // A run that starts anew, with a key that is late: the version of its time.
  rmSync(join(folder, 'state'), { recursive: true });
  const again = new Run({ bucket, url: shared });
  expect(await again.placeOf('m1', betweenMs)).toBe('north 1');
  expect(await again.placeOf('m1')).toBe('west 2');
  await again.stop();
});

it('what changed while no run was there is found by the next, and a bucket that is made anew begins anew', async () => {
  const { bucket, kv } = await openBucket(shared, { history: 1 });
  await kv.put('m1', JSON.stringify({ site: 'north' }));
  await kv.put('m2', JSON.stringify({ site: 'east' }));
  const first = new Run({ bucket, url: shared });
  await first.comesTo('m1', 'north 7');
  await first.stop();
  await kv.put('m1', JSON.stringify({ site: 'south' }));
  const second = new Run({ bucket, url: shared, memory: first.memory });
  await second.comesTo('m1', 'south 7');
  await kv.purge('m1');
  await second.comesTo('m1', 'null null');
  expect(await second.placeOf('m2')).toBe('east 7');
  await kv.destroy();
  await expect.poll(() => second.warnings.map(({ code }) => code), { timeout: 20_000 }).toEqual(['MR5040']);
  expect(await second.placeOf('m2')).toBe('east 7'); // the last good rows stay
  const client = await connect({ servers: shared });
  const made = await new Kvm(jetstream(client)).create(bucket, { history: 1 });
  await made.put('m1', JSON.stringify({ site: 'new' }));
  await second.comesTo('m1', 'new 7');
  expect(await second.placeOf('m2')).toBe('null null');
  await made.destroy();
  await client.close();
  await second.stop();
});

it('a server that is away keeps the last rows, and what was put meanwhile comes when it is back', async () => {
  const server = await startNats({ directory: folder });
  onTestFinished(async () => await server.stop());
  const { bucket, kv } = await openBucket(server.url, { history: 3 });
  await kv.put('m1', JSON.stringify({ site: 'north' }));
  const run = new Run({ bucket, url: server.url });
  await run.comesTo('m1', 'north 7');
  await server.kill();
  expect(await run.placeOf('m1')).toBe('north 7');
  await server.restart();
  await expect
    .poll(
      () =>
        kv.put('m1', JSON.stringify({ site: 'south' })).then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true);
  await run.comesTo('m1', 'south 7');
  await run.stop();
});

it.each([
  ['a bucket that is not there', null, 'MR5116'],
  ['a value that is no object', '[1]', 'MR5117'],
  ['a value that is no JSON', '{', 'MR5117'],
  ['a value that the schema refuses', '{"limit": "many"}', 'MR4010'],
])('%s lets no run start', async (_, value, code) => {
  const { bucket, kv } = await openBucket(shared, { history: 1 });
  if (value === null) await kv.destroy();
  else await kv.put('m1', value);
  const run = new Run({ bucket, url: shared });
  const failure = await run.done.then(
    () => null,
    error => error as { readonly code: string; readonly cause?: { readonly code?: string } },
  );
  expect([failure?.code, failure?.cause?.code]).toContain(code === 'MR4010' ? 'MR5040' : code);
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createConnectors } from '../../connectors/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Connector } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';

const EVENTS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-job-sinks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('alerts of several files are there once, wherever the run was killed', async () => {
  for (const name of ['one', 'two']) writeFileSync(join(folder, `${name}.csv`), readingsOf(name));
  await run('whole', Infinity);
  const whole = linesOf('whole');
  expect(whole.length).toBeGreaterThan(100);
  for (const killedAt of [2, 3]) {
    const name = `killed-${killedAt}`;
    await expect(run(name, killedAt)).rejects.toThrow('killed');
    await run(name, Infinity);
    expect(linesOf(name).toSorted()).toEqual(whole.toSorted());
  }
});

it('a sink that takes nothing now is given everything later', async () => {
  const memory = new MemoryConnector();
  const text = `
    stream s from memory "s" json { x: float  time ts as ms }
    rule high on s { high when x > 1 }
    route alerts to memory "alerts"
  `;
  const { plan } = compile({ file: 'sink.mill', text });
  await memory.channel('s').push([1, 2, 1].map((x, i) => ({ x, ts: 1_700_000_000_000 + i })));
  memory.channel('s').end();
  let failing = 2;
  const slow: Connector = {
    name: 'memory',
    openSource: options => memory.openSource(options),
    openSink: async options => {
      const sink = await memory.openSink(options);
      const write: typeof sink.write = async input => {
        if (failing-- > 0) throw new MillraceError('MR5012', 'not now', { domain: 'external', retry: 'backoff' });
        await sink.write(input);
      };
      return { maxInFlight: 1, write, position: () => sink.position(), close: () => sink.close() };
    },
  };
  const { signal } = new AbortController();
  const warnings: string[] = [];
  const onWarning = ({ code }: { readonly code: string }) => warnings.push(code);
  const { alerts } = await runJob({ plan: plan!, connectors: new Map([['memory', slow]]), onWarning, signal });
  expect(failing).toBeLessThan(0);
  expect(warnings).toEqual(['MR5012']); // once, though it failed twice
  const written = memory.channel('alerts').drain();
  expect(written.flatMap(input => (input.kind === 'alerts' ? input.changes : []))).toHaveLength(alerts);
});

it('a run that one sink fails does not go on to try another', async () => {
  const memory = new MemoryConnector();
  const text = `
    stream s from memory "s" json { x: float  time ts as ms }
    route s to memory "failing"
    route s to memory "away"
  `;
  const { plan } = compile({ file: 'sink.mill', text });
  await memory.channel('s').push([1, 2].map((x, i) => ({ x, ts: 1_700_000_000_000 + i })));
  let tries = 0;
  const connector: Connector = {
    name: 'memory',
    openSource: options => memory.openSource(options),
    openSink: async ({ target }) => ({
      maxInFlight: 1,
      write: async () => {
        if (target.address === 'away') {
          tries++;
          throw new MillraceError('MR5012', 'not now', { domain: 'external', retry: 'backoff' });
        }
        await expect.poll(() => tries).toBeGreaterThan(0);
        throw new MillraceError('MR5014', 'never again');
      },
      position: async () => null,
      close: async () => {},
    }),
  };
  const { signal } = new AbortController();
  const run = runJob({ plan: plan!, connectors: new Map([['memory', connector]]), signal });
  await expect(run).rejects.toMatchObject({ code: 'MR5014' });
  const before = tries;
  await delay(500);
  expect(tries).toBeLessThanOrEqual(before + 1);
});

it('a run that fails does not go on to read', async () => {
  const memory = new MemoryConnector();
  const text = `
    stream s from memory "s" json { x: float  time ts as ms }
    route s to memory "out"
  `;
  const { plan } = compile({ file: 'sink.mill', text });
  await memory.channel('s').push([1, 2].map((x, i) => ({ x, ts: 1_700_000_000_000 + i })));
  let isReading = false;
  const connector: Connector = {
    name: 'memory',
    openSource: async options => {
      const source = await memory.openSource(options);
      const read: typeof source.read = async how => {
        isReading = true;
        const result = await source.read(how);
        isReading = false;
        return result;
      };
      return { arrivalClock: source.arrivalClock, read, acknowledge: async () => {}, close: async () => {} };
    },
    openSink: async () => ({
      maxInFlight: 1,
      write: async () => {
        await expect.poll(() => isReading).toBe(true); // what follows, which does not come
        throw new MillraceError('MR5014', 'never again');
      },
      position: async () => null,
      close: async () => {},
    }),
  };
  const { signal } = new AbortController();
  const run = runJob({ plan: plan!, connectors: new Map([['memory', connector]]), signal });
  await expect(run).rejects.toMatchObject({ code: 'MR5014' });
  await expect.poll(() => isReading).toBe(false);
});

it('nothing is written to a sink while it says where it stands', async () => {
  const own = join(folder, 'positions');
  mkdirSync(own);
  writeFileSync(join(own, 'one.csv'), readingsOf('one'));
  const text = `
    stream one from file "one.csv" csv { key device: symbol  temp: float  time ts as ms }
    route one to memory "out"
  `;
  const { plan } = compile({ file: join(own, 'rules.mill'), text });
  const calls: string[] = [];
  const call = async (name: string) => {
    calls.push(`${name} begins`);
    await delay(10);
    calls.push(`${name} ends`);
  };
  const openSink = async () => ({
    maxInFlight: 1,
    write: () => call('write'),
    position: () => call('position').then(() => null),
    close: async () => {},
  });
  const connectors = createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } });
  await runJob({
    plan: plan!,
    connectors: new Map([...connectors, ['memory', { name: 'memory', openSink }]]),
    stateDirectory: join(own, 'state'),
    checkpointEveryMs: 0,
    signal: new AbortController().signal,
  });
  const positions = calls.filter(name => name === 'position begins').length;
  expect(positions).toBeGreaterThan(2);
  // Each call ends before the next one begins.
  expect(calls.filter((name, i) => i % 2 === 1 && name !== calls[i - 1]!.replace('begins', 'ends'))).toEqual([]);
});

/** With a checkpoint as soon as the one before is durable. Behind so many of them the run ends as if it were killed. */
async function run(name: string, killedAt: number): Promise<void> {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const streams = ['one', 'two'].map(
    stream => `
      stream ${stream} from file "../${stream}.csv" csv { key device: symbol  temp: float  time ts as ms }
      rule hot_${stream} on ${stream} { high when temp > 90 }
    `,
  );
  const text = `${streams.join('')} route alerts to file "alerts.ndjson"`;
  const { plan, diagnostics } = compile({ file: join(own, 'rules.mill'), text });
  expect(diagnostics).toEqual([]);
  let checkpoints = 0;
  await runJob({
    plan: plan!,
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
    stateDirectory: join(own, 'state'),
    checkpointEveryMs: 0,
    onCheckpoint: () => {
      if (++checkpoints === killedAt) throw new Error('killed');
    },
    signal: new AbortController().signal,
  });
}

/** Each alert of one file has one of the other beside it in time. */
function readingsOf(name: string): string {
  const lines = Array.from({ length: EVENTS }, (_, i) => {
    return `${name}-${i % 7},${(80 + 20 * Math.sin(i / 90 + (i % 7))).toFixed(3)},${1_700_000_000_000 + i * 100}`;
  });
  return `device,temp,ts\n${lines.join('\n')}\n`;
}

function linesOf(name: string): string[] {
  return readFileSync(join(folder, name, 'alerts.ndjson'), 'utf8').split('\n');
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileConnector } from '../../connectors/file/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Connector } from '../../engine/connector.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';

const SECOND_US = 1_000_000;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-silence-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const STREAM = 'stream s from memory "s" json { key device: symbol  n: int in 0..9  time ts as ms  idle never }\n';
const TABLE = 'table devices from file "devices.csv" key device: symbol { site: symbol }\n';
const RULE = 'rule silent on silence of s for 10s expected by devices { low }\n';
const SEEN = 'rule quiet on silence of s for 10s { low }\n';

/** A run of the rules, up to what has come; then it stops. Returns its alerts: rule, device, change and second. */
async function runOn(memory: MemoryConnector, rules: string, workerCount: number, nowUs = 0): Promise<string[]> {
  const { plan, diagnostics } = compile({ file: join(folder, 'rules.mill'), text: rules });
  expect(diagnostics).toEqual([]);
  const alerts: string[] = [];
  const platform = createNodePlatform();
  await runJob({
    plan: plan!,
    connectors: new Map<string, Connector>([
      ['memory', memory],
      ['file', createFileConnector(new NodeDisk())],
    ]),
    platform: { ...platform, clock: { ...platform.clock, nowUs: () => nowUs } },
    workerCount,
    stateDirectory: join(folder, 'state'),
    isDrained: true,
    onAlert: ({ rule, key, change, timeUs }) => alerts.push(`${rule} ${key['device']} ${change} ${timeUs / SECOND_US}`),
    signal: new AbortController().signal,
  });
  return alerts.sort();
}

function eventsOf(memory: MemoryConnector) {
  const channel = memory.channel('s');
  return {
    push: async (second: number, device: string, n = 1) =>
      await channel.push([{ device, n, ts: second * 1_000 }], { arrivalUs: second * SECOND_US }),
    tick: async (second: number) => await channel.tick(second * SECOND_US),
  };
}

it.each([
  [0, 3, 1],
  [4, 0, 2],
])('who is expected is waited for over restarts, on %i, then %i, then %i workers', async (first, second, third) => {
  writeFileSync(join(folder, 'devices.csv'), 'device,site\na,x\nb,x\nc,x\n');
  const memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
  const { push, tick } = eventsOf(memory);
  await push(100, 'a');
  await push(103, 'b', 99); // is rejected, and counts
  await tick(109);
  expect(await runOn(memory, STREAM + TABLE + RULE, first)).toEqual([]);
  await push(112, 'a');
  await tick(121);
  expect(await runOn(memory, STREAM + TABLE + RULE, second)).toEqual([
    'silent a cleared 112',
    'silent a raised 110',
    'silent b raised 113',
    'silent c raised 110',
  ]);
  await push(123, 'c');
  await tick(130);
  expect(await runOn(memory, STREAM + TABLE + RULE, third)).toEqual(['silent a raised 122', 'silent c cleared 123']);
});

it('a rule that comes later counts from then on, of what is known then', async () => {
  writeFileSync(join(folder, 'devices.csv'), 'device,site\na,x\nb,x\n');
  const memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
  const { push, tick } = eventsOf(memory);
  await push(100, 'a');
  await push(101, 'd');
  await tick(200);
  expect(await runOn(memory, STREAM, 1)).toEqual([]);
  await push(205, 'a');
  await tick(220);
  expect(await runOn(memory, STREAM + TABLE + RULE + SEEN, 3, 200 * SECOND_US)).toEqual([
    // the table is found at 200 s
    'quiet a raised 215',
    'quiet d raised 210',
    'silent a raised 215',
    'silent b raised 210',
  ]);
  await push(230, 'a');
  await tick(231);
  // Another time is another silence, which begins anew.
  const longer = RULE.replace('10s', '20s');
  expect(await runOn(memory, STREAM + TABLE + longer + SEEN, 2, 220 * SECOND_US)).toEqual(['quiet a cleared 230']);
});

it.each([0, 1, 3])(
  'a device that speaks with the very last message is heard at once, on %i workers',
  async workerCount => {
    const memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
    const { push } = eventsOf(memory);
    for (const device of ['a', 'b', 'c']) await push(100, device);
    await push(112, 'b');
    await push(113, 'a');
    await push(113, 'c', 99); // is rejected, and counts
    expect(await runOn(memory, STREAM + SEEN, workerCount)).toEqual([
      'quiet a cleared 113',
      'quiet a raised 110',
      'quiet b cleared 112',
      'quiet b raised 110',
      'quiet c cleared 113',
      'quiet c raised 110',
    ]);
  },
);

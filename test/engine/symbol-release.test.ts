import { describe, expect, it } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { RowBatch } from '../../engine/connector.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { Workers } from '../../engine/runtime/workers/workers.ts';
import { batchOf } from '../oracle/plan-builder.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runJob } from '../../engine/runtime/job.ts';

const RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float  expire 1s idle 100ms }
stream seen = from s window tumbling 10s select count() as n, last(site) as site
`;

const ALERT_RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float }
rule hot on s { high when value > 0  clear when value < 1 }
stream changes = from alerts select change, site
`;

describe('workers', () => {
  it.each([1, 2, 3])('%i of them free the symbols of forgotten keys, and of those alone', async workerCount => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-symbols-'));
    const { plan } = compile({ file: 's.mill', text: RULES });
    const symbols = new SymbolTable();
    const disk = new NodeDisk();
    const giveWay = async () => {};
    const workers = await Workers.start({
      plan: plan!,
      ports: Array.from({ length: workerCount }, () => new InlinePort({ disk, monotonicMs: () => 0, giveWay })),
      rowStreams: ['seen'],
      symbols,
      restored: null,
      paused: [],
    });
    const seen: string[] = [];
    for (let second = 0; second < 60; second++) {
      const arrivalUs = 1_000_000 * (second + 1);
      const event = (key: string) => ({ key, site: `of ${key}`, timeUs: arrivalUs, arrivalUs, value: 1 });
      const keys = ['stays', ...Array.from({ length: 20 }, (_, i) => `device ${second}.${i}`)];
      const batch = batchOf(keys.map(event), symbols);
      const done = await workers.send({ stream: 's', batch, arrivalUs, end: null });
      for (const rows of done.output.rows) seen.push(...rows.rows.map(namesOf));
      if (second % 5 !== 4) continue;
      const pathOf = (worker: number) => join(folder, `${second}-${worker}`);
      const { usedSymbols } = await workers.takeParts({ checkpoint: second, pathOf, extent: 'all' });
      workers.freeSymbols(usedSymbols, [], []);
    }
    await workers.close();
    rmSync(folder, { recursive: true });
    expect(symbols.count).toBeLessThan(1_000); // of 2,402
    expect(seen.length).toBeGreaterThan(500);
    for (const names of seen) {
      const [device, site] = names.split('|');
      expect(site).toBe(`of ${device}`);
    }
  });

  it('keep those of alerts that wait to be read, which nothing else knows any more', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-symbols-'));
    const { plan } = compile({ file: 's.mill', text: ALERT_RULES });
    const symbols = new SymbolTable();
    const workers = await Workers.start({
      plan: plan!,
      ports: [new InlinePort({ disk: new NodeDisk(), monotonicMs: () => 0, giveWay: async () => {} })],
      rowStreams: ['changes'],
      symbols,
      restored: null,
      paused: [],
    });
    const sites: unknown[] = [];
    for (let second = 1; second <= 4; second++) {
      const arrivalUs = 1_000_000 * second;
      const event = { key: 'a', timeUs: arrivalUs, arrivalUs };
      const values = [1, 0, 0]; // raised and cleared at one instant, and the site is another one then
      const events = values.map((value, i) => ({ ...event, site: `${second}.${i}`, value }));
      const done = await workers.send({ stream: 's', batch: batchOf(events, symbols), arrivalUs, end: null });
      for (const { rows } of done.output.rows) sites.push(...rows.map(({ values: row }) => row['site']));
      const pathOf = (worker: number) => join(folder, `${second}-${worker}`);
      const { usedSymbols } = await workers.takeParts({ checkpoint: second, pathOf, extent: 'all' });
      workers.freeSymbols(usedSymbols, [], []);
    }
    await workers.close();
    rmSync(folder, { recursive: true });
    expect(sites).toEqual(['1.0', '1.1', '2.0', '2.1', '3.0', '3.1']);
  });

  it('of a job do so with its whole checkpoints', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-symbols-'));
    const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
    const { plan } = compile({ file: 's.mill', text: RULES });
    const seen: string[] = [];
    const checkpoints: unknown[] = [];
    const job = runJob({
      plan: plan!,
      connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true }, memory }),
      rowStreams: ['seen'],
      stateDirectory: folder,
      checkpointEveryMs: 1,
      onRows: batch => seen.push(...batch.rows.map(namesOf)),
      onCheckpoint: times => checkpoints.push(times),
      signal: new AbortController().signal,
    });
    for (let second = 0; checkpoints.length < 36; second++) {
      const devices = ['stays', `device ${second}.a`, `device ${second}.b`];
      await memory.channel('s').push(
        devices.map(device => ({ device, site: `of ${device}`, value: 1 })),
        { arrivalUs: 1_000_000 * (second + 1) },
      );
      await new Promise(resolve => setTimeout(resolve, 1)); // the disk is slower than the devices
    }
    memory.channel('s').end();
    await job;
    rmSync(folder, { recursive: true });
    expect(seen.length).toBeGreaterThan(50);
    for (const names of seen) expect(names.split('|')[1]).toBe(`of ${names.split('|')[0]}`);
  });
});

function namesOf({ key, values }: RowBatch['rows'][number]): string {
  return `${key['device']}|${values['site']}`;
}

import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileConnector } from '../../connectors/file/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Connector } from '../../engine/connector.ts';
import { type JobOptions, type JobWarning, runJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';

const SECOND_US = 1_000_000;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-tables-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const RULES = `
stream s from memory "s" json { key device: symbol  n: int  time ts as ms }
table devices from file "devices.csv" key device: symbol { site: symbol  limit: int }
stream placed = from s lookup d = devices[device] select n, d.site as site, d.limit as limit
`;

/** A machine whose clock is told, events that arrive when they say, and a job that may be stopped and gone on with. */
class Plant {
  readonly memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
  readonly rows = new Map<number, string>(); // by n: what it was placed at, which never changes
  readonly warnings: JobWarning[] = [];
  nowUs = 0;
  #running: { readonly controller: AbortController; readonly done: Promise<unknown> } | undefined;

  start(options: Partial<JobOptions> = {}, rules = RULES): void {
    const controller = new AbortController();
    const { plan, diagnostics } = compile({ file: join(folder, 'rules.mill'), text: rules });
    expect(diagnostics).toEqual([]);
    const platform = createNodePlatform();
    const done = runJob({
      plan: plan!,
      connectors: new Map<string, Connector>([
        ['memory', this.memory],
        ['file', createFileConnector(new NodeDisk())],
      ]),
      platform: { ...platform, clock: { ...platform.clock, nowUs: () => this.nowUs } },
      rowStreams: ['placed'],
      onRows: batch => {
        for (const { values } of batch.rows) {
          const text = `${values['site']} ${values['limit']}`;
          const n = values['n'] as number;
          expect(this.rows.get(n) ?? text).toBe(text);
          this.rows.set(n, text);
        }
      },
      onWarning: warning => this.warnings.push(warning),
      signal: controller.signal,
      ...options,
    });
    done.catch(() => {});
    this.#running = { controller, done };
  }

  /** Events n … m−1, each a second after the one before. */
  async push(from: number, to: number): Promise<void> {
    for (let n = from; n < to; n++) {
      await this.memory.channel('s').push([{ device: 'm1', n, ts: n * 1_000 }], { arrivalUs: n * SECOND_US });
    }
  }

  async seen(n: number): Promise<void> {
    await expect.poll(() => this.rows.has(n), { timeout: 20_000 }).toBe(true);
  }

  async stop(): Promise<unknown> {
    this.#running!.controller.abort();
    return await this.#running!.done;
  }

  get failure(): Promise<unknown> {
    return this.#running!.done.then(
      () => 'none',
      error => error,
    );
  }
}

function writeTable(...lines: readonly string[]): void {
  writeFileSync(join(folder, 'devices.new'), ['device,site,limit', ...lines, ''].join('\n'));
  renameSync(join(folder, 'devices.new'), join(folder, 'devices.csv'));
}

async function recorded(state: string, files: number): Promise<void> {
  await expect
    .poll(() => readdirSync(join(state, 'inputs')).filter(name => !name.endsWith('.new')).length, { timeout: 20_000 })
    .toBe(files);
}

describe.each([0, 1, 3])('on %i workers', workerCount => {
  it('a change of the file is valid from when it is found, and stays so after a crash and a restart', async () => {
    const state = join(folder, 'state');
    const crashed = join(folder, 'crashed');
    writeTable('m1,north,80');
    const plant = new Plant();
    plant.start({ workerCount, stateDirectory: state, checkpointEveryMs: 600_000 });
    await plant.push(1, 5);
    await plant.seen(4);
    plant.nowUs = 5 * SECOND_US;
    writeTable('m1,south,60', 'm2,north,70');
    await recorded(state, 2);
    await plant.push(5, 10);
    await plant.seen(9);
    expect(plant.rows).toEqual(
      new Map([1, 2, 3, 4, 5, 6, 7, 8, 9].map(n => [n, n <= 5 ? 'north 80' : 'south 60'])), // 5 arrived with the change
    );
    cpSync(state, crashed, { recursive: true }); // no checkpoint is in it yet
    await plant.stop();

    // The file is another one by then, and the clock is wrong: what was recorded counts.
    writeTable('m1,west,50');
    plant.nowUs = 20 * SECOND_US;
    const again = new Plant();
    await again.push(1, 10);
    again.nowUs = 20 * SECOND_US;
    again.start({ workerCount: 2, stateDirectory: crashed });
    await again.seen(9);
    expect(again.rows).toEqual(plant.rows);
    await again.push(20, 23);
    await again.seen(22);
    expect([20, 21, 22].map(n => again.rows.get(n))).toEqual(['south 60', 'west 50', 'west 50']);
    await again.stop();

    // After a clean stop it goes on from the checkpoint, which holds the table.
    plant.start({ workerCount: 1, stateDirectory: state });
    await plant.push(25, 27);
    await plant.seen(26);
    expect([25, 26].map(n => plant.rows.get(n))).toEqual(['west 50', 'west 50']);
    await plant.stop();
  });
});

describe('a table of a file', () => {
  it('is valid since always where it is there at the first start, and read again without state', async () => {
    writeTable('m1,north,80');
    const plant = new Plant();
    plant.nowUs = 1e15;
    plant.start();
    await plant.push(1, 3);
    await plant.seen(2);
    expect(plant.rows.get(1)).toBe('north 80');
    await plant.stop();
  });

  it('that is broken or gone while a run goes on keeps its last good rows, and says so once', async () => {
    const state = join(folder, 'state');
    writeTable('m1,north,80');
    const plant = new Plant();
    plant.start({ stateDirectory: state });
    await plant.push(1, 2);
    await plant.seen(1);
    writeTable('m1,north,eighty');
    await expect.poll(() => plant.warnings.map(({ code }) => code), { timeout: 20_000 }).toEqual(['MR5040']);
    expect(plant.warnings[0]!.message).toContain('"eighty"');
    rmSync(join(folder, 'devices.csv'));
    await expect.poll(() => plant.warnings.length, { timeout: 20_000 }).toBe(2);
    writeTable('m1,north,80', 'm1,south,80');
    await expect.poll(() => plant.warnings.map(({ code }) => code).at(-1), { timeout: 20_000 }).toBe('MR5041');
    await plant.push(3, 5);
    await plant.seen(4);
    expect(plant.rows.get(4)).toBe('north 80');
    plant.nowUs = 5 * SECOND_US;
    writeTable();
    await recorded(state, 2);
    await plant.push(5, 8);
    await plant.seen(7);
    expect([5, 6, 7].map(n => plant.rows.get(n))).toEqual(['north 80', 'null null', 'null null']);
    expect(plant.warnings).toHaveLength(3);
    await plant.stop();
  });

  it.each([
    ['is not there', null, 'MR5040'],
    ['has a row that the rule file does not allow', 'device,site,limit\nm1,north,3.5\n', 'MR5040'],
    ['has a row without a key', 'device,site,limit\n,north,3\n', 'MR5040'],
    ['has a key twice', 'device,site,limit\nm1,north,3\nm1,south,3\n', 'MR5041'],
    [
      'has too many rows',
      `device,site,limit\n${Array.from({ length: 100_001 }, (_, i) => `m${i},a,1\n`).join('')}`,
      'MR5042',
    ],
  ])('that %s lets no run start', async (_, content, code) => {
    if (content !== null) writeFileSync(join(folder, 'devices.csv'), content);
    const plant = new Plant();
    plant.start();
    expect(await plant.failure).toMatchObject({ code });
  });

  it('with `valid_from` has the versions that it says, also when they are told later', async () => {
    const rules = RULES.replace('limit: int }', 'limit: int  valid_from: time }');
    const write = (...lines: readonly string[]) =>
      writeFileSync(join(folder, 'devices.csv'), ['device,site,limit,valid_from', ...lines, ''].join('\n'));
    const at = (second: number) => new Date(second * 1_000).toISOString();
    const state = join(folder, 'state');
    write('m1,north,1,', `m1,south,2,${at(3)}`);
    const plant = new Plant();
    plant.start({ stateDirectory: state }, rules);
    await plant.push(1, 5);
    await plant.seen(4);
    plant.nowUs = 5 * SECOND_US;
    write('m1,north,1,', `m1,west,3,${at(7)}`); // the other version was never so
    await recorded(state, 2);
    await plant.push(5, 10);
    await plant.seen(9);
    expect([...plant.rows.values()]).toEqual([
      ...['north 1', 'north 1', 'south 2', 'south 2', 'south 2'],
      ...['north 1', 'west 3', 'west 3', 'west 3'],
    ]);
    await plant.stop();
  });

  it('that is declared otherwise begins anew', async () => {
    const state = join(folder, 'state');
    writeTable('m1,north,80');
    const plant = new Plant();
    plant.start({ stateDirectory: state });
    await plant.push(1, 2);
    await plant.seen(1);
    await plant.stop();
    plant.nowUs = 3 * SECOND_US;
    plant.start({ stateDirectory: state }, RULES.replace('limit: int', 'limit: float'));
    await plant.push(4, 6);
    await plant.seen(5);
    expect(plant.rows.get(5)).toBe('north 80');
    await plant.stop();
  });
});

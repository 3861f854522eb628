import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { createColumn, SymbolTable } from '../../engine/batch.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { runJob, type Summary } from '../../engine/runtime/job.ts';
import { isSharable } from '../../engine/runtime/workers/plan-slices.ts';
import { KeyShares, shareOf } from '../../engine/state/key-share.ts';
import { runs } from '../oracle/runs.ts';
import { sharedNats } from '../services/servers.ts';

const url = await sharedNats();
const folder = mkdtempSync(join(tmpdir(), 'millrace-shares-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** More than are read at once, and on their way, before a run stops. */
const EVENTS = 60_000;

/** All that goes by key: windows, rules, silence of devices that never came, what is late and what is refused; and a stream without key. */
const RULES = `
stream motor from file "motor.ndjson" json {
  key device: symbol  key part: int
  temp: float degC
  time ts as ms
  lateness 2s  idle 20s
  unique by ts within 1m
}
stream plant from file "plant.ndjson" json { load: float  time ts as ms  lateness 1s }
table devices from file "devices.csv" key device: symbol, part: int { note: string }
stream motor_10s = from motor window tumbling 10s select avg(temp) as mean, count() as n
stream plant_10s = from plant window tumbling 10s select sum(load) as total
stream behind = from late(motor) select temp
stream broken = from rejected(motor)
stream above = from motor as m join motor_10s as w within 10s after where m.temp > w.mean + 30 K select m.temp, w.mean
stream since = from motor as m join behind as b latest within 20s where m.temp > 95 degC select m.temp as now, b.temp as before
rule hot on motor { high when temp > 90 degC for 2s  clear when temp < 70 degC }
rule gone on silence of motor for 15s expected by devices { critical }
rule breaks on broken { low when count(1m) > 2  clear after 20s }
`;

describe('shares of the keys', () => {
  it('give together what all keys give, each once, also where some were stopped on the way', async () => {
    writeInput();
    const plan = planOf(RULES);
    expect(isSharable(plan)).toBe(true);
    const whole = await run(plan, {});
    expect(whole.lines.length).toBeGreaterThan(400);
    expect(new Set(whole.lines.map(kindOf))).toEqual(
      new Set(['hot', 'gone', 'breaks', 'motor_10s', 'plant_10s', 'behind', 'broken', 'above', 'since']),
    );
    for (const count of [3]) {
      const shares = [];
      for (let index = 0; index < count; index++) {
        const stateDirectory = join(folder, `state-${count}-${index}`);
        const share = { index, count };
        const parts = [];
        for (const stopAt of index === 1 ? [1] : []) parts.push(await run(plan, { share, stateDirectory, stopAt }));
        parts.push(await run(plan, { share, stateDirectory, workerCount: index % 2 }));
        expect(parts.every(({ summary }) => summary.events > 0)).toBe(true);
        shares.push(...parts);
      }
      expect(sorted(shares.flatMap(({ lines }) => lines))).toEqual(sorted(whole.lines));
      for (const name of ['events', 'rows', 'alerts', 'late', 'rejected', 'repeated'] as const) {
        expect(
          shares.reduce((sum, { summary }) => sum + summary[name], 0),
          name,
        ).toBe(whole.summary[name]);
      }
      expect(shares.every(({ summary }) => summary.events < whole.summary.events)).toBe(true);
    }
  });

  it('are refused where rules need all keys together', async () => {
    const text = `${RULES} stream all = from motor window tumbling 10s by global select count() as n`;
    const plan = planOf(text);
    expect(isSharable(plan)).toBe(false);
    await expect(run(plan, { share: { index: 0, count: 2 } })).rejects.toMatchObject({ code: 'MR6030' });
  });

  it('are those that a subject mapping of NATS gives, of ASCII and of other letters', async () => {
    const connection = await connect({ servers: url });
    const { streams } = await jetstreamManager(connection);
    const transform = { src: 'shares.in.*.*', dest: 'shares.out.{{partition(7,1,2)}}.{{wildcard(1)}}.{{wildcard(2)}}' };
    await streams.add({ name: 'SHARES', subjects: ['shares.in.*.*'], subject_transform: transform });
    const keys = ['m1', 'm2', 'pump-17', 'mühle', '水', '😀', 'a-rather-long-name-of-a-device'].flatMap(device =>
      [0, 12, -5].map(part => ({ device, part })),
    );
    for (const { device, part } of keys) await jetstream(connection).publish(`shares.in.${device}.${part}`, '');
    const subjects = await Promise.all(
      keys.map(async (_, i) => (await streams.getMessage('SHARES', { seq: i + 1 }))!.subject),
    );
    expect(subjects.map(subject => Number(subject.split('.')[2]))).toEqual(keys.map(key => shareOfKey(key, 7)));
    await connection.close();
  });

  it('hold each key once, whether its symbol is known already, new, or was free in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 16 }),
        (texts, count) => {
          const symbols = new SymbolTable();
          const all = Array.from({ length: count }, (_, index) => new KeyShares(symbols, { index, count }));
          for (const text of [...texts, ...texts]) {
            const column = createColumn('symbol', 1);
            column.values[0] = symbols.idOf(text);
            const owners = all.filter(shares => shares.isOwn([column], 0)).map(({ share }) => share.index);
            expect(owners).toEqual([shareOf([column], 0, { symbols, count })]);
            if (text.length % 2 === 1) continue;
            symbols.free([column.values[0]]);
            for (const shares of all) shares.forget([column.values[0]]);
          }
        },
      ),
      runs(100),
    );
  });
});

/** Events of 23 keys with some that are late, repeated, broken or silent for a while, and one device that never comes. */
function writeInput(): void {
  const startMs = 1_700_000_000_000;
  const motor: string[] = [];
  for (let i = 0; i < EVENTS; i++) {
    const device = `m${i % 23}`;
    if (i % 23 === 7 && i > 4_000 && i < 45_000) continue;
    const ts = startMs + i * 3 - (i % 2_997 === 0 ? 8_000 : 0);
    const temp = i % 6_111 === 0 ? '"hot"' : (80 + 20 * Math.sin(i / 2_000 + (i % 23))).toFixed(2);
    const line = `{"device":"${device}","part":${i % 23 === 3 ? null : i % 2},"temp":${temp},"ts":${ts}}`;
    motor.push(i % 12_001 === 0 ? '{' : line);
    if (i % 2_890 === 0) motor.push(line);
  }
  // The end of a file moves all keys to its newest event, of which each share knows its own.
  for (let device = 0; device < 23; device++) {
    for (const part of [0, 1]) motor.push(`{"device":"m${device}","part":${part},"temp":80,"ts":${startMs + 200_000}}`);
  }
  const plant = Array.from({ length: 300 }, (_, i) => `{"load":${i % 17},"ts":${startMs + i * 700}}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'motor.ndjson'), `${motor.join('\n')}\n`);
  writeFileSync(join(folder, 'plant.ndjson'), `${plant.join('\n')}\n`);
  writeFileSync(
    join(folder, 'devices.csv'),
    'device,part,note\nm0,0,a\nm1,1,b\nm7,1,c\nnever-seen,0,d\nnever-heard,1,e\n',
  );
}

type Ran = { readonly summary: Summary; readonly lines: readonly string[] };

async function run(
  plan: Plan,
  options: {
    readonly share?: { readonly index: number; readonly count: number };
    readonly stateDirectory?: string;
    readonly stopAt?: number;
    readonly workerCount?: number;
  },
): Promise<Ran> {
  const { stopAt = Infinity, ...rest } = options;
  const controller = new AbortController();
  const lines: string[] = [];
  const summary = await runJob({
    plan,
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
    rowStreams: ['motor_10s', 'plant_10s', 'behind', 'broken', 'above', 'since'],
    onRows: ({ stream, rows }) => lines.push(...rows.map(row => `${stream} ${JSON.stringify(row)}`)),
    onAlert: change => lines.push(`${change.rule} ${JSON.stringify(change)}`),
    onProgress: ({ events }) => {
      if (events >= stopAt) controller.abort();
    },
    signal: controller.signal,
    ...rest,
  });
  return { summary, lines };
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: join(folder, 'rules.mill'), text });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan!;
}

function kindOf(line: string): string {
  return line.slice(0, line.indexOf(' '));
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}

function shareOfKey({ device, part }: { readonly device: string; readonly part: number }, count: number): number {
  const symbols = new SymbolTable();
  const [text, number] = [createColumn('symbol', 1), createColumn('int', 1)];
  text.values[0] = symbols.idOf(device);
  number.values[0] = part;
  return shareOf([text, number], 0, { symbols, count });
}

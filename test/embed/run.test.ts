import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type AlertChange, compile, MillraceError, type Run, start } from '../../index.ts';

const RULES = `
  stream motor from memory "readings" json { key device: symbol  temp: float degC  time ts as ms }
  stream mean = from motor window tumbling 1m select avg(temp) as temp
  rule hot on motor { high when temp > 80 degC  message "{device} is at {temp}" }
`;

const folder = mkdtempSync(join(tmpdir(), 'millrace-embed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BEGIN_MS = 1_700_000_000_000;
const reading = (second: number, temp: number, device = 'm1') => ({ device, temp, ts: BEGIN_MS + second * 1000 });

describe('compile', () => {
  it('gives a plan that can be kept as JSON and started', async () => {
    const { plan, diagnostics, report } = compile(RULES);
    expect([diagnostics, report]).toEqual([[], '']);
    const run = start(JSON.parse(JSON.stringify(plan)));
    const alerts = collect(run.alerts());
    await run.push('motor', [reading(0, 70), reading(1, 90), reading(2, 70)]);
    run.finish('motor');
    expect(await run.done).toMatchObject({ events: 3, alerts: 2 });
    expect((await alerts).map(({ change, message }) => [change, message])).toEqual([
      ['raised', 'm1 is at 90 degC'],
      ['cleared', 'm1 is at 70 degC'],
    ]);
  });

  it('says what is wrong, for programs and for people', () => {
    const { plan, diagnostics, report } = compile('rule hot on motor { high when temp > 80 }');
    expect(plan).toBeNull();
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['MR2502', 'error']]);
    expect(report).toContain('--> rules.mill:1:13');
  });

  it('refuses what this version cannot run', () => {
    const { plan, diagnostics } = compile(`${RULES} route alerts to webhook "oncall"`);
    expect(plan).toBeNull();
    expect(diagnostics).toMatchObject([{ code: 'MR8069', severity: 'error' }]);
  });

  it('names a file that is not there', () => {
    expect(() => compile({ files: [join(folder, 'none.mill')] })).toThrow(coded('MR7001'));
  });
});

describe('start', () => {
  it('throws the report of rules that are wrong', () => {
    expect(() => start('stream')).toThrow(coded('MR7200'));
  });

  it('refuses a plan that cannot run, and one that stores where no store is named', () => {
    const { plan } = compile(`${RULES} store mean keep 1d`);
    expect(() => start({ ...plan!, nodes: plan!.nodes.slice(1) })).toThrow(coded('MR7010'));
    expect(() => start(plan!)).toThrow(coded('MR7012'));
  });

  it('tells by `ready` and `done` what goes wrong later', async () => {
    const run = start(
      `stream s from file "${join(folder, 'none.csv')}" { x: float  time ts as ms } rule r on s { high when x > 1 }`,
    );
    await expect(run.done).rejects.toThrow(coded('MR5001'));
    await expect(run.ready).rejects.toThrow(coded('MR5001'));
    expect(await collect(run.alerts())).toEqual([]);
  });

  it('is stopped by a signal, by `stop`, and by leaving its block', async () => {
    const stopping = new AbortController();
    const bySignal = start(RULES, { signal: stopping.signal });
    await bySignal.ready;
    stopping.abort();
    expect(await bySignal.done).toMatchObject({ events: 0 });

    expect(await start(RULES).stop()).toMatchObject({ events: 0 }); // before it has begun

    let left: Run;
    {
      await using run = start(RULES);
      left = run;
      await run.push('motor', [reading(0, 70)]);
    }
    expect(await left.done).toMatchObject({ events: 1 });
    expect(await left.stop()).toMatchObject({ events: 1 });
  });
});

describe('rows and alerts', () => {
  it('come to as many loops as ask for them', async () => {
    const run = start(RULES);
    const loops = [run.rows('motor'), run.rows('motor'), run.rows('mean')].map(collect);
    const alerts = [run.alerts(), run.alerts()].map(collect);
    await run.push('motor', [reading(0, 81), reading(70, 90)]);
    run.finish('motor');
    const [first, second, means] = await Promise.all(loops);
    expect(first).toEqual([
      { timeUs: BEGIN_MS * 1000, key: { device: 'm1' }, values: { temp: 81 } },
      { timeUs: (BEGIN_MS + 70_000) * 1000, key: { device: 'm1' }, values: { temp: 90 } },
    ]);
    expect(second).toEqual(first);
    expect(means!.map(({ values }) => values['temp'])).toEqual([81]);
    const [ofOne, ofOther] = await Promise.all(alerts);
    expect(ofOne).toHaveLength(1);
    expect(ofOther).toEqual(ofOne);
  });

  it('of a stream must be asked for before the run begins, and of one that there is', async () => {
    await using run = start(RULES);
    expect(() => run.rows('motors')).toThrow(coded('MR7201'));
    await run.ready;
    expect(() => run.rows('motor')).toThrow(coded('MR7201'));
  });

  it('hold up the run while a loop is at work, and not when it is left', async () => {
    await using run = start(RULES);
    const alerts = run.alerts();
    const pushing = pushOneByOne(run, 40);
    const first = await alerts.next();
    expect(first.value).toMatchObject({ change: 'raised' });
    for (let turn = 0; turn < 200; turn++) await macrotask();
    // What raised the alert; a few rounds more are under way behind it.
    expect((await run.metrics()).counts.events).toBe(1);
    await alerts.return!();
    await pushing;
    await expect.poll(async () => (await run.metrics()).counts.events, { timeout: 20_000 }).toBe(40);
  });

  it('end with what is left when the run is stopped inside the loop', async () => {
    const run = start(RULES);
    const taken: AlertChange[] = [];
    const alerts = run.alerts();
    void run.push('motor', [reading(0, 90), reading(1, 70), reading(2, 90)]);
    for await (const alert of alerts) {
      taken.push(alert);
      void run.stop();
    }
    expect(taken.map(({ change }) => change)).toEqual(['raised', 'cleared', 'raised']);
    await run.done;
  });

  it('come again after a crash, where a loop had not asked beyond them', async () => {
    const state = join(folder, 'again');
    const script = join(import.meta.dirname, 'crash-in-loop.ts');
    const { spawnSync } = await import('node:child_process');
    const killed = spawnSync(process.execPath, [script, state], { encoding: 'utf8' });
    expect([killed.signal, killed.stdout]).toEqual(['SIGKILL', 'raised\n']);
    const run = start(CRASH_RULES, { state, journals: join(state, 'journals') });
    const alerts = run.alerts();
    expect((await alerts.next()).value).toMatchObject({ change: 'raised', key: { device: 'm1' } });
    await alerts.return!();
    await run.stop();
  });
});

/** As in crash-in-loop.ts. */
const CRASH_RULES = `
  stream motor from journal "readings" json { key device: symbol  temp: float degC  time ts as ms }
  rule hot on motor { high when temp > 80 degC }
`;

describe('push', () => {
  it('of memory resolves when events are on their way, and rejects those that never will be', async () => {
    const run = start(RULES);
    await run.push('motor', [reading(0, 70), reading(1, 71)]);
    const summary = await run.stop();
    expect(summary.events).toBe(2);
    await expect(run.push('motor', [reading(2, 70)])).rejects.toThrow(coded('MR7203'));
  });

  it('goes on behind the state of an earlier run', async () => {
    const state = join(folder, 'memory');
    const first = start(RULES, { state });
    await first.push('motor', [reading(0, 90), reading(1, 91)]);
    await first.stop();
    const second = start(RULES, { state });
    const alerts = collect(second.alerts());
    await second.push('motor', [reading(2, 70)]);
    expect(await second.stop()).toMatchObject({ events: 1, alerts: 1 });
    expect((await alerts).map(({ change }) => change)).toEqual(['cleared']);
  });

  it('of memory moves time on while nothing is pushed', async () => {
    const silence = 'rule silent on silence of motor for 1s { medium  message "{device} is silent" }';
    await using run = start(`${RULES} ${silence}`);
    const alerts = run.alerts();
    await run.push('motor', [reading(0, 70)]);
    expect((await alerts.next()).value).toMatchObject({ rule: 'silent', change: 'raised', message: 'm1 is silent' });
    await alerts.return!();
  });

  it('of a journal is on disk, and read by the next run where this one did not come to it', async () => {
    const options = { state: join(folder, 'journal'), journals: join(folder, 'journals') };
    const rules = RULES.replace('from memory', 'from journal');
    const first = start(rules, options);
    await first.push('motor', [reading(0, 90)]);
    const { events } = await first.stop(); // it may not have come to it
    const second = start(rules, options);
    const alerts = second.alerts();
    await second.push('motor', [reading(1, 70)]);
    const changes = events === 1 ? ['cleared'] : ['raised', 'cleared'];
    for (const change of changes) expect((await alerts.next()).value).toMatchObject({ change });
    await alerts.return!();
    expect(await second.stop()).toMatchObject({ events: 2 - events });
  });

  it('is told which streams there are, and that a journal has no end', async () => {
    const file = join(folder, 'other.csv');
    writeFileSync(file, 'x,ts\n');
    await using run = start(`${RULES} stream other from file "${file}" { x: float  time ts as ms }`);
    await expect(run.push('motors', [])).rejects.toThrow(coded('MR7202'));
    await expect(run.push('other', [])).rejects.toThrow(coded('MR7202'));
    expect(() => run.finish('other')).toThrow(coded('MR7202'));
  });

  it('gives what the stream refuses to whoever wants to know', async () => {
    const rejected: string[] = [];
    const run = start(RULES, { onRejected: ({ code }) => rejected.push(code) });
    await run.push('motor', [{ device: 'm1', temp: 'hot', ts: BEGIN_MS }]);
    expect(await run.stop()).toMatchObject({ events: 0, rejected: 1 });
    expect(rejected).toEqual(['MR4010']);
  });
});

/** Each is a round of its own. */
async function pushOneByOne(run: Run, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await run.push('motor', [reading(i, i % 2 === 0 ? 90 : 70)]);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const taken: Item[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

function coded(code: string): MillraceError {
  return expect.objectContaining({ code });
}

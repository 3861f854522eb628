import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, jsonLines, millrace } from '../apps/millrace.ts';
import { Service, SOON } from './service.ts';

const RULES = `
stream motor from file "../motor.csv" csv { key device: symbol  temp: float degC  time ts as s }
rule hot on motor { high when temp > 90 degC  clear when temp < 80 degC }
route alerts to file "../alerts.ndjson"
`;
const HEADER = 'device,temp,ts\n';
const SETTINGS = 'http: { port: 0 }\nworkers: 0\n';

/** Several processes start, on a machine that may be busy. */
const TIMEOUT = 120_000;

describe('serve', { timeout: TIMEOUT }, () => {
  test('reads, is ready, stops cleanly on SIGTERM, and goes on where it was', async () => {
    const folder = plant();
    const first = await Service.start(folder);
    await first.ready();
    expect(await first.get('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    append(folder, ['m1,95,1', 'm2,95,1']);
    await expect.poll(() => changesIn(folder), SOON).toEqual(['raised m1', 'raised m2']);
    expect(await first.ended('SIGTERM')).toBe(0);
    expect(first.log().at(-1)).toMatchObject({ message: 'stopped' });

    append(folder, ['m1,70,2']);
    const second = await Service.start(folder);
    await expect.poll(() => changesIn(folder), SOON).toEqual(['raised m1', 'raised m2', 'cleared m1']);
    expect(await second.ended('SIGINT')).toBe(0);
    expect(second.errors).toBe('');
  });

  test('a changed folder is switched to, a wrong one says why and changes nothing', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    append(folder, ['m1,95,1', 'm2,20,1']);
    await expect.poll(() => changesIn(folder), SOON).toEqual(['raised m1']);

    mkdirSync(join(folder, 'rules/more'));
    writeFileSync(join(folder, 'rules/more/late.mill'), 'rule slow on motor { low when avg(temp, 1h) > 1000 degC }\n');
    await expect.poll(async () => (await service.get('/api/rules')).body['version'], SOON).toBe(2);
    const { rules } = (await service.get('/api/rules')).body as { rules: { name: string; warm_from: string | null }[] };
    expect(rules.map(({ name, warm_from }) => [name, warm_from === null])).toEqual([
      ['slow', false],
      ['hot', true],
    ]);

    appendFileSync(join(folder, 'rules/more/late.mill'), 'rule wrong on nothing { high when temp > 90 degC }\n');
    await expect
      .poll(async () => (await service.get('/api/rules')).body['last_refusal'], SOON)
      .toMatchObject({
        code: 'MR2502',
        text: expect.stringContaining(' --> more/late.mill:2:15\n'),
      });
    expect((await service.get('/api/rules')).body['version']).toBe(2);
    append(folder, ['m1,70,2', 'm2,20,2']);
    await expect.poll(() => changesIn(folder), SOON).toEqual(['raised m1', 'cleared m1']);
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('what is wrong with an action is a line of the log', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    const state = service.log().find(line => line['state'] !== undefined)!['state'] as string;
    const inbox = resolve(folder, state, 'actions');
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, '0.json'), '{"action":"delete"}');
    await expect.poll(() => service.codes(), SOON).toContain('MR7083');
    expect(service.errors).toBe('');
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('deploy, versions and rollback by the command line; a rollback outlives a restart, until the folder changes', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    const to = ['--to', service.url];
    writeFileSync(join(folder, 'limit.mill'), 'let limit = 60 degC\n');
    writeFileSync(join(folder, 'next.mill'), `include "limit.mill"\n${RULES.replace('90 degC', 'limit')}`);
    const deployed = millrace(['deploy', 'next.mill', ...to], { cwd: folder });
    expect(deployed).toMatchObject({ code: 0, err: '' });
    expect(deployed.out).toMatch(/^kept {3}stream motor\n/);
    expect(deployed.out).toMatch(/\nversion 2 runs, after a pause of \d+ ms\n$/);
    expect(millrace(['deploy', 'next.mill', ...to], { cwd: folder }).out).toContain('version 2 runs already');
    const listed = jsonLines(millrace(['versions', '--json', ...to], { cwd: folder }).out);
    expect(listed.map(({ version, from, is_active }) => [version, (from as { kind: string }).kind, is_active])).toEqual(
      [
        [2, 'deploy', true],
        [1, 'folder', false],
      ],
    );

    writeFileSync(join(folder, 'wrong.mill'), RULES.replace('temp > 90', 'heat > 90'));
    const wrong = millrace(['deploy', 'wrong.mill', ...to], { cwd: folder });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('error[MR2001]');
    expect(millrace(['rollback', ...to], { cwd: folder }).out).toMatch(/version 3 runs/);
    expect(millrace(['rollback', '9', ...to], { cwd: folder })).toMatchObject({ code: 3, out: '' });
    expect(millrace(['rollback', '2', ...to], { cwd: folder }).out).toMatch(/version 4 runs/);
    await service.ended('SIGKILL');

    const second = await Service.start(folder);
    await expect.poll(async () => (await second.get('/api/rules')).body['version'], SOON).toBe(4);
    await second.ended('SIGTERM');
    appendFileSync(join(folder, 'rules/rules.mill'), '// changed while nothing ran\n');
    const third = await Service.start(folder);
    await expect.poll(async () => (await third.get('/api/rules')).body['from'], SOON).toEqual({ kind: 'folder' });
    await third.ended('SIGTERM');
  });

  test('SIGHUP takes the folder again, also where something else was deployed', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    expect(await service.deploy(RULES.replace('90', '91'))).toMatchObject({
      status: 200,
      body: { outcome: 'switched' },
    });
    service.child.kill('SIGHUP');
    await expect.poll(async () => (await service.get('/api/rules')).body['version'], SOON).toBe(3);
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('rules that cannot be opened leave the old ones running', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    const { status, body } = await service.deploy(RULES.replace('motor.csv', 'missing.csv'));
    expect(status).toBe(422);
    expect(body).toMatchObject({ outcome: 'refused', code: 'MR5001' });
    append(folder, ['m1,95,1', 'm2,20,1']);
    await expect.poll(() => changesIn(folder), SOON).toEqual(['raised m1']);
    expect((await service.get('/api/versions')).body['versions']).toHaveLength(1);
    expect((await service.get('/api/rules')).body).toMatchObject({ version: 1, last_refusal: { code: 'MR5001' } });
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('alerts of rules that are gone are no longer listed', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    await service.ready();
    append(folder, ['m1,95,1', 'm2,20,1']);
    const listed = () => millrace(['alerts', '--json', '--state', '.millrace/state'], { cwd: folder }).out;
    await expect.poll(listed, SOON).toContain('"hot"');
    await service.deploy(RULES.replace('rule hot', 'rule warm'));
    expect(listed()).toBe('');
    expect(await service.ended('SIGTERM')).toBe(0);
  });
});

describe('what keeps it from starting', { timeout: TIMEOUT }, () => {
  test.each([
    ['no folder of rules', {}, SETTINGS, 3, /^error\[MR7065\]: the rules cannot be read: ENOENT/],
    ['an empty one', { 'rules/readme.txt': '' }, SETTINGS, 3, /^error\[MR7065\]: there are no rules in /],
    [
      'wrong rules',
      { 'rules/a.mill': 'rule x on y { high when z > 1 }' },
      SETTINGS,
      1,
      /^error\[MR2502\]: .*\n --> a\.mill:1:11\n/,
    ],
    [
      'no store',
      { 'rules/a.mill': `${RULES}store motor` },
      SETTINGS,
      1,
      /^error\[MR7012\]: no store is named for motor\n/,
    ],
    ['wrong settings', {}, 'http: { prt: 1 }', 2, /^error\[MR7004\]: http\.prt is not a setting\n/],
    [
      'no token',
      { 'rules/a.mill': RULES },
      'http: { address: 0.0.0.0, port: 0 }',
      3,
      /^error\[MR7061\]: HTTP on 0\.0\.0\.0 can be reached/,
    ],
    [
      'no such address',
      { 'rules/a.mill': RULES },
      'http: { address: 203.0.113.1, port: 0, token: 0123456789abcdef }',
      3,
      /^error\[MR7060\]: HTTP cannot listen on 203/,
    ],
    ['a stream that cannot be opened', { 'rules/a.mill': RULES }, SETTINGS, 3, /^error\[MR5001\]/],
  ] as const)('%s', (_, files, settings, code, text) => {
    const folder = folderWith({ 'millrace.yaml': settings });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const result = millrace(['serve'], { cwd: folder });
    expect(result.err).toMatch(text);
    expect(result.code).toBe(code);
  });

  test('a state folder that another service has', async () => {
    const folder = plant();
    const service = await Service.start(folder);
    const { code, err } = millrace(['serve'], { cwd: folder });
    expect({ code, err: err.split('\n')[0] }).toEqual({ code: 3, err: expect.stringMatching(/^error\[MR6004\]/) });
    await service.ended('SIGTERM');
  });
});

describe('who may ask', { timeout: TIMEOUT }, () => {
  test('with a token: who shows it', async () => {
    const folder = plant(
      `${SETTINGS}http: { address: 0.0.0.0, port: 0, token: { file: token } }\n`.replace('http: { port: 0 }\n', ''),
    );
    writeFileSync(join(folder, 'token'), '0123456789abcdef\n');
    const service = await Service.start(folder);
    await service.ready();
    expect(await service.get('/api/rules')).toMatchObject({ status: 401, body: { code: 'MR7062' } });
    expect((await service.get('/api/rules', { authorization: 'Bearer 0123456789abcdeg' })).status).toBe(401);
    expect((await service.get('/api/rules', { authorization: 'Bearer 0123456789abcdef' })).status).toBe(200);
    const { code, out } = millrace(['versions', '--to', service.url], { cwd: folder });
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^\* {4}1 {2}.* from the folder {2}0 kept, 2 empty, 0 gone\n$/),
    });
    expect(await service.ended('SIGTERM')).toBe(0);
    expect(JSON.stringify(service.log())).not.toContain('0123456789abcdef');
  });

  test('without one: programs of this machine, no page in a browser', async () => {
    const service = await Service.start(plant());
    await service.ready();
    expect((await service.get('/api/rules', { origin: 'http://evil.example' })).status).toBe(401);
    expect(await service.post('/api/rules', { files: {} })).toMatchObject({ status: 400, body: { code: 'MR7063' } });
    expect(await service.post('/api/rules', { files: { '/etc/x.mill': '' }, roots: ['/etc/x.mill'] })).toMatchObject({
      status: 400,
    });
    expect(await service.get('/api/nothing')).toMatchObject({ status: 404, body: { code: 'MR7063' } });
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('nobody there', () => {
    const { code, err } = millrace(['versions', '--to', 'http://127.0.0.1:1'], { cwd: folderWith({}) });
    expect(err).toMatch(/^error\[MR7069\]: no service answers at http:\/\/127\.0\.0\.1:1/);
    expect(code).toBe(3);
  });
});

function plant(settings = SETTINGS): string {
  const folder = folderWith({ 'millrace.yaml': settings, 'motor.csv': HEADER });
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/rules.mill'), RULES);
  return folder;
}

function append(folder: string, rows: readonly string[]): void {
  appendFileSync(join(folder, 'motor.csv'), rows.map(row => `${row}\n`).join(''));
}

/** What came out, in the order of its times. */
function changesIn(folder: string): string[] {
  const path = join(folder, 'alerts.ndjson');
  if (!existsSync(path)) return [];
  const lines = jsonLines(readFileSync(path, 'utf8').replace(/[^\n]*$/, ''));
  return lines.map(({ change, key }) => `${change} ${(key as { device: string }).device}`);
}

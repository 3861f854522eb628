import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { findNats, freePort, startNats } from '../../../scripts/services/index.js';
import { textOf } from '../../repository/tree.ts';
import { DescribedService, installAt, runDescribed } from '../described-process.ts';
import { requireAlert, RULES } from '../plant.ts';
import { processOfUnit } from './unit-process.ts';

await findNats(); // or installed, before a time limit runs

const UNITS = ['millrace.service', 'millrace@.service'];
const folder = mkdtempSync(join(tmpdir(), 'millrace-units-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.runIf(hasSystemd)('systemd-analyze', () => {
  test.each(UNITS)('%s is understood, every line of it [needs systemd]', unit => {
    expect(analyze('verify', unit)).toEqual({ code: 0, out: '', err: '' });
  });

  test('a line that it does not know is told, so the one above can fail [needs systemd]', () => {
    const path = write('faulty.service', `${unitText('millrace.service')}NoSuchSetting=1\n`);
    expect(spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' }).stderr).toContain('NoSuchSetting');
  });

  test.each(UNITS)('%s leaves the process little beyond its network and its folder [needs systemd]', unit => {
    const { code, out } = analyze('security', unit, ['--offline=yes', '--no-pager', '--threshold=15']);
    expect({ code, last: out.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: expect.stringMatching(/exposure level .*: 1\.\d OK/),
    });
  });
});

test('an instance differs from the service by its name alone', () => {
  const settings = (unit: string) =>
    textOf(`deploy/systemd/${unit}`)
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#') && !line.startsWith('Description='));
  const own = ['EnvironmentFile=-/etc/millrace/%i.env', 'Environment=MILLRACE_CLUSTER_PROCESS=%l-%i'];
  const instance = settings('millrace@.service').filter(line => !own.includes(line));
  expect(instance.map(line => line.replaceAll('millrace/%i', 'millrace'))).toEqual(settings('millrace.service'));
});

test('systemd waits longer for an end than the last checkpoint may take', () => {
  const { default: timeout } = JSON.parse(textOf('docs/millrace.schema.json')).properties.stop.properties.timeout;
  const [, seconds] = /^TimeoutStopSec=(\d+)s$/m.exec(textOf('deploy/systemd/millrace.service'))!;
  expect(Number(seconds)).toBeGreaterThan(Number(timeout.replace('s', '')));
});

test('what a unit starts serves rules, ends with a last checkpoint, and goes on; its files are where the unit says', async () => {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  const root = join(folder, 'machine');
  mkdirSync(join(root, 'etc/millrace/rules'), { recursive: true });
  writeFileSync(join(root, 'etc/millrace/rules/pumps.mill'), RULES);
  writeFileSync(join(root, 'etc/millrace/millrace.yaml'), 'rules: rules\nworkers: 0\n');
  writeFileSync(join(root, 'etc/millrace/millrace.env'), `# of this plant\nMILLRACE_NATS_SERVERS=${nats.url}\n`);
  writeFileSync(join(root, 'etc/millrace/a.env'), `MILLRACE_HTTP_PORT=${await freePort()}\n`);
  installAt(root, 'opt/millrace/current/bin/millrace');
  const unit = processOfUnit(textOf('deploy/systemd/millrace@.service'), { folder: root, instance: 'a' });

  const millrace = unit.command[0]!;
  const setup = [millrace, 'setup', 'rules/pumps.mill', '--apply'];
  expect(runDescribed({ ...unit, command: setup, cwd: join(root, 'etc/millrace') })).toMatchObject({
    code: 0,
    err: '',
  });
  const first = await DescribedService.started(unit);
  await requireAlert(nats.url, 'p1');
  expect(await first.ended('SIGTERM')).toBe(0);
  expect(readdirSync(join(root, 'var/lib/millrace/a/state')).join()).toContain('checkpoint-');

  const second = await DescribedService.started(unit);
  await requireAlert(nats.url, 'p2');
  expect(await second.ended('SIGTERM')).toBe(0);
}, 120_000);

/** Verified as it is, but with a program that is there: what it names is there on a machine where it is installed. */
function unitText(unit: string): string {
  const text = textOf(`deploy/systemd/${unit}`);
  const installed = '/opt/millrace/current/bin/millrace';
  expect(text).toContain(`ExecStart=${installed} `);
  return text.replace(installed, '/bin/true');
}

function analyze(verb: string, unit: string, options: readonly string[] = []) {
  const path = write(unit, unitText(unit));
  const run = spawnSync('systemd-analyze', [verb, ...options, path], { encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

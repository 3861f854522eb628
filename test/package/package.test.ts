import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../repository/tree.ts';

/** What npm would publish, installed into an empty project with install scripts off, used as its users would. */
const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
const project = join(folder, 'project');

beforeAll(() => {
  run('npm', ['pack', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!;
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', join(folder, tarball), ...options], project);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it holds built JavaScript, no source', () => {
  const installed = join(project, 'node_modules/millrace');
  expect(existsSync(join(installed, 'dist/apps/cli/main.js'))).toBe(true);
  expect(readdirSync(installed).sort()).toEqual([
    'LICENSE',
    'README.md',
    'apps',
    'bin',
    'deploy',
    'dist',
    'docs',
    'package.json',
  ]);
});

test('it holds what an installation needs beside the command', () => {
  const installed = join(project, 'node_modules/millrace');
  const wanted = ['deploy/systemd/millrace@.service', 'deploy/helm/millrace/Chart.yaml', 'docs/operations/alerts.yaml'];
  expect(wanted.filter(path => !existsSync(join(installed, path)))).toEqual([]);
});

test('the command runs, under the Node that npx finds', () => {
  expect(run('npx', ['--no', '--', 'millrace', '--version'], project).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('a new project is checked, tested and run', () => {
  run('npx', ['--no', '--', 'millrace', 'new', 'alarms'], project);
  expect(run('npx', ['--no', '--', 'millrace', 'check', 'alarms/pumps.mill'], project).stdout).toContain(
    'ok: 1 source, 1 rule, 1 test',
  );
  expect(run('npx', ['--no', '--', 'millrace', 'test', 'alarms/pumps.mill'], project).stdout).toContain(
    '1 passed, 0 failed',
  );
  expect(run('npx', ['--no', '--', 'millrace', 'run', 'alarms/pumps.mill'], project).stdout).toContain('overheating');
});

test('it can start servers for development', () => {
  expect(run('npx', ['--no', '--', 'millrace', 'services'], project).stdout).toContain('NATS ');
  expect(existsSync(join(project, 'node_modules/millrace/dist/scripts/services/guard.js'))).toBe(true);
});

test('an error explains itself', () => {
  expect(run('npx', ['--no', '--', 'millrace', 'explain', 'MR7001'], project).stdout).toContain('MR7001');
});

function run(command: string, options: readonly string[], cwd: string) {
  const result = spawnSync(command, options, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) throw new Error(`${command} ${options.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
}

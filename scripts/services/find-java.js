import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programOnPath, runCommand } from './run-command.js';

export const LEAST_JAVA = 17;
/** The program's name on this system. */
export const JAVA = process.platform === 'win32' ? 'java.exe' : 'java';

/**
 * The first Java that is new enough: of JAVA_HOME, then on the PATH.
 *
 * @returns {Promise<string>}
 */
export async function findJava() {
  const home = process.env.JAVA_HOME;
  const candidates = [home ? join(home, 'bin', JAVA) : null, programOnPath('java')].filter(
    path => path !== null && existsSync(path),
  );
  const versions = [];
  for (const java of candidates) {
    const text = await runCommand(java, ['--version']).catch(() => ''); // Java 8 knows no --version
    const major = Number(/\b(\d+)[.\d]*/.exec(text)?.[1] ?? 0);
    if (major >= LEAST_JAVA) return java;
    versions.push(`${java} is older`);
  }
  throw new Error(versions.length === 0 ? 'no Java found' : `no Java ${LEAST_JAVA}: ${versions.join(', ')}`);
}

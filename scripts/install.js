import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode24 } from '../bin/node-24.js';

export const root = join(import.meta.dirname, '..');

/**
 * Installs what the lockfile names, unless it is there: `run-time` packages, or those of development, too. Install
 * scripts stay off; nothing here needs them.
 */
export function installMissing(extent) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const needed = { ...manifest.dependencies, ...(extent === 'development' ? manifest.devDependencies : {}) };
  const isComplete = Object.entries(needed).every(([name, version]) => installedVersion(name) === version);
  if (isComplete && findNode24() !== null) return;

  const omitted = extent === 'development' ? [] : ['--omit=dev'];
  process.stdout.write('Installing packages …\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const npm = spawnSync('npm', ['ci', ...omitted, ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write('error: `npm ci` failed; its messages are above\n');
    process.exit(npm.signal === 'SIGINT' ? 130 : 3);
  }
}

/** The Node 24 to run things with; ends the process with a message where there is none. */
export function requireNode24() {
  const node = findNode24();
  if (node !== null) return node;
  process.stderr.write(
    `error: Millrace needs Node 24; this is ${process.version}, and no package brings it for this machine\n`,
  );
  process.exit(3);
}

function installedVersion(name) {
  const manifest = join(root, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

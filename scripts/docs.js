/** `npm run docs`: see scripts/manual/build.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

installMissing('development');
const command = [
  '--disable-warning=ExperimentalWarning',
  join(root, 'scripts/manual/build.ts'),
  ...process.argv.slice(2),
];
process.exitCode = spawnSync(requireNode24(), command, { stdio: 'inherit' }).status ?? 1;

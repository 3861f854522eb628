/** `npm run sim -- --seed N --runs M`: what happens to a whole process, simulated (test/simulation/run.ts). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

installMissing('development');
const program = join(root, 'test/simulation/run.ts');
const run = spawnSync(requireNode24(), [program, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exitCode = run.status ?? 1;

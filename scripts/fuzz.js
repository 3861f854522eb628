/** `npm run fuzz [-- --target NAME --runs N --seed S | --input FILE]`: see test/fuzz/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

installMissing('development');
const command = [join(root, 'test/fuzz/run.ts'), ...process.argv.slice(2)];
process.exitCode = spawnSync(requireNode24(), command, { stdio: 'inherit' }).status ?? 1;

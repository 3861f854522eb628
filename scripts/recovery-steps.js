/** `npm run test:recovery-steps [-- --step TEXT]`: see test/recovery-steps/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

installMissing('development');
const command = [join(root, 'test/recovery-steps/run.ts'), ...process.argv.slice(2)];
process.exitCode = spawnSync(requireNode24(), command, { stdio: 'inherit' }).status ?? 1;

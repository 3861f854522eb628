/** Builds `dist/` for the published package: type stripping does not work inside node_modules. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

installMissing('development');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const tsc = spawnSync(requireNode24(), [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = tsc.status === 0 ? 0 : 1;

/** `npm run bench [NAME…] [--OPTION…]`: runs `benchmarks/NAME/run.ts` of each name, or of all but the guard, with the options behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

const folder = join(root, 'benchmarks');
const isBenchmark = name => existsSync(join(folder, name, 'run.ts'));
const known = existsSync(folder) ? readdirSync(folder).filter(isBenchmark).sort() : [];
const words = process.argv.slice(2);
const firstOption = words.findIndex(word => word.startsWith('--'));
const asked = firstOption === -1 ? words : words.slice(0, firstOption);
const options = firstOption === -1 ? [] : words.slice(firstOption);
const withParent = ['--import', new URL(`end-with-parent.js?${process.pid}`, import.meta.url).href];
const unknown = asked.filter(name => !known.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`error: no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exitCode = 2;
} else {
  installMissing('development');
  const measured = known.filter(name => name !== 'guard'); // which compares two commits
  for (const name of asked.length > 0 ? asked : measured) {
    const run = spawnSync(requireNode24(), [...withParent, join(folder, name, 'run.ts'), ...options], {
      cwd: root,
      stdio: 'inherit',
    });
    if (run.status !== 0) process.exitCode = run.status ?? 1;
  }
}

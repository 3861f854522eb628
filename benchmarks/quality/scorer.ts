import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a scorer of `../shared/quality` prints; null where it, or Python, is not there. */
export function runScorer(name: string, words: readonly string[]): string | null {
  const script = join(import.meta.dirname, '../../../shared/quality', name);
  if (!existsSync(script)) {
    console.log(`${name} is not there: nothing is scored`);
    return null;
  }
  const { status, stdout, stderr } = spawnSync('python3', [script, ...words], { encoding: 'utf8' });
  console.log(status === 0 ? stdout.trim() : `${name} failed: ${stderr}`);
  return status === 0 ? stdout.trim() : null;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const COUNT = 2_000;
const KILLS = Number(process.env.MILLRACE_RUNS ?? 1_000) > 1_000 ? 20 : 3;

const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(`a program killed ${KILLS} times writes what one writes that is not`, { timeout: 120_000 }, async () => {
  const undisturbed = join(folder, 'undisturbed.ndjson');
  expect(await live('undisturbed', undisturbed, Infinity)).toBe(0);

  const killed = join(folder, 'killed.ndjson');
  const whole = linesOf(undisturbed).length;
  let kills = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const code = await live('killed', killed, Math.floor((whole * kill) / (KILLS + 1)));
    if (code === null) kills++;
  }
  expect(await live('killed', killed, Infinity)).toBe(0);
  expect(kills).toBeGreaterThan(0);
  // What came again is what came before, so that each line is there once.
  expect(new Set(linesOf(killed))).toEqual(new Set(linesOf(undisturbed)));
  expect(linesOf(undisturbed)).toHaveLength(new Set(linesOf(undisturbed)).size);
});

/** Runs the program until its ledger has so many lines, and kills it; its exit code, null where it was killed. */
async function live(state: string, ledger: string, lines: number): Promise<number | null> {
  if (!existsSync(ledger)) writeFileSync(ledger, '');
  const script = join(import.meta.dirname, 'killed-program.ts');
  const program = spawn(process.execPath, [script, join(folder, state), ledger, String(COUNT)], { stdio: 'inherit' });
  const watching = watch(ledger, () => {
    if (linesOf(ledger).length >= lines) program.kill('SIGKILL');
  });
  const [code] = await once(program, 'exit');
  watching.close();
  return code;
}

/** A kill may cut the last one short; it comes again. */
function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{') && line.endsWith('}'));
}

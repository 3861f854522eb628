/**
 * Fuzzes: `npm run fuzz -- [--target NAME] [--runs N] [--seed S]`, or runs one input again: `--target NAME --input FILE`.
 * One line a target, and an exit code of 1 where a fault was found; its input is in a file of the working directory.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checked, fuzz, type FuzzFailure } from './fuzz.ts';
import { minimize } from './minimize.ts';
import type { FuzzTarget } from './target.ts';
import { FUZZ_TARGETS, isTargetName, type TargetName } from './targets.ts';
import { Watchdog } from './watchdog.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    runs: { type: 'string', default: '250000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    input: { type: 'string' },
  },
});
const MAX_REPORT_CHARACTERS = 4_000;
const { seed, input } = values;
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs > 0)) endWith(`--runs ${values.runs} is not a number of inputs`);
const names = namesOf(values.target);

if (input !== undefined) {
  if (!runAgain(names, input)) process.exitCode = 1;
} else if (names.length > 1) {
  for (const name of names) if (!searchApart(name)) process.exitCode = 1;
} else if (!(await search(names[0]!))) {
  process.exitCode = 1;
}

function namesOf(asked: string | undefined): readonly TargetName[] {
  const known = Object.keys(FUZZ_TARGETS).filter(isTargetName);
  if (asked === undefined) return known;
  return isTargetName(asked) ? [asked] : endWith(`no target ${asked}; there are ${known.join(', ')}`);
}

function endWith(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** In a process of its own: V8 tells of a block once, and targets have code in common. */
function searchApart(name: TargetName): boolean {
  const command = [import.meta.filename, '--target', name, '--runs', String(runs), '--seed', seed];
  return spawnSync(process.execPath, command, { stdio: 'inherit' }).status === 0;
}

async function search(name: TargetName): Promise<boolean> {
  const target = FUZZ_TARGETS[name]();
  const failureFile = `fuzz-${name}-${seed}.input`;
  const watchdog = new Watchdog(failureFile);
  const startMs = performance.now();
  const { failure, ...result } = fuzz(target, { runs, seed, onInput: input => watchdog.starts(input) });
  await watchdog.close();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const counts = `${result.runs} inputs in ${seconds} s, ${result.inputs} of them with code that was new, seed ${seed}`;
  process.stdout.write(`${failure === null ? 'ok    ' : 'FAILED'} ${name}: ${counts}\n`);
  if (failure === null) return true;
  writeFileSync(failureFile, minimize(target, failure));
  report(target, failure);
  process.stdout.write(`again: npm run fuzz -- --target ${name} --input ${failureFile}\n`);
  return false;
}

function runAgain(names: readonly TargetName[], file: string): boolean {
  const failures = names.map(name => {
    const target = FUZZ_TARGETS[name]();
    const failure = checked(target, readFileSync(file));
    process.stdout.write(`${failure === null ? 'ok    ' : 'FAILED'} ${name}: ${file}\n`);
    if (failure !== null) report(target, failure);
    return failure;
  });
  return failures.every(failure => failure === null);
}

function report({ name }: FuzzTarget, { error }: FuzzFailure): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stdout.write(`${name}: ${text.slice(0, MAX_REPORT_CHARACTERS)}\n`);
}

/**
 * Fuzzes: `npm run fuzz -- [--target NAME] [--runs N] [--seed S]`, or runs one input again: `--target NAME --input FILE`.
 * One line a target, and an exit code of 1 where a fault was found; its input is in a file of the working directory.
 */
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
const names = namesOf(values.target);

if (values.input === undefined) {
  for (const name of names) if (!(await search(name))) process.exitCode = 1;
} else if (!runAgain(names, values.input)) {
  process.exitCode = 1;
}

function namesOf(asked: string | undefined): readonly TargetName[] {
  const known = Object.keys(FUZZ_TARGETS).filter(isTargetName);
  if (asked === undefined) return known;
  if (isTargetName(asked)) return [asked];
  process.stderr.write(`error: no target ${asked}; there are ${known.join(', ')}\n`);
  process.exit(2);
}

async function search(name: TargetName): Promise<boolean> {
  const target = FUZZ_TARGETS[name]();
  const runs = Number(values.runs);
  const failureFile = `fuzz-${name}-${values.seed}.input`;
  const watchdog = new Watchdog(failureFile);
  const startMs = performance.now();
  const { failure, ...result } = fuzz(target, { runs, seed: values.seed, onInput: input => watchdog.starts(input) });
  await watchdog.close();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const counts = `${result.runs} inputs in ${seconds} s, ${result.inputs} of them with code that was new, seed ${values.seed}`;
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

/**
 * Simulates: `npm run sim -- [--seed N] [--runs M] [--plants] [--trace]`. Run i has the seed N + i. A seed that fails is told at once,
 * with how to run it again; one line at the end says what all runs went through.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';
import { addTally, emptyTally, tallyText } from './tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    runs: { type: 'string', default: '20' },
    plants: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const firstSeed = wholeNumber('seed', values.seed);
const endSeed = firstSeed + wholeNumber('runs', values.runs);
const set = values.plants ? 'plants' : 'programs';
const total = emptyTally();
let failedCount = 0;

print(`seed ${firstSeed}`);
for (let seed = firstSeed; seed < endSeed; seed++) {
  try {
    addTally(total, await simulate({ seed, set, ...(values.trace ? { onTrace: print } : {}) }));
  } catch (error) {
    failedCount++;
    print(`FAILED seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    print(`reproduce: npm run sim -- --seed ${seed} --runs 1${values.plants ? ' --plants' : ''}`);
  }
}
print(`${tallyText(total)}; ${failedCount === 0 ? 'all equal' : `${failedCount} FAILED`}`);
process.exitCode = failedCount === 0 ? 0 : 1;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`error: --${name} is a whole number, not ${text}\n`);
  process.exit(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

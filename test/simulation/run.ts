/**
 * Simulates: `npm run sim -- [--seed N] [--runs M] [--trace]`. Run i has the seed N + i. A seed that fails is told at once,
 * with how to run it again; one line at the end says what all runs went through.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';
import { addTally, emptyTally, tallyText } from './tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    runs: { type: 'string', default: '20' },
    trace: { type: 'boolean', default: false },
  },
});
const firstSeed = Number(values.seed);
const total = emptyTally();
let failedCount = 0;

print(`seed ${firstSeed}`);
for (let seed = firstSeed; seed < firstSeed + Number(values.runs); seed++) {
  try {
    addTally(total, await simulate({ seed, ...(values.trace ? { onTrace: print } : {}) }));
  } catch (error) {
    failedCount++;
    print(`FAILED seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    print(`reproduce: npm run sim -- --seed ${seed} --runs 1`);
  }
}
print(`${tallyText(total)}; ${failedCount === 0 ? 'all equal' : `${failedCount} FAILED`}`);
process.exitCode = failedCount === 0 ? 0 : 1;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

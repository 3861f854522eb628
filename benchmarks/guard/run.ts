/**
 * Whether this tree has become slower than the commit where it left `main`: a few questions, asked of both in turn.
 * `npm run bench -- guard [--against REF]`. Exit code 1: it has; 2: something could not be compared. The method is in ../README.md.
 */
import { parseArgs } from 'node:util';
import { baseCommit, checkOutBase, thisTree } from './base-tree.ts';
import { CONFIDENCE, type Comparison, compare, comparePair, RELEVANT_LOSS } from './compare-question.ts';
import { QUESTIONS } from './questions.ts';

const ROUNDS = 8;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const { values } = parseArgs({
  options: { against: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(values.rounds ?? ROUNDS);
const questions = values.only?.split(',') ?? Object.keys(QUESTIONS);
const unknown = questions.filter(name => QUESTIONS[name] === undefined);
const commit = unknown.length > 0 ? null : baseCommit(values.against);
if (unknown.length > 0) {
  console.error(`error: no ${unknown.join(', ')}; there are ${Object.keys(QUESTIONS).join(', ')}`);
  process.exitCode = 2;
} else if (commit === null) {
  console.log('nothing in dsl, engine and connectors differs from main; `--against REF` says another commit');
} else {
  process.exitCode = await guard(commit);
}

async function guard(against: string): Promise<number> {
  const base = checkOutBase(against);
  const removeAndExit = () => {
    base.remove();
    process.exit(130);
  };
  for (const signal of SIGNALS) process.once(signal, removeAndExit);
  try {
    console.log(`against ${against.slice(0, 8)}: ${rounds} pairs of processes a question, of processor time`);
    if (base.hasOtherPackages) console.log('its lockfile differs: both run with the packages that are installed here');
    const logs = new Map(questions.map(name => [name, [] as number[]]));
    const failures = new Map<string, string>();
    for (let round = 0; round < rounds; round++) {
      for (const [name, ofQuestion] of logs) {
        if (failures.has(name)) continue;
        try {
          ofQuestion.push(await comparePair(name, thisTree, base.folder));
        } catch (error) {
          failures.set(name, (error as Error).message); // as: spawn and answerers throw errors
        }
      }
    }
    for (const [name, reason] of failures) console.log(`${name.padEnd(20)}not compared: ${reason}`);
    const compared = [...logs].filter(([name]) => !failures.has(name));
    const losses = compared.filter(([name, ofQuestion]) => show(name, compare(ofQuestion)).isLoss);
    if (losses.length > 0) return 1;
    return failures.size > 0 ? 2 : 0;
  } finally {
    for (const signal of SIGNALS) process.off(signal, removeAndExit);
    base.remove();
  }
}

function show(name: string, comparison: Comparison): Comparison {
  const { rate, least, greatest, likelihood, isLoss } = comparison;
  const between = `${CONFIDENCE * 100} % between ${least.toFixed(3)} and ${greatest.toFixed(3)}`;
  const verdict = isLoss ? `LOSS of more than ${RELEVANT_LOSS * 100} % (p = ${likelihood.toPrecision(2)})` : 'no loss';
  console.log(`${name.padEnd(20)}${rate.toFixed(3)} of the rate (${between})  ${verdict}`);
  return comparison;
}

/**
 * A process of its own (`node --expose-gc answer-process.ts QUESTION`), of this tree or of the base: says `ready`, then, for each line
 * on standard input, the processor time in ms of one pass more.
 */
import { createInterface } from 'node:readline';
import { Stopwatch } from '../stopwatch.ts';
import { QUESTIONS } from './questions.ts';

const WARM_UP_PASSES = 3;

const question = await QUESTIONS[process.argv[2]!]!();
for (let pass = 0; pass < WARM_UP_PASSES; pass++) question.pass();
console.log('ready');
for await (const _ of createInterface({ input: process.stdin })) {
  globalThis.gc!();
  const stopwatch = Stopwatch.start();
  question.pass();
  console.log(stopwatch.stop().cpuMs);
}

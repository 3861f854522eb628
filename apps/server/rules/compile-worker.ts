import { parentPort, workerData } from 'node:worker_threads';
import { compileRuleSet } from './compile-rule-set.ts';

parentPort!.postMessage(compileRuleSet(workerData), []);

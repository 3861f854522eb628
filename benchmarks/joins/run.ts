/**
 * What joins cost, and how that compares with a loop written by hand over the same columns: rows of two streams in one order, and
 * partners within a time, or the latest one. `npm run bench -- joins`; the method is in ../README.md.
 */
import { goldenStream } from '../golden-stream.ts';
import { machine, writeResult } from '../machine.ts';
import { measureQuery, show } from '../throughput/measure-query.ts';
import { intervalJoin } from './interval-join.ts';
import { latestJoin } from './latest-join.ts';

const EVENTS = 1_000_000;
const PASSES = 9;

const stream = goldenStream(EVENTS);
console.log('in memory, one thread        events/s    by hand      ratio  (least … greatest)   outputs');
const queries = [intervalJoin, latestJoin].map(query => show(measureQuery(query, stream, PASSES)));
console.log(`\n${writeResult('joins', { machine: machine(), queries })}`);

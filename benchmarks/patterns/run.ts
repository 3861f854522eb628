/**
 * What patterns cost, and how that compares with a loop written by hand over the same columns: one event followed by another,
 * one that is not followed, and a key at which matches begin without end. `npm run bench -- patterns`; the method is in
 * ../README.md.
 */
import { goldenStream } from '../golden-stream.ts';
import { machine, writeResult } from '../machine.ts';
import { measureQuery, show } from '../throughput/measure-query.ts';
import { absence } from './absence.ts';
import { crowdedKey } from './crowded-key.ts';
import { followedBy } from './followed-by.ts';

const EVENTS = 5_000_000;
const PASSES = 9;
const CROWD = 1_000_000;

const stream = goldenStream(EVENTS);
console.log('in memory, one thread        events/s    by hand      ratio  (least … greatest)   outputs');
const queries = [followedBy, absence].map(query => show(measureQuery(query, stream, PASSES)));

const crowded = crowdedKey(CROWD);
const { seconds, dropped, rows } = crowded;
console.log(
  `\n${CROWD} events of one key, each a first one: ${seconds.toFixed(1)} s, ${dropped} dropped, ${rows} rows`,
);

console.log(`\n${writeResult('patterns', { machine: machine(), queries, crowded })}`);

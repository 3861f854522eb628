import { loadPrograms } from './programs.ts';
import { generateLog } from './generate-log.ts';
import { RecordedLog } from './recorded-log.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import * as U from './undisturbed.ts';
const seed = process.argv[2]; const key = process.argv[3]; const max=Number(process.argv[4]??Infinity);
const random = createRandom(`simulation ${seed}`);
const all = loadPrograms(); 
const program = all[Math.floor(random()*all.length)];
if (program.others.length>0) random();
const hasEnd = random() < 0.7; const arrivalClock = random() < 0.7 ? 'recorded':'as-read';
console.log(program.name, hasEnd, arrivalClock);
const logs = new Map(program.plan.nodes.filter(n=>n.kind==='source').map(source=>[source.id, new RecordedLog({entries: generateLog(source, random, arrivalClock==='recorded'), arrivalClock, hasEnd})]));
for (const log of logs.values()) { log.entries.forEach((e,i)=>{ if (e.kind==='message' && e.text.includes(`"${key}"`)) console.log(i, e.arrivalUs/1e6, e.text)}); console.log('last', log.entries.at(-1), log.entries.length); }
const r = await U.runUndisturbed(program.plan, logs, max);
console.log(r.counts);
for (const [a, s] of r.stores) for (const [n, outs] of s.record.series) if (n.includes(`"${key}"`)) console.log(a, n, outs.map(o=>JSON.stringify(o.row ?? o.alert)).join('\n   '));

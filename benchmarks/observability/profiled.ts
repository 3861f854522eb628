/** Seen passes of the job in a process of their own, which is run with `--cpu-prof`: `node --cpu-prof profiled.ts DIRECTORY PASSES`. */
import { jobPass } from './job-pass.ts';
import { Observers } from './observers.ts';

const [directory = '.', passes = '1'] = process.argv.slice(2);
const observers = await Observers.start();
for (let pass = 0; pass < Number(passes); pass++) await jobPass({ directory, observers });
const { scrapes, spans } = observers.counts();
await observers.stop();
process.stdout.write(JSON.stringify({ scrapes, spans }));

/** Seen passes of the job in a process of their own, which is run with `--cpu-prof`: `node --cpu-prof profiled.ts DIRECTORY PASSES`. */
import { jobPass } from './job-pass.ts';
import { Observers } from './observers.ts';

const WARM_UP_PASSES = 2;

const [directory = '.', passes = '1'] = process.argv.slice(2);
const observers = await Observers.start();
for (let pass = 0; pass < WARM_UP_PASSES; pass++) await jobPass({ directory, observers });
const fromUs = Number(process.hrtime.bigint() / 1_000n); // on the clock of profiles
for (let pass = 0; pass < Number(passes); pass++) await jobPass({ directory, observers });
const { scrapes, spans } = observers.counts();
await observers.stop();
process.stdout.write(JSON.stringify({ fromUs, scrapes, spans }));

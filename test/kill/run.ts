/**
 * Kills real runs: `node test/kill/run.ts [--kills N] [--events N] [--ingest-kills N] [--seed S] [--out FILE]`. Exit code 1,
 * and the folder is kept, where the outputs are not those of an undisturbed run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killScenario } from './kill-scenario.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    events: { type: 'string', default: '2000000' },
    'ingest-kills': { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
  },
});
const kills = Number(values.kills);
const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
const startMs = performance.now();
process.stdout.write(`seed ${values.seed}\n`);

const report = await killScenario({
  folder,
  events: Number(values.events),
  kills,
  ingestKills: Number(values['ingest-kills']),
  seed: values.seed,
  onKill: ({ number, phase }) => {
    if (number % 20 === 0 || number === kills) process.stdout.write(`${number} of ${kills} kills, the last ${phase}\n`);
  },
}).catch(error => {
  process.stdout.write(`FAILED kill, seed ${values.seed}; its files are in ${folder}\n`);
  throw error;
});

const seconds = Math.round((performance.now() - startMs) / 1000);
process.stdout.write('\nwhat the run was doing               kills\n');
const phases = Object.entries(report.phases).sort(([, a], [, b]) => b - a);
for (const [phase, count] of phases) process.stdout.write(`${phase.padEnd(36)} ${count}\n`);
for (const [file, { lines, keys, difference }] of Object.entries(report.outputs)) {
  process.stdout.write(`${difference ?? `${file}: ${lines} lines of ${keys} keys, equal`}\n`);
}
const isEqual = Object.values(report.outputs).every(({ difference }) => difference === null);
if (values.out !== undefined) {
  writeFileSync(
    values.out,
    `${JSON.stringify({ seed: values.seed, events: Number(values.events), seconds, ...report }, null, 2)}\n`,
  );
}
if (isEqual) rmSync(folder, { recursive: true });
else process.exitCode = 1;
process.stdout.write(
  `${isEqual ? 'ok    ' : 'FAILED'} kill: ${report.kills} kills of run, ${report.ingestKills} of ingest, ${values.events} events, ` +
    `${seconds} s, seed ${values.seed}${isEqual ? '' : `; its files are in ${folder}`}\n`,
);

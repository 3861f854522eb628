/**
 * How long an alert takes, with checkpoints, for ten minutes, beside a program that only parses.
 * `npm run bench -- latency`; `-- latency --minutes 1` prints, and writes no result. The method is in ../README.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../scripts/services/guarded.js';
import { startNats } from '../../scripts/services/index.js';
import { terminalSvg } from '../../scripts/terminal-svg.js';
import { machine, writeResult } from '../machine.ts';
import { histogramLines, percentiles } from './histogram.ts';
import { measureLatencies } from './measure.ts';
import { STALL_MS, type Stall, stallsOf, stallsWithout } from './stalls.ts';

const MINUTES = 10;
const SHOWN_STALLS = 10;

const minutes = readMinutes();
const folder = makeTemporaryFolder('latency');
const nats = await startNats({ directory: join(folder, 'nats') });
try {
  const { fullLoad, eventsPerSecond, checkpoints, engine, bare } = await measureLatencies({
    nats: nats.url,
    stateDirectory: join(folder, 'state'),
    seconds: minutes * 60,
    workerCount: 0, // a worker has little to do here, and each round would wake two threads for it
  });
  const stalls = { engine: stallsOf(engine), bare: stallsOf(bare) };
  const own = stallsWithout(stalls.engine, stalls.bare);
  const lines = histogramLines(
    engine.tookMs,
    `event → published alert, at ${eventsPerSecond} events/s, half of full load`,
  );
  console.log(`\n${lines.join('\n')}`);
  console.log(`\n${histogramLines(bare.tookMs, 'event → answer of a bare consumer, beside it').join('\n')}`);
  console.log(`\n${minutes} minutes, ${checkpoints} checkpoints; longer than ${STALL_MS} ms:`);
  console.log(`  engine         ${shown(stalls.engine)}`);
  console.log(`  bare consumer  ${shown(stalls.bare)}`);
  console.log(`  engine alone   ${shown(own)}`);
  if (minutes < MINUTES) {
    console.log(`\nless than ${MINUTES} minutes, so nothing was written`);
  } else {
    writeFileSync(join(import.meta.dirname, '../../docs/pictures/latency.svg'), terminalSvg(lines));
    const result = {
      machine: machine(),
      minutes,
      fullLoad,
      eventsPerSecond,
      checkpoints,
      engineMs: { alerts: engine.tookMs.length, ...percentiles(engine.tookMs) },
      bareMs: { answers: bare.tookMs.length, ...percentiles(bare.tookMs) },
      stallsOver: STALL_MS,
      stalls: { ...stalls, engineAlone: own },
    };
    console.log(`\n${writeResult('latency', result)}`);
  }
} finally {
  await nats.stop();
  removeTemporaryFolder(folder);
}

function readMinutes(): number {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(MINUTES) } } });
  const number = Number(values.minutes);
  if (number > 0) return number;
  console.error(`error: --minutes ${values.minutes}: a number above 0`);
  process.exit(2);
}

function shown(stalls: readonly Stall[]): string {
  if (stalls.length === 0) return 'none';
  const each = stalls
    .slice(0, SHOWN_STALLS)
    .map(({ fromMs, longestMs }) => `${Math.round(longestMs)} ms at ${(fromMs / 1_000).toFixed(1)} s`);
  return [`${stalls.length}: ${each.join(', ')}`, ...(stalls.length > SHOWN_STALLS ? ['…'] : [])].join(', ');
}

import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-06-08T00:00:00Z');
const SHIFT_MINUTES = 8 * 60;
const SHIFTS = 3;

/**
 * A day of three presses that should make a part every ten seconds: once a minute their state, and the good and bad parts of
 * that minute. `downs` are a failure's first minute and length, `slow` a stretch with its share of the speed, `bad` one with
 * its share of bad parts; press 3 jams often and briefly.
 */
const PRESSES = [
  {
    machine: 'press-1',
    downs: [[205, 34]],
    setups: [
      [480, 25],
      [960, 25],
    ],
  },
  { machine: 'press-2', downs: [[700, 8]], setups: [[480, 40]], slow: [560, 760, 0.62], bad: [1_090, 1_220, 0.12] },
  { machine: 'press-3', downs: [], setups: [[960, 30]], jams: 0.055 },
];
const PARTS_A_MINUTE = 6;

export function files() {
  const random = seededRandom(42);
  const rows = [];
  const jammedUntil = new Map();
  for (let minute = 0; minute <= SHIFTS * SHIFT_MINUTES; minute++) {
    for (const press of PRESSES) {
      const state = stateAt(press, minute, { random, jammedUntil });
      const made = state === 'running' ? madeAt(press, minute, random) : { good: 0, bad: 0 };
      rows.push([isoTime(START_MS + minute * 60_000), press.machine, state, made.good, made.bad]);
    }
  }
  return { 'data/presses.csv': csv(['time', 'machine', 'state', 'good', 'bad'], rows) };
}

function stateAt({ machine, downs, setups, jams = 0.004 }, minute, { random, jammedUntil }) {
  const isJammed = minute < (jammedUntil.get(machine) ?? 0);
  if (!isJammed && random() < jams) jammedUntil.set(machine, minute + 1 + Math.floor(random() * 3));
  const isIn = ([from, length]) => minute >= from && minute < from + length;
  if (setups.some(isIn)) return 'setup';
  if (downs.some(isIn) || isJammed) return 'down';
  const isBreak = minute % SHIFT_MINUTES >= 240 && minute % SHIFT_MINUTES < 270;
  return isBreak ? 'break' : 'running';
}

function madeAt({ slow = [0, 0, 1], bad = [0, 0, 0] }, minute, random) {
  const speed = minute >= slow[0] && minute < slow[1] ? slow[2] : 0.98;
  const share = minute >= bad[0] && minute < bad[1] ? bad[2] : 0.01;
  let made = { good: 0, bad: 0 };
  for (let part = 0; part < PARTS_A_MINUTE; part++) {
    if (random() > speed) continue;
    if (random() < share) made = { ...made, bad: made.bad + 1 };
    else made = { ...made, good: made.good + 1 };
  }
  return made;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

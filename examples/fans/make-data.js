import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-10-05T06:00:00Z');
const RATE = 500; // readings a second
const SECONDS = 4;

/** Turns of the shaft for one of what is heard, of the bearing 6205-2RS: 9 balls of 7.94 mm on a circle of 39.04 mm. */
const OUTER = 3.58479;
const INNER = 5.41521;

/**
 * Two fans whose speed a converter raises from 1500 to 1800 rpm, and the acceleration of their bearing's housing. Both are out of balance, as fans are. `north` has a
 * pit in its outer ring that begins to show after 1.5 s; in `south` the inner ring has been damaged all the time. What is heard is made
 * of the tone of the fault, its first harmonic, and noise.
 */
const FANS = [
  { fan: 'north', unbalance: 0.8, fault: OUTER, from: 1.5, swing: 1.6 },
  { fan: 'south', unbalance: 1.4, fault: INNER, from: 0, swing: 1.1 },
  { fan: 'west', unbalance: 2.5, fault: 0, from: 0, swing: 0 },
];

export function files() {
  const random = seededRandom(6205);
  const rows = [];
  const turned = new Map(FANS.map(({ fan }) => [fan, 0]));
  for (let reading = 0; reading < SECONDS * RATE; reading++) {
    const seconds = reading / RATE;
    const rpm = 1500 + 300 * Math.min(1, Math.max(0, (seconds - 1) / 2.5));
    for (const { fan, unbalance, fault, from, swing } of FANS) {
      const turns = turned.get(fan) + rpm / 60 / RATE;
      turned.set(fan, turns);
      const heard = seconds < from ? 0 : swing * Math.min(1, 0.4 + (seconds - from) / 2);
      const acceleration =
        unbalance * wave(turns) +
        heard * (wave(turns * fault) + 0.4 * wave(2 * turns * fault)) +
        1.2 * (random() + random() + random() - 1.5);
      const time = new Date(START_MS + reading * (1_000 / RATE)).toISOString();
      rows.push([time, fan, acceleration.toFixed(2), rpm.toFixed(0)]);
    }
  }
  return { 'data/fans.csv': csv(['time', 'fan', 'acceleration', 'speed'], rows) };
}

function wave(turns) {
  return Math.sin(2 * Math.PI * turns);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

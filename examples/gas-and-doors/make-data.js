import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-05-18T06:00:00Z');
const STEP_SECONDS = 20;
const HOURS = 4;

/**
 * A morning in a biogas plant: detectors for methane (in % of the lower explosive limit) and hydrogen sulphide (in ppm), and
 * the doors of its rooms. `wrong` times are in minutes since the start.
 */
const DETECTORS = [
  { detector: 'gas-1', room: 'pump room' },
  { detector: 'gas-2', room: 'pump room', leak: [62, 84, 46] },
  { detector: 'gas-3', room: 'digester', burps: [30, 95, 150, 201] }, // a whiff now and then
  { detector: 'gas-4', room: 'digester', sulphide: [120, 165] },
  { detector: 'gas-5', room: 'engine', drift: -0.05 },
  { detector: 'gas-6', room: 'engine', dead: 140 },
];
const DOORS = [
  {
    door: 'pump room',
    opened: [
      [12, 13],
      [40, 41],
      [65, 66.5],
      [180, 188],
    ],
  },
  {
    door: 'digester',
    opened: [
      [55, 55.5],
      [131, 131.7],
    ],
    forced: [[210, 211]],
  },
  {
    door: 'engine',
    opened: [
      [20, 20.5],
      [90, 91],
    ],
  },
];

export function files() {
  return { 'data/gas.csv': gas(seededRandom(5)), 'data/doors.csv': doors() };
}

function gas(random) {
  const rows = [];
  for (let second = 0; second <= HOURS * 3_600; second += STEP_SECONDS) {
    const minutes = second / 60;
    for (const one of DETECTORS) {
      const isDead = one.dead !== undefined && minutes >= one.dead;
      const noise = (random() - 0.5) * 0.4;
      const methane = isDead ? 0 : 1 + noise + leakAt(one, minutes) + burpAt(one, minutes) + (one.drift ?? 0) * minutes;
      const sulphide = isDead ? 0 : Math.max(0, 0.4 + noise + sulphideAt(one, minutes));
      const status = isDead ? 4 : 0; // bit 2: the sensor gives no signal
      rows.push([
        isoTime(START_MS + second * 1_000),
        one.detector,
        one.room,
        methane.toFixed(1),
        sulphide.toFixed(1),
        status,
      ]);
    }
  }
  return csv(['time', 'detector', 'room', 'lel', 'h2s', 'status'], rows);
}

/** Fills the room, until somebody closes a valve and the air is changed. */
function leakAt({ leak }, minutes) {
  if (leak === undefined || minutes < leak[0]) return 0;
  const [from, to, most] = leak;
  if (minutes < to) return most * (1 - Math.exp(-(minutes - from) / 9));
  return most * (1 - Math.exp(-(to - from) / 9)) * Math.exp(-(minutes - to) / 4);
}

function burpAt({ burps = [] }, minutes) {
  return burps.some(at => minutes >= at && minutes < at + 0.4) ? 14 : 0;
}

function sulphideAt({ sulphide }, minutes) {
  return sulphide !== undefined && minutes >= sulphide[0] && minutes < sulphide[1] ? 6.5 : 0;
}

/** A line whenever a door moves; without a badge it was opened from outside by nobody that is known. */
function doors() {
  const moves = DOORS.flatMap(({ door, opened, forced = [] }) => [
    ...opened.flatMap(([from, to]) => [
      [from, door, 'open', '1472'],
      [to, door, 'closed', null],
    ]),
    ...forced.flatMap(([from, to]) => [
      [from, door, 'open', null],
      [to, door, 'closed', null],
    ]),
  ]);
  moves.sort((a, b) => a[0] - b[0]);
  const rows = moves.map(([minutes, ...move]) => [isoTime(START_MS + minutes * 60_000), ...move]);
  return csv(['time', 'door', 'state', 'badge'], rows);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

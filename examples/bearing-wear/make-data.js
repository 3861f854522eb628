import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-09-14T00:00:00Z');
const STEP_MINUTES = 2;
const HOURS = 16;
const WARMS_UP_IN = 0.2; // hours: the time constant of a bearing's housing

/**
 * Six motors for sixteen hours: the temperature of a bearing's housing and its vibration every two minutes, and what the
 * maintenance crew writes down. All times are hours since the start: [from, to, how much more, or what was done].
 */
const MOTORS = [
  { motor: 'M1', hot: [[3, 5.5, 28]], rough: [[3.7, 5.5, 6]], work: [[5.5, 6.5, 'bearing changed']] },
  { motor: 'M2', hot: [[4, 4.6, 28]], rough: [[5.2, 5.25, 6]], work: [[4.6, 5.2, 'greased']] }, // runs in
  {
    motor: 'M3', // the fan's filter is full
    hot: [
      [0.7, 1.5, 24],
      [2.9, 3.6, 24],
      [5.2, 6, 24],
    ],
  },
  { motor: 'M4', hot: [[8, 10, 26]], rough: [[7, 10, 6]], work: [[10, 11, 'aligned']] },
  { motor: 'M5', hot: [[9, 13, 28]], rough: [[9.5, 16, 9]], work: [[13, 14, 'greased']] },
  { motor: 'M6', hot: [[6, 7.5, 26]], rough: [[9, 9.4, 6]] }, // the pump behind it runs dry, which is another matter
];

export function files() {
  return { 'data/motors.csv': motors(seededRandom(41)), 'data/maintenance.csv': maintenance() };
}

function motors(random) {
  const rows = [];
  const temps = new Map(MOTORS.map(({ motor }) => [motor, 62]));
  for (let minutes = 0; minutes <= HOURS * 60; minutes += STEP_MINUTES) {
    const hours = minutes / 60;
    for (const one of MOTORS) {
      const stands = during(one.work, hours) !== undefined;
      const wanted = stands ? 25 : 62 + (during(one.hot, hours)?.[2] ?? 0);
      const temp = temps.get(one.motor) + (wanted - temps.get(one.motor)) * (STEP_MINUTES / 60 / WARMS_UP_IN);
      temps.set(one.motor, temp);
      const rms = stands ? 0 : 2.8 + (during(one.rough, hours)?.[2] ?? 0) + (random() - 0.5) * 0.9;
      rows.push([
        isoTime(START_MS + minutes * 60_000),
        one.motor,
        (temp + (random() - 0.5) * 0.8).toFixed(1),
        rms.toFixed(2),
      ]);
    }
  }
  return csv(['time', 'motor', 'temp', 'rms'], rows);
}

function maintenance() {
  const lines = MOTORS.flatMap(({ motor, work = [] }) =>
    work.flatMap(([from, to, what]) => [
      [from, motor, 'start', null],
      [to, motor, 'end', what],
    ]),
  );
  lines.sort((a, b) => a[0] - b[0]);
  return csv(
    ['time', 'motor', 'work', 'what'],
    lines.map(([hours, ...line]) => [isoTime(START_MS + Math.round(hours * 3_600) * 1_000), ...line]),
  );
}

function during(spans = [], hours) {
  return spans.find(([from, to]) => hours >= from && hours < to);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-07-06T00:00:00Z');
const STEP_SECONDS = 60;
const HOURS = 16;

/**
 * Three water tanks of a village: their level once a minute, and whether the pump runs, which starts when a command says so.
 * `wrong` is in minutes since the start: a pump that does not start, a pipe that leaks, a pump that does not stop.
 */
const TANKS = [
  { tank: 'hill', level: 64, use: 0.16, broken: [190, 300] },
  { tank: 'mill', level: 88, use: 0.12, leak: [120, 185] },
  { tank: 'school', level: 81, use: 0.2, runaway: [700, 745] },
];
const PUMPED = 0.9; // % a minute
const [LOW, FULL] = [30, 80];

export function files() {
  const random = seededRandom(3);
  const rows = [];
  const tanks = TANKS.map(tank => ({ ...tank, isRunning: false, lowMinutes: 0 }));
  for (let minute = 0; minute <= HOURS * 60; minute += STEP_SECONDS / 60) {
    for (const tank of tanks) {
      // As a pump does that is told: from 30 to 80 %, if it can. The command comes after two minutes, and it needs one to start.
      tank.lowMinutes = tank.level < LOW ? tank.lowMinutes + 1 : 0;
      if (tank.lowMinutes > 3) tank.isRunning = true;
      if (tank.level > FULL) tank.isRunning = false;
      if (isDuring(tank.broken, minute)) tank.isRunning = false;
      if (isDuring(tank.runaway, minute)) tank.isRunning = true;
      rows.push([
        isoTime(START_MS + minute * 60_000),
        tank.tank,
        (tank.level + (random() - 0.5) * 0.4).toFixed(1),
        tank.isRunning ? 1 : 0,
      ]);
      const drawn =
        tank.use * (0.6 + 0.8 * Math.max(0, Math.sin((minute / 720) * Math.PI))) +
        (isDuring(tank.leak, minute) ? 0.5 : 0);
      tank.level = Math.min(100, Math.max(2, tank.level + (tank.isRunning ? PUMPED : 0) - drawn));
    }
  }
  return { 'data/tanks.csv': csv(['time', 'tank', 'level', 'running'], rows) };
}

function isDuring(span, minute) {
  return span !== undefined && minute >= span[0] && minute < span[1];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

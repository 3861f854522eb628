import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-01-11T23:00:00Z'); // Monday, 00:00 in Berlin
const STEP_MS = 15 * 60_000;
const DAYS = 7;
const HOUR_MS = 3_600_000;

/**
 * A week of two office buildings: meters for all of it, heating and cooling, read every quarter of an hour. What is wrong
 * is in `wrong`: hours since Monday 00:00.
 */
const BUILDINGS = [
  { site: 'north', base: 12, office: 46, heating: 30, cooling: 4, wrong: { fight: [56, 63], peak: [33, 35] } },
  {
    site: 'south',
    base: 9,
    office: 38,
    heating: 26,
    cooling: 3,
    wrong: { night: [72, 77], stuck: [100, 112], reset: 121 },
  },
];

export function files() {
  const random = seededRandom(11);
  const rows = [];
  const counters = new Map();
  for (let step = 0; step <= (DAYS * 24 * HOUR_MS) / STEP_MS; step++) {
    const hours = (step * STEP_MS) / HOUR_MS;
    for (const building of BUILDINGS) {
      const power = powerAt(building, hours, random);
      for (const kind of ['main', 'heating', 'cooling']) {
        const meter = `${building.site}-${kind}`;
        const before = counters.get(meter) ?? 40_000 + counters.size * 1_250;
        const isReset = kind === 'main' && hours === building.wrong.reset; // the meter was exchanged
        const after = isReset ? 0 : before + (power[kind] * STEP_MS) / HOUR_MS;
        counters.set(meter, after);
        rows.push([isoTime(START_MS + step * STEP_MS), meter, building.site, kind, after.toFixed(2)]);
      }
    }
  }
  return { 'data/meters.csv': csv(['time', 'meter', 'site', 'kind', 'kwh'], rows) };
}

/** In kW. */
function powerAt({ base, office, heating, cooling, wrong }, hours, random) {
  const hour = hours % 24;
  const isWeekend = hours >= 120;
  const isOpen = !isWeekend && hour >= 7 && hour < 18;
  const outside = 3 + 5 * Math.sin(((hour - 9) / 24) * 2 * Math.PI); // degC
  const noise = () => 1 + (random() - 0.5) * 0.1;
  const heat = heating * (isOpen ? 1 : 0.45) * ((15 - outside) / 15) * noise();
  const cool = isDuring(wrong.fight, hours) ? cooling * 5 * noise() : cooling * (isOpen ? 0.3 : 0) * noise();
  const people = (isOpen ? office * Math.min(1, (hour - 6.5) / 1.5) : 0) * noise();
  const left = isDuring(wrong.night, hours) ? 24 : 0; // lights and ventilation, all night
  const peak = isDuring(wrong.peak, hours) ? 40 : 0; // the kitchen, and cars that are charged
  const isStuck = isDuring(wrong.stuck, hours);
  return { heating: heat, cooling: cool, main: isStuck ? 0 : base * noise() + people + heat + cool + left + peak };
}

function isDuring(span, hours) {
  return span !== undefined && hours >= span[0] && hours < span[1];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

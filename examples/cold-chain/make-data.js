import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-03-02T04:00:00Z');
const STEP_MINUTES = 5;
const HOURS = 40;
const SOUTH = { lat: 48.14, lon: 11.58 }; // Munich
const NORTH = { lat: 53.55, lon: 9.99 }; // Hamburg

/** What goods stand, in degC. */
const WARMEST = { vaccine: 8, 'red cells': 6 };

/**
 * Trailers with vaccine between Munich and Hamburg: a reading every five minutes of place, door and the temperature between
 * the boxes. All times are hours since the start; those of a detour are hours on the road, and how many degrees it goes aside. A
 * tracker without a network keeps its readings and sends them at once. Whoever loads or takes goods out scans their papers.
 */
const TRAILERS = [
  { trailer: 'T1', leaves: 1, cooling: [20, 25] }, // the compressor fails on the way
  { trailer: 'T2', leaves: 2, open: [15, 16.2] }, // somebody forgets the door
  { trailer: 'T3', leaves: 3, silent: [7, 9] }, // no network
  { trailer: 'T4', leaves: 1.5, freezes: [20, 24] }, // a control that sticks: vaccine must not freeze
  { trailer: 'T5', leaves: 2.5, detour: [5, 8, 0.9], open: [21.5, 21.75] },
  // a yard beside the road, with a scan; the evaporator ices up while the door is open
  {
    trailer: 'T6',
    leaves: 2,
    detour: [6.6, 7.4, 0.12],
    stands: [7, 7.5],
    open: [7.1, 7.35],
    takesOut: [7.05],
    load: 'red cells',
    iced: [7.1, 11],
  },
  // followed, stopped and robbed
  { trailer: 'T7', leaves: 3, detour: [6, 7.6, 0.25], stands: [6.8, 7.3], open: [6.9, 7.15] },
];

export function files() {
  const random = seededRandom(23);
  const rows = [];
  for (const one of TRAILERS) {
    let temp = 5;
    for (let minutes = 0; minutes <= HOURS * 60; minutes += STEP_MINUTES) {
      const hours = minutes / 60;
      const driven = hours - standsFor(one, hours);
      const leg = (driven - one.leaves) / 9; // nine hours each way, eight at the other end
      const isLoading = leg < -0.03 || (leg >= 1.03 && leg < 1.12);
      const isOpen = isDuring(one.open, hours) || (isLoading && minutes % 30 < 10);
      const wanted = isDuring(one.freezes, hours) ? -3 : isDuring(one.iced, hours) ? 7.4 : 5;
      const pull = isOpen ? [15, 0.035] : isDuring(one.cooling, hours) ? [18, 0.02] : [wanted, 0.12];
      temp += (pull[0] - temp) * pull[1] + (random() - 0.5) * 0.2;
      const reading = { temp: temp.toFixed(1), door: isOpen ? 'open' : 'closed', ...placeAt(one, leg, driven) };
      const sentHours = isDuring(one.silent, hours) ? one.silent[1] : hours;
      rows.push({ sentHours, minutes, trailer: one.trailer, ...reading });
    }
  }
  rows.sort((a, b) => a.sentHours - b.sentHours || a.minutes - b.minutes || a.trailer.localeCompare(b.trailer));
  return {
    'data/trailers.csv': csv(
      ['time', 'trailer', 'lat', 'lon', 'temp', 'door'],
      rows.map(row => [isoTime(START_MS + row.minutes * 60_000), row.trailer, row.lat, row.lon, row.temp, row.door]),
    ),
    'data/scans.csv': scans(),
  };
}

/** When it is loaded and with what, when the other end has it, and where something is taken out on the way; twice, there and back. */
function scans() {
  const rows = TRAILERS.flatMap(({ trailer, leaves, takesOut = [], load = 'vaccine' }) => [
    [leaves - 0.3, trailer, 'loaded', load],
    ...takesOut.map(hours => [hours, trailer, 'taken out', load]),
    [leaves + 9.6, trailer, 'delivered', null],
    [leaves + 16.8, trailer, 'loaded', 'vaccine'],
    [leaves + 26.6, trailer, 'delivered', null],
  ]).sort((a, b) => a[0] - b[0]);
  return csv(
    ['time', 'trailer', 'what', 'product', 'warmest'],
    rows.map(([hours, trailer, what, product]) => [
      isoTime(START_MS + Math.round(hours * 3_600) * 1_000),
      trailer,
      what,
      product,
      WARMEST[product],
    ]),
  );
}

/** Hours that it has stood so far, beside those at both ends. */
function standsFor({ stands = [0, 0] }, hours) {
  return Math.max(0, Math.min(hours, stands[1]) - stands[0]);
}

/** Along the road, which is a straight line here; a detour is a bow to the west. */
function placeAt({ detour }, leg, driven) {
  const way = leg < 1 ? clamp(leg) : 1 - clamp((leg - 1.9) / 1);
  const bow = isDuring(detour, driven)
    ? -detour[2] * Math.sin(((driven - detour[0]) / (detour[1] - detour[0])) * Math.PI)
    : 0;
  const between = (from, to) => from + (to - from) * way;
  return { lat: between(SOUTH.lat, NORTH.lat).toFixed(4), lon: (between(SOUTH.lon, NORTH.lon) + bow).toFixed(4) };
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

function isDuring(span, hours) {
  return span !== undefined && hours >= span[0] && hours < span[1];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

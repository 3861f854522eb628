import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-11-10T06:00:00Z');
const HOURS = 12;
const SITES = ['plant', 'depot', 'office'];
const DOORS = SITES.flatMap(site => [`${site}-main`, `${site}-hall`]);

/** What is not as every day, and what only looks so: minutes since six, and what happens so many seconds later. */
const STORIES = [
  // somebody slips in behind a badge
  {
    at: 65,
    door: 'plant-main',
    does: [
      [0, 'badge', '1012'],
      [3, 'open'],
      [5, 'in'],
      [8, 'in'],
      [14, 'closed'],
    ],
  },
  // two badges, and two come in
  {
    at: 100,
    door: 'plant-main',
    does: [
      [0, 'badge', '1004'],
      [4, 'badge', '1009'],
      [6, 'open'],
      [8, 'in'],
      [10, 'in'],
      [15, 'closed'],
    ],
  },
  // one comes in, another goes out
  {
    at: 90,
    door: 'office-main',
    does: [
      [0, 'badge', '3003'],
      [3, 'open'],
      [5, 'in'],
      [7, 'out'],
      [12, 'closed'],
    ],
  },
  // a badge, and nobody comes in
  { at: 120, door: 'plant-hall', does: [[0, 'badge', '1001']] },
  // the badge of 1007 is in two places twenty minutes apart
  { at: 71, door: 'plant-main', does: entry('1007') },
  { at: 93, door: 'office-hall', does: entry('1007') },
  // 1010 drives from the plant to the office
  { at: 150, door: 'plant-hall', does: entry('1010') },
  { at: 207, door: 'office-main', does: entry('1010') },
  // forced; the guard is there five minutes later
  {
    at: 190,
    door: 'office-hall',
    does: [
      [0, 'open'],
      [3, 'in'],
      [20, 'closed'],
    ],
  },
  { at: 195, door: 'office-main', does: entry('9001') },
  // held open for a minute and more, and somebody comes in
  {
    at: 240,
    door: 'depot-main',
    does: [
      [0, 'badge', '2003'],
      [3, 'open'],
      [5, 'in'],
      [170, 'in'],
      [300, 'closed'],
    ],
  },
  { at: 246, door: 'depot-hall', does: entry('9002') },
  // held open for a delivery, and nobody comes in
  {
    at: 250,
    door: 'office-main',
    does: [
      [0, 'badge', '3005'],
      [3, 'open'],
      [5, 'in'],
      [150, 'closed'],
    ],
  },
  // held open, and the one who comes in shows his badge
  {
    at: 330,
    door: 'plant-hall',
    does: [
      [0, 'badge', '1002'],
      [3, 'open'],
      [5, 'in'],
      [95, 'badge', '1006'],
      [98, 'in'],
      [140, 'closed'],
    ],
  },
  // refused, and the door opens all the same
  {
    at: 400,
    door: 'depot-hall',
    does: [
      [0, 'refused', '2011'],
      [8, 'open'],
      [10, 'in'],
      [18, 'closed'],
    ],
  },
  { at: 404, door: 'depot-main', does: entry('9003') },
  // two doors of one site are forced, and nobody goes there
  {
    at: 500,
    door: 'plant-main',
    does: [
      [0, 'open'],
      [2, 'in'],
      [9, 'closed'],
    ],
  },
  {
    at: 504,
    door: 'plant-hall',
    does: [
      [0, 'open'],
      [2, 'in'],
      [200, 'closed'],
    ],
  },
];

export function files() {
  const events = [...STORIES.flatMap(eventsOf), ...everyDay(seededRandom(97))].sort((a, b) => a.second - b.second);
  const rowsOf = (kinds, columns, valuesOf) =>
    csv(
      ['time', 'door', 'site', ...columns],
      events
        .filter(({ kind }) => kinds.includes(kind))
        .map(event => [isoTime(START_MS + event.second * 1_000), event.door, siteOf(event.door), ...valuesOf(event)]),
    );
  return {
    'data/doors.csv': rowsOf(['open', 'closed'], ['state'], ({ kind }) => [kind]),
    'data/badges.csv': rowsOf(['badge', 'refused'], ['person', 'role', 'granted'], ({ kind, person }) => [
      person,
      person.startsWith('9') ? 'guard' : 'staff',
      kind === 'badge',
    ]),
    'data/buttons.csv': rowsOf(['button'], [], () => []),
    'data/passages.csv': rowsOf(['in', 'out'], ['way'], ({ kind }) => [kind]),
  };
}

/** People who come and go at each door, some minutes apart, where no story is told. Each has one site. */
function everyDay(random) {
  const events = [];
  for (const door of DOORS) {
    const home = 1 + SITES.indexOf(siteOf(door));
    for (let second = 120; second < HOURS * 3_600; second += 120 + Math.floor(random() * 800)) {
      const person = `${home}${String(1 + Math.floor(random() * 6) * 2 + (door.endsWith('main') ? 0 : 1)).padStart(3, '0')}`;
      const does = random() < 0.55 ? entry(person, random) : exit(random);
      const isFree = STORIES.every(story => story.door !== door || Math.abs(story.at * 60 - second) > 360);
      if (isFree) events.push(...eventsOf({ at: second / 60, door, does }));
    }
  }
  return events;
}

function entry(person, random = () => 0.5) {
  const opens = 2 + Math.floor(random() * 3);
  const enters = opens + 1 + Math.floor(random() * 3);
  return [
    [0, 'badge', person],
    [opens, 'open'],
    [enters, 'in'],
    [enters + 4 + Math.floor(random() * 5), 'closed'],
  ];
}

function exit(random) {
  const leaves = 2 + Math.floor(random() * 3);
  return [
    [0, 'button'],
    [1, 'open'],
    [leaves, 'out'],
    [leaves + 5, 'closed'],
  ];
}

function eventsOf({ at, door, does }) {
  return does.map(([after, kind, person]) => ({ second: Math.round(at * 60) + after, door, kind, person }));
}

function siteOf(door) {
  return door.split('-')[0];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

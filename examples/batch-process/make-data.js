import { pathToFileURL } from 'node:url';
import { seededRandom } from '../seeded-random.js';
import { csv, isoTime, writeFiles } from '../write-csv.js';

const START_MS = Date.parse('2026-10-05T06:00:00Z');
const MINUTES = 600;

/** How long each phase takes, in minutes, and what the jacket makes of the temperature meanwhile: towards what, and how fast. */
const PHASES = {
  fill: { takes: 20, towards: 22, per: 10 },
  heat: { takes: 40, towards: 105, per: 31 },
  hold: { takes: 60, towards: 85, per: 6 },
  cool: { takes: 45, towards: 18, per: 24 },
  discharge: { takes: 15, towards: 20, per: 20 },
};

/**
 * Three reactors and three batches of each, from fill to discharge; minutes since the start. A batch says what is different from
 * the recipe: how long a phase takes, how fast the temperature goes, what is skipped, who signs when (minutes behind the start of cooling).
 */
const BATCHES = [
  { reactor: 'R1', batch: 'B101', begins: 5, heat: { takes: 48, per: 38 } }, // slow, and in time
  { reactor: 'R1', batch: 'B102', begins: 205, signed: { laboratory: 30 } },
  { reactor: 'R1', batch: 'B103', begins: 400, signed: { laboratory: 20, operator: 35 } },
  { reactor: 'R2', batch: 'B201', begins: 15, heat: { takes: 70, per: 75 } }, // the steam trap is blocked
  { reactor: 'R2', batch: 'B202', begins: 240, bump: [75, 4, 0.9] }, // a sample port is opened
  { reactor: 'R2', batch: 'B203', begins: 430, skips: 'hold' },
  { reactor: 'R3', batch: 'B301', begins: 0, cool: { takes: 85, per: 80 } }, // the cooling water is warm
  { reactor: 'R3', batch: 'B302', begins: 235, bump: [82, 11, 1.1] }, // the reaction runs away, until the inhibitor is in
  { reactor: 'R3', batch: 'B303', begins: 425 },
];

export function files() {
  const random = seededRandom(67);
  const moves = BATCHES.flatMap(phasesOf);
  return {
    'data/phases.csv': phases(moves),
    'data/readings.csv': readings(moves, random),
    'data/signatures.csv': signatures(moves),
  };
}

/** The phases of a batch, one behind the other: from when to when, and how it goes. */
function phasesOf(batch) {
  let at = batch.begins;
  return Object.entries(PHASES)
    .filter(([phase]) => phase !== batch.skips)
    .map(([phase, recipe]) => {
      const { takes, ...course } = { ...recipe, ...batch[phase] };
      const move = { batch, phase, from: at, to: at + takes, ...course };
      at = move.to + 1; // a valve takes a minute
      return move;
    });
}

function phases(moves) {
  const rows = moves.flatMap(({ batch, phase, from, to }) => [
    [from, batch.reactor, batch.batch, phase, 'running'],
    [to, batch.reactor, batch.batch, phase, 'complete'],
  ]);
  return timed(['reactor', 'batch', 'phase', 'state'], rows);
}

function readings(moves, random) {
  const rows = [];
  const temps = new Map([
    ['R1', 21],
    ['R2', 20],
    ['R3', 22],
  ]);
  for (let minute = 0; minute < MINUTES; minute++) {
    for (const [reactor, before] of temps) {
      const move = moves.find(({ batch, from, to }) => batch.reactor === reactor && minute >= from && minute < to);
      const [bumpFrom, bumpMinutes, bumpPerMinute] = move?.batch.bump ?? [0, 0, 0];
      const sinceBump = minute - (move?.batch.begins ?? 0) - bumpFrom;
      const bump = sinceBump >= 0 && sinceBump < bumpMinutes ? bumpPerMinute : 0;
      const pull = move === undefined || bump > 0 ? 0 : (move.towards - before) / move.per;
      const temp = before + pull + bump;
      temps.set(reactor, temp);
      rows.push([minute, reactor, (temp + (random() - 0.5) * 0.3).toFixed(1)]);
    }
  }
  return timed(['reactor', 'temp'], rows);
}

/** The operator and the laboratory sign while a batch cools, in any order. */
function signatures(moves) {
  const rows = moves
    .filter(({ phase }) => phase === 'cool')
    .flatMap(({ batch, from }) =>
      Object.entries(batch.signed ?? { operator: 12, laboratory: 28 }).map(([who, after]) => [
        from + after,
        batch.reactor,
        batch.batch,
        who,
      ]),
    );
  return timed(['reactor', 'batch', 'who'], rows);
}

function timed(columns, rows) {
  const sorted = rows.filter(([minute]) => minute < MINUTES).sort((a, b) => a[0] - b[0]);
  return csv(
    ['time', ...columns],
    sorted.map(([minute, ...row]) => [isoTime(START_MS + minute * 60_000), ...row]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFiles(import.meta.url, files());

import { readFileSync, writeFileSync } from 'node:fs';
import { ReadingsFeed } from '../../../connectors/simulator/readings-feed.ts';
import { parseSimulatorAddress } from '../../../connectors/simulator/simulator-address.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import type { GoldenBatch, GoldenStream } from '../../golden-stream.ts';

/** In this variable of their environment, engines find the file of the readings. */
export const READINGS_VARIABLE = 'PEERS_PUMP_STATION';
export const PUMP_EVENTS = 1_000_000;

export type PumpBatch = GoldenBatch & Readonly<Record<(typeof OWN_FIELDS)[number], Float64Array>>;

/**
 * Writes readings of the pump station's example, the ones that are good, each once and in the order of their time, as doubles of little
 * endian: time in ms, number of the pump, state, and then the sensors of `SENSORS`. They begin some minutes before a pump cavitates.
 */
export function writeReadings(path: string): void {
  const feed = new ReadingsFeed(parseSimulatorAddress('pump-station/readings?seed=7&days=1'), null);
  const at = (name: string): number => feed.fields.find(field => field.name === name)!.at;
  const [timeAt, pumpAt, stateAt, qualityAt] = ['ts', 'pump', 'state', 'quality'].map(at) as [
    number,
    number,
    number,
    number,
  ]; // as: of four
  const sensorsAt = SENSORS.map(at);
  const rows: Float64Array[] = [];
  while (feed.next()) {
    const cell = (place: number): number => feed.row[feed.offset + place]!;
    if (cell(qualityAt) !== GOOD) continue;
    rows.push(Float64Array.of(cell(timeAt) / 1_000, cell(pumpAt), cell(stateAt), ...sensorsAt.map(cell)));
  }
  rows.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
  const once = rows.filter((row, i) => row[0] !== rows[i - 1]?.[0] || row[1] !== rows[i - 1]?.[1]);
  const midnightMs = Math.floor(once[0]![0]! / DAY_MS) * DAY_MS;
  const taken = once.filter(([timeMs]) => timeMs! >= midnightMs + FROM_MS).slice(0, PUMP_EVENTS);
  writeFileSync(path, Buffer.concat(taken.map(row => Buffer.from(row.buffer))));
}

/** The first so many of what was written. */
export function readReadings(path: string, events: number): GoldenStream {
  const bytes = readFileSync(path);
  const cells = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const symbols = new SymbolTable();
  for (let pump = 0; pump < PUMPS; pump++) symbols.idOf(`d${pump}`);
  const batches: PumpBatch[] = [];
  for (let first = 0; first < events; first += BATCH_EVENTS) {
    batches.push(batchOf(cells, { first, length: Math.min(BATCH_EVENTS, events - first) }));
  }
  return { events, symbols, batches };
}

function batchOf(
  cells: Float64Array,
  { first, length }: { readonly first: number; readonly length: number },
): PumpBatch {
  const column = (place: number, factor = 1): Float64Array =>
    Float64Array.from({ length }, (_, row) => cells[(first + row) * WIDTH + place]! * factor);
  const timeUs = column(0, 1_000);
  const sensors = SENSORS.map((name, index) => [FIELDS[name] ?? name, column(FIRST_SENSOR + index)]);
  return {
    length,
    timeUs,
    arrivalUs: timeUs,
    device: Uint32Array.from(column(1)),
    status: column(2),
    ...(Object.fromEntries(sensors) as Omit<PumpBatch, 'length' | 'timeUs' | 'arrivalUs' | 'device' | 'status'>), // as: named by SENSORS
  };
}

export const PUMPS = 20;
const SENSORS = [
  'winding',
  'vibration',
  'flow',
  'current',
  'inlet',
  'suction',
  'discharge',
  'envelope',
  'acoustic',
] as const;
const OWN_FIELDS = ['flow', 'current', 'inlet', 'suction', 'discharge', 'envelope', 'acoustic'] as const;
/** What the stream of the other questions has, too, is called as there. */
const FIELDS: Readonly<Record<string, string>> = { winding: 'temperature' };
const FIRST_SENSOR = 3;
const WIDTH = FIRST_SENSOR + SENSORS.length;
const GOOD = 0;
const DAY_MS = 86_400_000;
const FROM_MS = (6 * 60 + 15) * 60_000;
const BATCH_EVENTS = 4_096;

import { readFileSync, writeFileSync } from 'node:fs';
import { ReadingsFeed } from '../../../connectors/simulator/readings-feed.ts';
import { parseSimulatorAddress } from '../../../connectors/simulator/simulator-address.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import type { GoldenBatch, GoldenStream } from '../../golden-stream.ts';
import { FrequentFaults, PUMP_SENSORS, type PumpSensors } from './frequent-faults.ts';

/** In this variable of their environment, engines find the file of the readings. */
export const READINGS_VARIABLE = 'PEERS_PUMP_STATION';
export const PUMP_EVENTS = 1_000_000;

export type PumpBatch = GoldenBatch & Readonly<Record<(typeof OWN_FIELDS)[number], Float64Array>>;

/**
 * Writes readings of the pump station's example, the ones that are good, each once and in the order of their time, with faults more
 * frequent than there, as doubles of little endian: time in ms, number of the pump, state, and then the sensors of `PUMP_SENSORS`.
 */
export function writeReadings(path: string, events: number): void {
  const rows = goodReadings(MARGIN * events);
  rows.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
  const startMs = rows[0]![0]!;
  const faults = Array.from({ length: PUMPS }, (_, pump) => new FrequentFaults(pump, startMs));
  const sensors = Object.fromEntries(PUMP_SENSORS.map(name => [name, 0])) as PumpSensors; // as: all of them
  const cells = new Float64Array(events * WIDTH);
  let length = 0;
  rows.forEach((row, i) => {
    const [timeMs, pump, state] = row as unknown as readonly [number, number, number]; // as: WIDTH long
    const isRepeated = timeMs === rows[i - 1]?.[0] && pump === rows[i - 1]?.[1];
    if (isRepeated || length === cells.length) return;
    PUMP_SENSORS.forEach((name, place) => (sensors[name] = row[FIRST_SENSOR + place]!));
    if (!faults[pump]!.meet(timeMs, state === RUNNING, sensors)) return;
    cells.set(row.subarray(0, FIRST_SENSOR), length);
    PUMP_SENSORS.forEach((name, place) => (cells[length + FIRST_SENSOR + place] = sensors[name]));
    length += WIDTH;
  });
  if (length < cells.length) throw new Error(`${length / WIDTH} readings instead of ${events}`);
  writeFileSync(path, cells);
}

function goodReadings(atMost: number): Float64Array[] {
  const feed = new ReadingsFeed(parseSimulatorAddress('pump-station/readings?seed=7&days=1'), null);
  const at = (name: string): number => feed.fields.find(field => field.name === name)!.at;
  const places = ['ts', 'pump', 'state', ...PUMP_SENSORS].map(at);
  const qualityAt = at('quality');
  const rows: Float64Array[] = [];
  while (rows.length < atMost && feed.next()) {
    if (feed.row[feed.offset + qualityAt] !== GOOD) continue;
    const row = Float64Array.from(places, place => feed.row[feed.offset + place]!);
    row[0]! /= 1_000;
    rows.push(row);
  }
  return rows;
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
  const sensors = PUMP_SENSORS.map((name, index) => [FIELDS[name] ?? name, column(FIRST_SENSOR + index)]);
  return {
    length,
    timeUs,
    arrivalUs: timeUs,
    device: Uint32Array.from(column(1)),
    status: column(2),
    ...(Object.fromEntries(sensors) as Omit<PumpBatch, 'length' | 'timeUs' | 'arrivalUs' | 'device' | 'status'>), // as: named by PUMP_SENSORS
  };
}

export const PUMPS = 20;
const OWN_FIELDS = ['flow', 'current', 'inlet', 'suction', 'discharge', 'envelope', 'acoustic'] as const;
/** What the stream of the other questions has, too, is called as there. */
const FIELDS: Readonly<Record<string, string>> = { winding: 'temperature' };
const FIRST_SENSOR = 3;
const WIDTH = FIRST_SENSOR + PUMP_SENSORS.length;
const GOOD = 0;
const BATCH_EVENTS = 4_096;
const RUNNING = 2;
const MARGIN = 1.3; // some come late, and silent pumps leave some out

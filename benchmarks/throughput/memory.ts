/**
 * A process of its own (`node --expose-gc memory.ts KEYS`): how much resident memory grows with the number of keys under
 * one tumbling window of four aggregates, the keys' names included. Prints one line of JSON.
 */
import { compile } from '../../dsl/compile.ts';
import { createColumn, type EventBatch } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';

const RULES = `stream s from memory "s" { key device: symbol  temperature: float  time ts as ms }
stream summary = from s window tumbling 10s
  select avg(temperature) as mean, min(temperature) as low, max(temperature) as high, count() as n`;
const WINDOWS = 4;
const WINDOW_US = 10_000_000;
const BATCH_EVENTS = 4_096;

const keys = Number(process.argv[2]);
const { plan } = compile({ file: 'memory.mill', text: RULES });
let rows = 0;
const engine = new Engine(plan!, {
  arrivalClocks: { s: 'as-read' },
  rowStreams: ['summary'],
  onRows: batch => (rows += batch.length),
});
for (let events = 0; events < keys; events += BATCH_EVENTS) feed(0, BATCH_EVENTS); // V8's young generation grows with use
const beforeBytes = residentBytes();
const grownBytes: number[] = [];
for (let window = 1; window <= WINDOWS; window++) {
  for (let first = 0; first < keys; first += BATCH_EVENTS) feed(window, Math.min(BATCH_EVENTS, keys - first), first);
  grownBytes.push(residentBytes() - beforeBytes);
}
engine.finish('s');
const peakBytes = process.resourceUsage().maxRSS * 1_024 - beforeBytes;
console.log(JSON.stringify({ keys, rows, grownBytes, peakBytes }));

/** One event of each of the keys, in order over the window. */
function feed(window: number, length: number, first = 0): void {
  const device = createColumn('symbol', length);
  const temperature = createColumn('float', length);
  const timeUs = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    device.values[i] = engine.symbols.idOf(nameOf(first + i));
    temperature.values[i] = (first + i) % 97;
    timeUs[i] = (window + 1) * WINDOW_US + Math.floor(((first + i) / keys) * WINDOW_US);
  }
  const batch: EventBatch = {
    stream: 's',
    length,
    timeUs,
    arrivalUs: timeUs.slice(),
    columns: [device, temperature],
    rejected: [],
  };
  engine.push(batch);
}

/** From bytes, as decoders make it. */
function nameOf(device: number): string {
  return Buffer.from(`device-${String(device).padStart(7, '0')}`).toString('latin1');
}

function residentBytes(): number {
  globalThis.gc!();
  return process.memoryUsage().rss;
}

import { createColumn, type EventBatch, SymbolTable } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import type { Curve, Values } from './curve.ts';
import { BATCH_EVENTS, load, nsPerEvent, planOf } from './engine-load.ts';

const PERIOD_US = 10_000_000;
const STREAM = 'stream s from memory "s" { key device: symbol  temperature: float  time ts as us }\n';
const WARM_UP_KEYS = 1_000;

const RULES: Readonly<Record<string, string>> = {
  alarm: 'rule hot on s { high when temperature > 90 for 30s }',
  window:
    'stream summary = from s window tumbling 10s select avg(temperature) as mean, min(temperature) as low, max(temperature) as high, count() as n',
  range: 'rule jump on s { high when temperature > avg(temperature, 1m) + 90 }',
};

export const keysCurve: Curve = {
  name: 'keys',
  title: 'Keys, each with an event in ten seconds, in scattered order',
  of: 'keys',
  points: [1e3, 1e4, 1e5, 1e6, 1e7],
  passes: 2,
  variants: [
    { name: 'alarm', title: '`temperature > 90 for 30s`' },
    { name: 'window', title: 'avg, min, max, count in 10 s: a row an event' },
    { name: 'range', title: '`temperature > avg(temperature, 1m) + 90`' },
  ],
  measures: [
    { name: 'event', title: 'Time an event', unit: 'ns', bound: 'log n' },
    { name: 'new', title: 'First event of all keys', unit: 'ms', bound: 'n log n' },
    { name: 'pause', title: 'Longest batch', unit: 'ms', bound: 'n log n' },
    { name: 'memory', title: 'Resident memory', unit: 'bytes', bound: 'n log n' },
  ],
  measure,
  show: x => x.toLocaleString('en'),
};

function measure(variant: string, keys: number): Values {
  const plan = planOf(STREAM + RULES[variant]!);
  const rowStreams = plan.nodes.some(node => node.id === 'summary') ? ['summary'] : [];
  const createEngine = (count: number) => {
    const symbols = new SymbolTable({ maxTexts: 2 * count });
    return new Engine(plan, {
      symbols,
      arrivalClocks: { s: 'as-read' },
      maxKeys: 2 * count,
      rowStreams,
      onRowColumns: () => {},
    });
  };
  const warm = createEngine(WARM_UP_KEYS);
  load(warm, scattered(warm.symbols, WARM_UP_KEYS), { seconds: 0.3 }); // what V8 compiles once for all engines

  const beforeBytes = residentBytes();
  const engine = createEngine(keys);
  const nextBatch = scattered(engine.symbols, keys);
  const first = load(engine, nextBatch, { events: keys });
  const rest = load(engine, nextBatch, { events: keys, seconds: 0.5 });
  return {
    event: nsPerEvent(rest),
    new: first.seconds * 1_000,
    pause: Math.max(first.longestMs, rest.longestMs),
    memory: residentBytes() - beforeBytes,
  };
}

/** Batches of keys that lie far from each other in all that is kept by key; names are interned in the first round. */
function scattered(symbols: SymbolTable, keys: number): () => EventBatch {
  const stride = coprime(Math.floor(keys * 0.618), keys);
  const ids = new Uint32Array(keys);
  for (let key = 0; key < keys; key++) ids[key] = symbols.idOf(`device-${String(key).padStart(8, '0')}`);
  let event = 0;
  return () => {
    const length = Math.min(BATCH_EVENTS, keys - (event % keys));
    const device = createColumn('symbol', length);
    const temperature = createColumn('float', length);
    const timeUs = new Float64Array(length);
    for (let i = 0; i < length; i++, event++) {
      const place = event % keys;
      device.values[i] = ids[(place * stride) % keys]!;
      temperature.values[i] = place % 97;
      timeUs[i] = (1 + Math.floor(event / keys)) * PERIOD_US + Math.floor((place / keys) * PERIOD_US);
    }
    const arrivalUs = timeUs.slice();
    return { stream: 's', length, timeUs, arrivalUs, columns: [device, temperature], rejected: [] };
  };
}

function coprime(from: number, to: number): number {
  let candidate = from;
  while (greatestCommonDivisor(candidate, to) > 1) candidate++;
  return candidate;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function residentBytes(): number {
  globalThis.gc!();
  return process.memoryUsage().rss;
}

import { createColumn, type EventBatch, neededFields } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import { mulberry32 } from '../golden-stream.ts';
import type { Curve, Values } from './curve.ts';
import { durationText } from './duration-text.ts';
import { BATCH_EVENTS, load, nsPerEvent, planOf, usedBytes } from './engine-load.ts';

const KEYS = 4;
const STREAM = 'stream s from memory "s" { key device: symbol  temperature: float  vibration: float  time ts as us }\n';

const RULES: Readonly<Record<string, (seconds: number) => string>> = {
  held: s => `rule hot on s { high when temperature > 19 for ${s}s }`,
  tumbling: s => `stream out = from s window tumbling ${s}s select avg(temperature) as mean, p95(temperature) as most`,
  hopping: s => `stream out = from s window hopping ${s}s every ${s / 10}s select avg(temperature) as mean`,
  avg: s => `rule jump on s { high when temperature > avg(temperature, ${s}s) + 90 }`,
  max: s => `rule peak on s { high when vibration > max(temperature, ${s}s) }`,
  p95: s => `rule rare on s { high when vibration > p95(temperature, ${s}s) }`,
  pattern: s =>
    `stream out = match a: s[temperature > 79] -> b: s[vibration > 9.99] within ${s}s select a.temperature as x`,
};

export const windowsCurve: Curve = {
  name: 'windows',
  title: 'How far back it is looked, at an event a second of each of 4 keys',
  of: 'seconds',
  points: [10, 60, 600, 3_600, 86_400, 7 * 86_400, 30 * 86_400],
  passes: 2,
  variants: [
    { name: 'held', title: 'a limit `for` so long' },
    { name: 'tumbling', title: 'avg and p95 of a tumbling window' },
    { name: 'hopping', title: 'avg of a window that hops ten times in its length' },
    { name: 'avg', title: '`avg(temperature, x)` at each event' },
    { name: 'max', title: '`max(temperature, x)` at each event' },
    { name: 'p95', title: '`p95(temperature, x)` at each event' },
    { name: 'pattern', title: 'one reading, then another, `within` so long' },
  ],
  measures: [
    { name: 'event', title: 'Time an event', unit: 'ns', bound: 'log n' },
    { name: 'pause', title: 'Longest batch', unit: 'ms', bound: 'n log n' },
    { name: 'memory', title: 'Memory', unit: 'bytes', bound: 'n log n' },
  ],
  measure,
  show: durationText,
};

function measure(variant: string, seconds: number): Values {
  const plan = planOf(STREAM + RULES[variant]!(seconds));
  const source = plan.nodes.find(node => node.kind === 'source')!;
  const nextBatch = readings(neededFields(source).map(({ name }) => name));
  const emptyBytes = usedBytes();
  const isOut = plan.nodes.some(node => node.id === 'out');
  const engine = new Engine(plan, {
    arrivalClocks: { s: 'as-read' },
    rowStreams: isOut ? ['out'] : [],
    onRowColumns: () => {},
  });
  for (let key = 0; key < KEYS; key++) engine.symbols.idOf(`d${key}`);
  const filled = load(engine, nextBatch, { events: 1.2 * KEYS * seconds, seconds: 0.3 });
  const full = load(engine, nextBatch, { seconds: 0.4 });
  const memory = usedBytes() - emptyBytes;
  engine.finish('s');
  const pause = Math.max(filled.longestMs, full.longestMs);
  return { event: nsPerEvent(full), pause, memory };
}

function readings(fields: readonly string[]): () => EventBatch {
  const random = mulberry32(42);
  const valueOf: Readonly<Record<string, (event: number) => number>> = {
    device: event => event % KEYS,
    temperature: () => 20 + 60 * random(),
    vibration: () => 10 * random(),
  };
  let event = 0;
  return () => {
    const timeUs = new Float64Array(BATCH_EVENTS).map((_, i) => Math.floor(((event + i) * 1e6) / KEYS));
    const columns = fields.map(name => {
      const column = createColumn(name === 'device' ? 'symbol' : 'float', BATCH_EVENTS);
      for (let i = 0; i < BATCH_EVENTS; i++) column.values[i] = valueOf[name]!(event + i);
      return column;
    });
    event += BATCH_EVENTS;
    return { stream: 's', length: BATCH_EVENTS, timeUs, arrivalUs: timeUs.slice(), columns, rejected: [] };
  };
}

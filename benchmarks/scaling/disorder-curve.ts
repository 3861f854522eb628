import { createColumn, type EventBatch } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import { mulberry32 } from '../golden-stream.ts';
import type { Curve, Values } from './curve.ts';
import { durationText } from './duration-text.ts';
import { BATCH_EVENTS, load, nsPerEvent, planOf, usedBytes } from './engine-load.ts';

const KEYS = 200;
const EVENT_US = 5_000;

const RULES: Readonly<Record<string, string>> = {
  held: 'rule hot on s { high when temperature > 79 for 30s }',
  window: 'stream out = from s window tumbling 10s select avg(temperature) as mean, count() as n',
  site: 'stream out = from s window tumbling 10s by site select avg(temperature) as mean, count() as n',
};

export const disorderCurve: Curve = {
  name: 'disorder',
  title: 'How late events come, at an event a second of each of 200 keys',
  of: 'seconds',
  points: [1, 10, 60, 600, 3_600],
  passes: 3,
  variants: [
    { name: 'held', title: 'a limit `for 30s`' },
    { name: 'window', title: 'a window of 10 s' },
    { name: 'site', title: 'a window of 10 s by another key, of which there are ten' },
  ],
  measures: [
    { name: 'event', title: 'Time an event', unit: 'ns', bound: 'log n' },
    { name: 'memory', title: 'Memory', unit: 'bytes', bound: 'n log n' },
  ],
  measure,
  show: durationText,
};

function measure(variant: string, seconds: number): Values {
  const plan =
    planOf(`stream s from memory "s" { key device: symbol  site: symbol  temperature: float  time ts as us  lateness ${seconds}s }
${RULES[variant]!}`);
  const nextBatch = lateReadings(seconds * 1e6, plan.nodes.some(({ id }) => id === 'out') && variant === 'site');
  const emptyBytes = usedBytes();
  const engine = new Engine(plan, {
    arrivalClocks: { s: 'as-read' },
    rowStreams: variant === 'held' ? [] : ['out'],
    onRowColumns: () => {},
  });
  for (let key = 0; key < KEYS; key++) engine.symbols.idOf(`d${key}`);
  load(engine, nextBatch, { events: (1.2 * seconds * 1e6) / EVENT_US, seconds: 0.3 });
  const full = load(engine, nextBatch, { seconds: 0.4 });
  const memory = usedBytes() - emptyBytes;
  engine.finish('s');
  return { event: nsPerEvent(full), memory };
}

/** Each comes anything up to so long after its time. */
function lateReadings(latestUs: number, hasSite: boolean): () => EventBatch {
  const random = mulberry32(42);
  let event = 0;
  return () => {
    const device = createColumn('symbol', BATCH_EVENTS);
    const site = createColumn('symbol', BATCH_EVENTS);
    const temperature = createColumn('float', BATCH_EVENTS);
    const timeUs = new Float64Array(BATCH_EVENTS);
    const arrivalUs = new Float64Array(BATCH_EVENTS);
    for (let i = 0; i < BATCH_EVENTS; i++, event++) {
      device.values[i] = event % KEYS;
      site.values[i] = event % 10;
      temperature.values[i] = 20 + 60 * random();
      arrivalUs[i] = latestUs + event * EVENT_US;
      timeUs[i] = arrivalUs[i]! - Math.floor(random() * latestUs);
    }
    const columns = hasSite ? [device, site, temperature] : [device, temperature];
    return { stream: 's', length: BATCH_EVENTS, timeUs, arrivalUs, columns, rejected: [] };
  };
}

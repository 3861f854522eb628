import { Engine } from '../../engine/engine.ts';
import { declaration, DEVICES, engineBatches, goldenStream } from '../golden-stream.ts';
import type { Curve, Values } from './curve.ts';
import { BATCH_EVENTS, load, nsPerEvent, planOf, usedBytes } from './engine-load.ts';
import { Stopwatch } from '../stopwatch.ts';

const STREAM_BATCHES = 100;
const STREAM_US = STREAM_BATCHES * BATCH_EVENTS * 1_000;

/** No two rules share a condition, and alerts are rare, so that what many rules cost is not what many alerts do. */
const RULES: Readonly<Record<string, (i: number) => string>> = {
  limits: i => `rule above_${i} on s { high when temperature > ${119.98 + i / 1e6} }`,
  devices: i => `rule hot_${i} on s { high when device == "d${i % DEVICES}" and temperature > ${119 + i / 1e5} }`,
  held: i => `rule held_${i} on s { high when temperature + vibration > ${110 + i / 1e4} for ${1 + (i % 50)}s }`,
  ranges: i => `rule jump_${i} on s { high when temperature > avg(temperature, ${10 + (i % 50)}s) + ${90 + i / 1e3} }`,
  windows: i =>
    `stream mean_${i} = from s window tumbling ${10 + i}s select avg(temperature) as mean\n` +
    `rule mean_high_${i} on mean_${i} { low when mean > ${90 + i / 1e4} }`,
};

export const rulesCurve: Curve = {
  name: 'rules',
  title: 'Rules on one stream of 1,000 devices',
  of: 'rules',
  points: [1, 10, 100, 1_000, 10_000],
  passes: 2,
  variants: [
    { name: 'limits', title: '`temperature > x`' },
    { name: 'devices', title: '`device == "dK" and temperature > x`' },
    { name: 'held', title: '`temperature + vibration > x for y`' },
    { name: 'ranges', title: '`temperature > avg(temperature, y) + x`, 50 ranges' },
    {
      name: 'windows',
      title: 'a window of its own length, and a rule on it',
    },
  ],
  measures: [
    { name: 'event', title: 'Time an event', unit: 'ns', bound: 'n log n' },
    { name: 'compile', title: 'Text to plan, in a new process', unit: 'ms', bound: 'n log n' },
    { name: 'start', title: 'Plan to the end of the first batch', unit: 'ms', bound: 'n log n' },
    { name: 'memory', title: 'Memory of plan and engine', unit: 'bytes', bound: 'n log n' },
  ],
  measure,
  show: String,
};

function measure(variant: string, rules: number): Values {
  const stream = goldenStream(STREAM_BATCHES * BATCH_EVENTS);
  const text = declaration() + Array.from({ length: rules }, (_, i) => RULES[variant]!(i)).join('\n');
  const emptyBytes = usedBytes();
  const compiling = Stopwatch.start();
  const plan = planOf(text);
  const compile = compiling.stop().cpuMs;

  const batches = engineBatches(stream, plan);
  let next = 0;
  const nextBatch = () => {
    const batch = batches[next % STREAM_BATCHES]!;
    const passedUs = Math.floor(next++ / STREAM_BATCHES) * STREAM_US;
    const timeUs = batch.timeUs.map(timeUs => timeUs + passedUs);
    return { ...batch, columns: batch.columns.map(column => ({ ...column })), timeUs, arrivalUs: timeUs.slice() };
  };
  const firstBatch = nextBatch();
  const starting = Stopwatch.start();
  const engine = new Engine(plan, { symbols: stream.symbols, arrivalClocks: { s: 'as-read' } });
  engine.push(firstBatch);
  const start = starting.stop().cpuMs;
  load(engine, nextBatch, { seconds: 0.4 });
  const event = nsPerEvent(load(engine, nextBatch, { seconds: 0.5 }));
  return { event, compile, start, memory: usedBytes() - emptyBytes };
}

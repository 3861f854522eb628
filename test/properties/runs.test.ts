import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { createColumn, type EventBatch, SymbolTable } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = 6;
const SITES = 3;

const PLANS = ['idle 700ms', 'idle 1s', 'idle never'].map(idle =>
  planOf(`stream s from memory "s" { key device: symbol  site: symbol  temperature: float  time ts as ms  ${idle} }
stream good = from s where temperature > 5
stream summary = from s window tumbling 2s by site select avg(temperature) as mean, count() as n
stream high = from good window hopping 3s every 1s by site select max(temperature) as most
rule hot on s by site { high when temperature > 15 for 2s }`),
);

const event = fc.record({
  key: fc.nat(KEYS - 1),
  /** Mostly its key's own. */
  site: fc.option(fc.nat(SITES - 1), { freq: 6 }),
  stepMs: fc.oneof({ weight: 30, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.nat(7_000) }),
  lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1_500) }),
  temperature: fc.integer({ min: 0, max: 20 }),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

it('a stream by another key is the same in one batch, and event by event', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PLANS),
      fc.array(event, { minLength: 50, maxLength: 250, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 5 }),
      (plan, events, lengths) => {
        const singly = outputsOf(plan, events, [1]);
        expect(outputsOf(plan, events, [events.length])).toEqual(singly);
        expect(outputsOf(plan, events, lengths)).toEqual(singly);
      },
    ),
    runs(150),
  );
});

/** Rows of each stream, alerts in order of their time, and what was late; the batches' lengths come in turn. */
function outputsOf(plan: Plan, events: readonly Event[], lengths: readonly number[]): unknown {
  const rows: Record<string, string[]> = { summary: [], high: [] };
  const alerts: string[] = [];
  const symbols = new SymbolTable();
  const engine = new Engine(plan, {
    symbols,
    arrivalClocks: { s: 'recorded' },
    rowStreams: ['summary', 'high'],
    onRowColumns: ({ stream, length, timeUs, key, columns }) => {
      for (let i = 0; i < length; i++) {
        const values = [...key, ...columns].map(({ values: all, valid }) => (valid?.[i] === 0 ? null : all[i]));
        rows[stream]!.push(JSON.stringify([timeUs[i], ...values]));
      }
    },
    onAlert: ({ rule, key, change, timeUs, id }) => alerts.push(JSON.stringify({ timeUs, rule, key, change, id })),
  });
  let nowMs = 10_000;
  let start = 0;
  for (let batch = 0; start < events.length; batch++) {
    const some = events.slice(start, start + lengths[batch % lengths.length]!);
    engine.push(batchOf(some, nowMs, symbols));
    nowMs += some.reduce((sum, { stepMs }) => sum + stepMs, 0);
    start += some.length;
  }
  engine.finish('s');
  return { rows, alerts: alerts.sort(), counters: engine.counters() };
}

function batchOf(events: readonly Event[], fromMs: number, symbols: SymbolTable): EventBatch {
  const { length } = events;
  const device = createColumn('symbol', length);
  const site = createColumn('symbol', length);
  const temperature = createColumn('float', length);
  const timeUs = new Float64Array(length);
  const arrivalUs = new Float64Array(length);
  let nowMs = fromMs;
  events.forEach(({ key, site: own, stepMs, lateMs, temperature: value }, i) => {
    nowMs += stepMs;
    device.values[i] = symbols.idOf(`d${key}`);
    site.values[i] = symbols.idOf(`site ${own ?? key % SITES}`);
    temperature.values[i] = value;
    arrivalUs[i] = nowMs * 1_000;
    timeUs[i] = (nowMs - lateMs) * 1_000;
  });
  return { stream: 's', length, timeUs, arrivalUs, columns: [device, site, temperature], rejected: [] };
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'runs.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics[0]));
  return plan;
}

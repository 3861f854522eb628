import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { createColumn, type EventBatch } from '../../engine/batch.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine } from '../../engine/engine.ts';

const EVENTS = 300_000;
const TIMEOUT_MS = 120_000; // it takes some seconds
const BATCH_EVENTS = 1_000;
const MAX_PARTIAL = 1_000;
/** The partial matches, what is kept of their rows and as many rows that are noted for all: some hundred bytes each. */
const STATE_BYTES = 500_000;
const TEXT = `
  stream s from memory "s" { key device: symbol  x: float  time ts as ms }
  stream pairs = match a: s[x > 0]+ -> b: s[x < 0] within 100d
    select a.first.x as first, a.last.x as last, a[3].x as third, count(a) as n, avg(a.x) as mean, max(a.x) as most`;

it(
  'a+ -> b on 300,000 a of one key stays within its bound, is right, and says what was dropped',
  () => {
    const { plan, diagnostics } = compile({ file: 'crowded.mill', text: TEXT });
    expect(diagnostics).toEqual([]);
    const rows: OutputRow[] = [];
    const engine = new Engine(plan!, {
      arrivalClocks: { s: 'as-read' },
      rowStreams: ['pairs'],
      onRows: batch => rows.push(...batch.rows),
    });
    let dropped = 0;
    let mostBytes = 0;
    for (let first = 1; first <= EVENTS; first += BATCH_EVENTS) {
      engine.push(
        batchOf(
          engine,
          first,
          Array.from({ length: BATCH_EVENTS }, (_, i) => first + i),
        ),
      );
      for (const { count } of engine.takeDropped()) dropped += count;
      mostBytes = Math.max(mostBytes, engine.stateBytes().get('pairs#match')!);
    }
    expect(rows).toEqual([]);
    engine.push(batchOf(engine, EVENTS + 1, [-1]));
    engine.finish('s');
    expect(dropped).toBe(EVENTS - MAX_PARTIAL);
    expect(mostBytes).toBeLessThan(STATE_BYTES);
    expect(rows.map(({ values }) => values)).toEqual(
      Array.from({ length: MAX_PARTIAL }, (_, i) => {
        const first = EVENTS - MAX_PARTIAL + 1 + i;
        const n = EVENTS - first + 1;
        const third = n < 3 ? null : first + 2;
        return { first, last: EVENTS, third, n, mean: (first + EVENTS) / 2, most: EVENTS };
      }),
    );
  },
  TIMEOUT_MS,
);

/** One event a millisecond, the n-th at n. */
function batchOf(engine: Engine, first: number, values: readonly number[]): EventBatch {
  const { length } = values;
  const device = createColumn('symbol', length);
  const x = createColumn('float', length);
  const timeUs = Float64Array.from(values, (_, i) => (first + i) * 1_000);
  for (const [i, value] of values.entries()) {
    device.values[i] = engine.symbols.idOf('d0');
    x.values[i] = value;
  }
  return { stream: 's', length, timeUs, arrivalUs: timeUs.slice(), columns: [device, x], rejected: [] };
}

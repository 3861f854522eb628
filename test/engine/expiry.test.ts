import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { Engine } from '../../engine/engine.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';

const RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float  lateness 3ms  idle never  expire 40ms }
stream shown = from s select site, value
`;

const event = (key: string, timeMs: number): TestEvent => {
  const timeUs = timeMs * 1_000;
  return { key, site: 'north', timeUs, arrivalUs: timeUs, value: 1 };
};
const events = [event('a', 1_000), event('b', 1_020), event('a', 1_080), event('c', 1_200)];

/** `a` twice and `b` once; what waits for its lateness when a batch comes is no reason to keep a key for ever. */
it.each([
  ['one batch', [4]],
  ['batches of one', [1, 1, 1, 1]],
  ['two batches', [1, 3]],
])('a key that is unseen is forgotten under `idle never` too, in %s', (_how, sizes) => {
  const { plan, diagnostics } = compile({ file: 'expiry.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  const engine = new Engine(plan!, { rowStreams: ['shown'] });
  let start = 0;
  for (const size of sizes) {
    engine.push(batchOf(events.slice(start, start + size), engine.symbols));
    start += size;
  }
  expect(engine.counters().forgotten).toBe(3);
});

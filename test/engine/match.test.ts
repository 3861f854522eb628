import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { PatternPart, Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import { Automaton, COMPLETE, START } from '../../engine/pattern/automaton.ts';
import { compilePattern } from '../../engine/pattern/compile-pattern.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';

const event = (key: string, timeMs: number, value: number): TestEvent => {
  return { key, site: 'north', timeUs: timeMs * 1_000, arrivalUs: timeMs * 1_000, value };
};

function planOf(match: string, clauses = ''): Plan {
  const text = `stream s from memory "s" { key device: symbol  site: symbol  value: float  ${clauses} }
    stream found = match ${match} select z.value as value, z.site as site`;
  const { plan, diagnostics } = compile({ file: 'match.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

it('an absence in front looks back for each of many keys that come one by one, also beside another absence', () => {
  const rows: unknown[] = [];
  const match = 'not s[value == 1] for 50ms -> z: s[value == 2] -> not s[value == 3] for 5ms within 100ms';
  const engine = new Engine(planOf(match), {
    rowStreams: ['found'],
    onRows: batch => rows.push(...batch.rows.map(row => row.key['device'])),
  });
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
  const push = (...events: TestEvent[]) => engine.push(batchOf(events, engine.symbols));
  for (const key of keys) push(event(key, 1_000, key === 'k30' ? 0 : 1));
  for (const key of keys) push(event(key, 1_020, 2));
  for (const key of keys) push(event(key, 1_040, 0));
  expect(rows).toEqual(['k30']);
});

describe('a key with a partial match', () => {
  const ONE_TWO = 'a: s[value == 1] -> z: s[value == 2] within 100ms';

  it.each([1, 4])('is not forgotten before that is over, in batches of %i', size => {
    const rows: number[] = [];
    const engine = new Engine(planOf(ONE_TWO, 'idle 1ms  expire 40ms'), {
      rowStreams: ['found'],
      onRows: batch => rows.push(...batch.rows.map(row => row.timeUs)),
    });
    const push = (...events: TestEvent[]) => {
      for (let i = 0; i < events.length; i += size) {
        engine.push(batchOf(events.slice(i, i + size), engine.symbols));
      }
    };
    push(event('a', 1_000, 1), event('b', 1_000, 0), event('c', 1_020, 0), event('c', 1_055, 0));
    expect(engine.counters().forgotten).toBe(1); // b, which waits for nothing
    push(event('c', 1_090, 0), event('a', 1_095, 2));
    expect(rows).toEqual([1_095_000]);
    push(event('a', 1_096, 1), event('c', 1_128, 0), event('c', 1_165, 0), event('c', 1_196, 0));
    expect(engine.counters().forgotten).toBe(1);
    push(event('c', 1_198, 0)); // by now its time has passed
    expect(engine.counters().forgotten).toBe(2);
  });
});

describe('states of an automaton', () => {
  const counted: PatternPart = {
    kind: 'sequence',
    parts: [
      { kind: 'event', event: 0, min: 5_000, max: 5_000 },
      { kind: 'event', event: 1, min: 1, max: 1 },
    ],
    arrows: ['next'],
    withinUs: null,
    min: 1,
    max: 1,
  };

  it('are the same for equal markings, and those that nobody is in can be forgotten', () => {
    const automaton = new Automaton(compilePattern(counted));
    let state = START;
    for (let i = 0; i < 4_000; i++) state = automaton.take(state, 1).target;
    expect(automaton.stateOf(automaton.textOf(state))).toBe(state);
    expect(automaton.states.length).toBe(4_001);
    const text = automaton.textOf(state);
    const numbers = automaton.keepOnly(new Set([state]));
    expect(automaton.states.length).toBe(2);
    state = numbers[state]!;
    expect(automaton.textOf(state)).toBe(text);
    for (let i = 0; i < 1_000; i++) state = automaton.take(state, 1).target;
    expect(automaton.take(state, 2).target).toBe(COMPLETE);
  });

  it('are swept while matches go through them', () => {
    const match = 'a: s[value >= 1]{5000} -> z: s[value == 0] within 1h skip past last';
    const plan = planOf(match.replace('a:', 'x: s[value == 1] -> a:'));
    const values: unknown[] = [];
    const engine = new Engine(plan, {
      rowStreams: ['found'],
      onRows: batch => values.push(...batch.rows.map(row => row.values['value'])),
    });
    const events = [...Array(5_002).keys()].map(i => event('a', 1_000 + i, i === 5_001 ? 0 : i + 1));
    for (let i = 0; i < events.length; i += 500) engine.push(batchOf(events.slice(i, i + 500), engine.symbols));
    expect(values).toEqual([0]);
  });
});

import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { MatchNode } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import { Automaton } from '../../engine/pattern/automaton.ts';
import { chainOf } from '../../engine/pattern/chain.ts';
import { compilePattern } from '../../engine/pattern/compile-pattern.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';

const RISING = 'a: s ~> b: s[value > a.value] ~> z: s[value > b.value] within 1s';

function planOf(match: string, select = 'select z.value as value, z.site as site') {
  const text = `stream s from memory "s" { key device: symbol  site: symbol  value: float }
    stream found = match ${match} ${select}`;
  const { plan, diagnostics } = compile({ file: 'chain.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

function stepsOf(match: string, select?: string): number | null {
  const node = planOf(match, select).nodes.find((each): each is MatchNode => each.kind === 'match')!;
  return chainOf(node, new Automaton(compilePattern(node.root)))?.steps.length ?? null;
}

const event = (timeMs: number, value: number | null, key = 'd'): TestEvent => {
  return { key, site: 'north', timeUs: timeMs * 1_000, arrivalUs: timeMs * 1_000, value };
};

describe('a pattern is a chain', () => {
  it.each([
    [RISING, 3],
    ['(a: s[value > 1] ~> b: s[value > 2]) ~> z: s[value > 3] within 1s', 3],
    ['a: s[value > 1] ~> b: s[value > 2]{2} ~> z: s[value > 3] within 1s', 4],
    ['a: s[value > 1] ~> z: s[value > 3] within 1s max 1 partial', 2],
  ])('where each row moves a partial match on or ends it: %s', (match, steps) => {
    expect(stepsOf(match)).toBe(steps);
  });

  it.each([
    ['a: s[value > 1] -> z: s[value > 3] within 1s', undefined],
    ['a: s[value > 1] ~> b: s[value > 2]+ ~> z: s[value > 3] within 1s', undefined],
    ['a: s[value > 1] ~> b: s[value > 2]? ~> z: s[value > 3] within 1s', undefined],
    ['(a: s[value > 1] or b: s[value < 0]) ~> z: s[value > 3] within 1s', undefined],
    ['a: s[value > 1] ~> (b: s[value > 2] ~> z: s[value > 3] within 1s) within 2s', undefined],
    ['a: s[value > 1] ~> z: s[value > 3] -> not s[value > 9] for 1s within 2s', undefined],
    [RISING, 'on timeout'],
    ['a: s[value > 1] ~> z: s[value > 3]{2} within 1s', 'select avg(z.value) as value'],
    ['a: s ~> b: s ~> z: s[value > 3] within 1s max 1 partial', undefined],
  ])('and nowhere else: %s %s', (match, clause) => {
    const isTimeout = clause === 'on timeout';
    const text = isTimeout ? `${match} ${clause}` : match;
    const select = clause === undefined ? undefined : isTimeout ? 'select a.value as value' : clause;
    expect(stepsOf(text, select)).toBeNull();
  });
});

describe('the last rows of a key', () => {
  it('are kept with their nulls, from the first null on', () => {
    const rows: unknown[] = [];
    const match = 'a: s ~> b: s ~> z: s[value > 3] within 1s';
    const plan = planOf(match, 'select a.value as first, b.value as second, z.value as third, z.site as site');
    const engine = new Engine(plan, {
      rowStreams: ['found'],
      onRows: batch => rows.push(...batch.rows.map(({ values }) => values)),
    });
    const push = (...events: TestEvent[]) => engine.push(batchOf(events, engine.symbols));
    push(event(1, 1), event(2, 2)); // without a null
    push(event(3, 4), event(4, null), event(5, 5));
    push(event(6, 6));
    expect(rows).toEqual([
      { first: 1, second: 2, third: 4, site: 'north' },
      { first: 4, second: null, third: 5, site: 'north' },
      { first: null, second: 5, third: 6, site: 'north' },
    ]);
  });

  it('say which events rows were bound to', () => {
    const node = planOf(RISING).nodes.find(({ kind }) => kind === 'match')!;
    const engine = new Engine(planOf(RISING), { rowStreams: ['found'], onRows: () => {} });
    const reached = () => new Map(engine.reachedEvents()).get(node.id);
    engine.push(batchOf([event(1, 1)], engine.symbols));
    expect(reached()).toBe(1);
    engine.push(batchOf([event(2, 2)], engine.symbols));
    expect(reached()).toBe(3);
    engine.push(batchOf([event(3, 3)], engine.symbols));
    expect(reached()).toBe(7);
  });
});

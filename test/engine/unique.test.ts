import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { keptNodesOf } from '../../engine/runtime/checkpoint/stored-state.ts';
import { matchState } from '../../engine/state-identity.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';
import { takePart } from '../oracle/state-parts.ts';

/** docs/language/unique.md, as far as only the engine's counts and times show it. */
describe('a repetition', () => {
  it.each(['0s', '3ms'])('moves the arrival clock on, as a tick does (lateness %s)', lateness => {
    const rows: string[] = [];
    const engine = engineOf(`lateness ${lateness}  idle 5ms  unique by value within 1s`, {
      onRows: batch => rows.push(...batch.rows.map(row => `${row.key['device']} ${String(row.values['n'])}`)),
    });
    push(engine, [event('a', 1_000, 1), event('b', 1_000, 1)]);
    expect(rows).toEqual([]);
    push(engine, [event('b', 1_100, 1)]);
    expect(rows.sort()).toEqual(['a 1', 'b 1']);
    expect(engine.counters()).toMatchObject({ events: 3, repeated: 1, late: 0 });
  });

  it('is not late, however old it is; what is late is remembered', () => {
    const engine = engineOf('idle never  unique by value within 1s');
    push(engine, [event('a', 1_000, 1), event('a', 1_001, 2)]);
    push(engine, [event('a', 1_002, 1, 500), event('a', 1_003, 3, 500), event('a', 1_004, 3, 500)]);
    expect(engine.counters()).toMatchObject({ events: 5, repeated: 2, late: 1 });
  });

  it('of what was rejected is none', () => {
    const engine = engineOf('idle never  future 1s  unique by value within 10s');
    push(engine, [event('a', 1_000, 1), event('a', 1_001, 2, 9_000), event('a', 1_002, 2)]);
    expect(engine.counters()).toMatchObject({ events: 2, repeated: 0, rejected: 1 });
  });
});

describe('with `expire`', () => {
  it('a key is not forgotten within `within`', () => {
    const engine = engineOf('idle 10ms  expire 40ms  unique by value within 100ms');
    push(engine, [event('a', 1_000, 1)]);
    engine.tick('s', 1_099_999);
    expect(engine.counters().forgotten).toBe(0);
    engine.tick('s', 1_100_000);
    expect(engine.counters().forgotten).toBe(1);
  });

  it('nor while a late event may be repeated', () => {
    const engine = engineOf('idle 10ms  expire 100ms  unique by value within 100ms');
    push(engine, [event('a', 1_000, 1), event('a', 1_090, 2, 990)]);
    push(engine, [event('b', 1_189, 1), event('a', 1_189, 2, 990)]);
    expect(engine.counters()).toMatchObject({ late: 1, repeated: 1, forgotten: 0 });
    engine.tick('s', 1_190_000);
    expect(engine.counters().forgotten).toBe(1);
    push(engine, [event('a', 1_190, 2, 990)]);
    expect(engine.counters()).toMatchObject({ late: 1, repeated: 1 });
  });
});

describe('what is remembered, under changed rules', () => {
  it.each([
    ['serves the same field by another name', 'v: float = $.value', 'unique by v within 1s', 1],
    ['serves a longer time', 'value: float', 'unique by value within 1h', 1],
    ['does not serve other fields', 'value: float', 'unique by value, site within 1s', 0],
    ['does not serve a field that is read otherwise', 'value: float = $.value in 0..9', 'unique by value within 1s', 0],
    ['is let go of where nothing is unique', 'value: float', '', 0],
  ])('%s', (_, field, unique, repeated) => {
    const symbols = new SymbolTable();
    const stored = planOf('value: float', 'idle never  unique by value within 1s');
    const before = new Engine(stored, { symbols });
    push(before, [event('a', 1_000, 1)]);
    const next = planOf(field, `idle never  ${unique}`);
    const kept = keptNodesOf(matchState(stored, next));
    const after = new Engine(next, { symbols });
    const streams = before.streamStates();
    after.restoreState(takePart(before, 'all'), { streams, isOwned: () => true, keptOf: id => kept[id] ?? null });
    push(after, [event('a', 1_500, 1)]);
    expect(after.counters().repeated).toBe(repeated);
  });
});

it('what is remembered counts as state of the stream', () => {
  const engine = engineOf('idle never  unique by value within 1h');
  const other = engineOf('idle never');
  const events = Array.from({ length: 10_000 }, (_, i) => event('a', 1_000 + i, i));
  push(engine, events);
  push(other, events);
  const bytes = engine.stateBytes().get('s')! - other.stateBytes().get('s')!;
  expect(bytes).toBeGreaterThanOrEqual(10_000 * 37);
  expect(bytes).toBeLessThan(10_000 * 2 * 38);
});

function engineOf(settings: string, options: EngineOptions = {}): Engine {
  return new Engine(planOf('value: float', settings), { rowStreams: ['counted'], ...options });
}

function planOf(field: string, settings: string): Plan {
  const name = field.split(':')[0];
  const { plan, diagnostics } = compile({
    file: 'unique.mill',
    text: `
      stream s from memory "s" { key device: symbol  site: symbol  ${field}  ${settings} }
      stream counted = from s window tumbling 10ms select count() as n, last(site) as site, last(${name}) as value`,
  });
  expect(diagnostics).toEqual([]);
  return plan!;
}

function push(engine: Engine, events: readonly TestEvent[]): void {
  engine.push(batchOf(events, engine.symbols));
}

function event(key: string, arrivalMs: number, value: number, timeMs = arrivalMs): TestEvent {
  return { key, site: 'north', timeUs: timeMs * 1_000, arrivalUs: arrivalMs * 1_000, value };
}

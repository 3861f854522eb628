import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/operator.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';
import { keptIn } from '../oracle/state-parts.ts';

/** What one rule file needs of state by key: windows, ranges, history, a rule with everything. */
const RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float  lateness LATENESS expire 200ms }
stream by_10 = from s window tumbling 10ms select count() as n, sum(value) as total, median(value) as middle
stream over = from s window hopping 12ms every 4ms select max(value) as most, mode(site) as often
rule high on s {
  low  when value > avg(value, 20ms) for 3ms
  high when value > 3 and changed(site)
  clear when value < 0 for 2ms
  cooldown 7ms
}
rule longer on s { medium when prev(value, 2) < value clear after 9ms }
`;

/** Where keys meet, state is not of single keys. */
const SITES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float  lateness 4ms  idle 10ms  expire 200ms }
stream of_site = from s window tumbling 10ms by site select count() as n, sum(value) as total
stream of_all = from of_site window hopping 40ms every 20ms by global select sum(n) as n
`;

const streams = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      site: fc.constantFrom('north', 'south'),
      delayMs: fc.constantFrom(0, 0, 0, 1, 2, 5),
      stepMs: fc.constantFrom(0, 1, 1, 2, 5, 20, 90),
      value: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  )
  .map(steps => {
    let arrivalMs = 1_000;
    return steps.map(({ key, site, delayMs, stepMs, value }): TestEvent => {
      arrivalMs += stepMs;
      return { key, site, timeUs: (arrivalMs - delayMs) * 1_000, arrivalUs: arrivalMs * 1_000, value };
    });
  });

/**
 * A part is begun after `begin` events; so many events are handled between one slice and the next, behind the last one the
 * end of the source. Another one was begun before: as the first of a chain, or to be given up after so many slices. With 16
 * keys at most, one in each partition, some events are refused.
 */
const savings = fc.record({
  begin: fc.nat(40),
  between: fc.nat(3),
  sliceKeys: fc.integer({ min: 1, max: 3 }),
  givenUpAfter: fc.option(fc.nat(3)),
  maxKeys: fc.constantFrom(undefined, undefined, 16),
  arrivalClock: fc.constantFrom('recorded', 'as-read'),
});

describe.each([
  ['lateness 0s', RULES.replace('LATENESS', '0s')],
  ['lateness 4ms', RULES.replace('LATENESS', '4ms')],
  ['unique', RULES.replace('LATENESS', '0s  unique by value within 50ms')],
  ['keys meet', SITES],
])('a part that is saved while events go on (%s)', (_name, rules) => {
  const plan = planOf(rules);

  it('is the state as it was when the part was begun', () => {
    fc.assert(
      fc.property(streams, savings, fc.boolean(), (events, { begin, maxKeys, arrivalClock, ...how }, isChanged) => {
        const options: RunOptions = { maxKeys, arrivalClocks: { s: arrivalClock } };
        const whole = new Run(plan, options);
        whole.push(events.slice(0, begin));
        whole.outputs.clear();
        whole.push(events.slice(begin));
        whole.engine.finish('s');

        const first = new Run(plan, options);
        const half = Math.floor(begin / 2);
        const chain = isChanged ? first.savePart('all', events.slice(0, half), how) : [];
        if (!isChanged) first.giveUpPart(events.slice(0, half), how);
        first.push(events.slice(half, begin));
        const streamsThen = first.engine.streamStates();
        const part = first.savePart(isChanged ? 'changed' : 'all', events.slice(begin), { ...how, isToEnd: true });

        const second = new Run(plan, { ...options, symbols: first.symbols });
        second.engine.restoreState([...chain, ...part], {
          streams: streamsThen,
          isOwned: () => true,
          keptOf: keptIn(part[0]!),
        });
        second.push(events.slice(begin));
        second.engine.finish('s');
        expect(second.outputs.byKey()).toEqual(whole.outputs.byKey());
      }),
      runs(150),
    );
  });
});

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 's.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

class Outputs {
  #all: { readonly name: string; readonly output: unknown }[] = [];

  add(name: string, output: unknown): void {
    this.#all.push({ name, output });
  }

  clear(): void {
    this.#all = [];
  }

  byKey(): Record<string, unknown[]> {
    return Object.fromEntries(
      [...Map.groupBy(this.#all, ({ name }) => name)]
        .map(([name, of]) => [name, of.map(({ output }) => output)])
        .sort(),
    );
  }
}

type RunOptions = Pick<EngineOptions, 'maxKeys' | 'arrivalClocks' | 'symbols'>;

class Run {
  readonly outputs = new Outputs();
  readonly symbols: SymbolTable;
  readonly engine: Engine;

  constructor(plan: Plan, { symbols = new SymbolTable(), ...options }: RunOptions) {
    this.symbols = symbols;
    this.engine = new Engine(plan, {
      ...options,
      symbols,
      rowStreams: plan.nodes.flatMap(node => (node.kind === 'select' ? [node.id] : [])),
      onRows: batch => {
        for (const row of batch.rows) this.outputs.add(`${batch.stream} ${JSON.stringify(row.key)}`, row);
      },
      onAlert: change => this.outputs.add(`${change.rule} ${JSON.stringify(change.key)}`, change),
    });
  }

  push(events: readonly TestEvent[]): void {
    if (events.length > 0) this.engine.push(batchOf(events, this.symbols));
  }

  /** Handles the events, and begins a part of which nothing becomes. */
  giveUpPart(
    events: readonly TestEvent[],
    { sliceKeys, givenUpAfter }: { readonly sliceKeys: number; readonly givenUpAfter: number | null },
  ): void {
    this.push(events);
    if (givenUpAfter === null) return;
    const part = this.engine.beginPart({ extent: 'all', leastKeys: sliceKeys, onSaved: () => {} });
    for (let slice = 0; slice < givenUpAfter; slice++) part.saveSlice(sliceKeys);
    part.giveUp();
    expect(part.isComplete).toBe(true);
  }

  /** Begins a part, and handles the events while it is saved; all of them in any case. */
  savePart(
    extent: 'all' | 'changed',
    events: readonly TestEvent[],
    how: { readonly between: number; readonly sliceKeys: number; readonly isToEnd?: boolean },
  ): Snapshot[] {
    const chunks: Snapshot[] = [];
    const part = this.engine.beginPart({ extent, leastKeys: how.sliceKeys, onSaved: chunk => chunks.push(chunk) });
    let next = 0;
    let isEnded = false;
    while (!part.isComplete) {
      this.push(events.slice(next, next + how.between));
      next += how.between;
      if (how.isToEnd === true && next >= events.length && !isEnded) {
        this.engine.finish('s');
        isEnded = true;
      }
      part.saveSlice(how.sliceKeys);
    }
    this.push(events.slice(next));
    return structuredClone(chunks);
  }
}

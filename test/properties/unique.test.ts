import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlanNode, UniqueEvents } from '../../dsl/plan.ts';
import { readScalar, SymbolTable } from '../../engine/batch.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/operator.ts';
import type { RowColumns } from '../../engine/runtime/row-batch.ts';
import { batchOf, bySite, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { keptIn, takePart } from '../oracle/state-parts.ts';
import { runs } from '../oracle/runs.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
});

const uniques: fc.Arbitrary<UniqueEvents> = fc.record({
  fields: fc.subarray(['site', 'value']),
  isOfTime: fc.boolean(),
  withinUs: fc.constantFrom(1, 5, 20, 100, 1_000),
});

/** Few values, so that much is repeated: at once, in time, late, or when it is taken again. */
const streams = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      site: fc.constantFrom('north', 'south'),
      delayUs: fc.constantFrom(0, 0, 1, 2, 5, 12, 40),
      stepUs: fc.constantFrom(0, 0, 0, 1, 1, 2, 5, 20, 60),
      value: fc.constantFrom(null, 0, -0, 1),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  )
  .map(steps => {
    let arrivalUs = 1_000;
    return steps.map(({ key, site, delayUs, stepUs, value }): TestEvent => {
      arrivalUs += stepUs;
      return { key, site, timeUs: arrivalUs - delayUs, arrivalUs, value };
    });
  });

/** Where the input is cut, and where the engine is restored: of its whole state, or of the parts of a chain. */
const interruptions = fc.record({
  cuts: fc.array(fc.nat(60), { maxLength: 6 }),
  snapshots: fc.array(fc.nat(60), { maxLength: 3 }),
  parts: fc.uniqueArray(fc.nat(60), { maxLength: 6 }),
  restarts: fc.array(fc.nat(60), { maxLength: 3 }),
});

const nodes: Readonly<Record<string, readonly PlanNode[]>> = {
  'of their own key': [{ kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 10, aggregates: countAndSum }],
  'by site': [bySite, { kind: 'tumbling-window', id: 'w', input: 'by', sizeUs: 10, aggregates: countAndSum }],
};

const ends: readonly PlanNode[] = [
  {
    kind: 'select',
    id: 'shown',
    input: 'w',
    fields: [
      { name: 'count', type: 'int', column: '#count' },
      { name: 'sum', type: 'float', column: '#sum' },
      { name: 'first', type: 'float', column: '#first' },
    ],
  },
  { kind: 'store', id: 'raw', input: 's', keepUs: null },
];

describe.each(Object.entries(nodes))('repetitions left out of windows %s', (_name, consumers) => {
  it.each(['recorded', 'as-read'] as const)('leave what the same stream gives without them (%s)', arrivalClock => {
    fc.assert(
      fc.property(clocks, uniques, streams, interruptions, (clock, unique, sent, how) => {
        const events = arrivalClock === 'recorded' ? sent : asRead(sent);
        const plan = planOf(clock, ...consumers, ...ends);
        const isRepetition = repetitionsIn(events, unique);
        const expected = new Run(plan);
        events.forEach((event, i) => (isRepetition[i] ? expected.tick(event.arrivalUs) : expected.push([event])));
        const { raw, shown, late } = expected.end();

        const run = runInterrupted(new Run(withUnique(plan, unique), arrivalClock), events, how);
        expect(run.repeated).toBe(isRepetition.filter(Boolean).length);
        expect(run.late).toBe(late);
        expect(run.shown).toEqual(shown);
        expect(run.raw).toEqual(raw);
      }),
      runs(),
    );
  });
});

/** In plain words: what equals, in what is named, an event of its key that was taken less than `within` before. */
function repetitionsIn(events: readonly TestEvent[], { fields, isOfTime, withinUs }: UniqueEvents): boolean[] {
  const taken: TestEvent[] = [];
  return events.map(event => {
    const isRepetition = taken.some(
      before =>
        before.key === event.key &&
        event.arrivalUs < before.arrivalUs + withinUs &&
        (!isOfTime || before.timeUs === event.timeUs) &&
        (!fields.includes('site') || before.site === event.site) &&
        (!fields.includes('value') || before.value === event.value),
    );
    if (!isRepetition) taken.push(event);
    return isRepetition;
  });
}

function asRead(events: readonly TestEvent[]): TestEvent[] {
  let arrivalUs = -Infinity;
  return events.map(event => {
    arrivalUs = Math.max(arrivalUs, event.timeUs);
    return { ...event, arrivalUs };
  });
}

function withUnique(plan: Plan, unique: UniqueEvents): Plan {
  return { ...plan, nodes: plan.nodes.map(node => (node.kind === 'source' ? { ...node, unique } : node)) };
}

type Result = {
  /** By key, since the order of different keys may depend on how the input is cut; of raw rows also arrival and late. */
  readonly shown: Readonly<Record<string, readonly string[]>>;
  readonly raw: Readonly<Record<string, readonly string[]>>;
  readonly late: number;
  readonly repeated: number;
};

class Run {
  readonly #plan: Plan;
  readonly #options: EngineOptions;
  readonly #symbols = new SymbolTable();
  readonly #rows: Record<'shown' | 'raw', Record<string, string[]>> = { shown: {}, raw: {} };
  #engine: Engine;
  #chain: Snapshot[] = [];

  constructor(plan: Plan, arrivalClock: 'recorded' | 'as-read' = 'recorded') {
    this.#plan = plan;
    this.#options = {
      symbols: this.#symbols,
      rowStreams: ['shown', 'raw'],
      arrivalClocks: { s: arrivalClock },
      onRowColumns: rows => this.#add(rows),
    };
    this.#engine = new Engine(plan, this.#options);
  }

  push(events: readonly TestEvent[]): void {
    this.#engine.push(batchOf(events, this.#symbols));
  }

  tick(arrivalUs: number): void {
    this.#engine.tick('s', arrivalUs);
  }

  restoreWhole(): void {
    const snapshot = structuredClone(this.#engine.snapshot());
    this.#engine = new Engine(this.#plan, { ...this.#options, snapshot });
    this.#chain = [];
  }

  takePart(): void {
    this.#chain.push(...takePart(this.#engine, this.#chain.length === 0 ? 'all' : 'changed'));
  }

  restoreParts(): void {
    this.takePart();
    const streams = this.#engine.streamStates();
    this.#engine = new Engine(this.#plan, this.#options);
    this.#engine.restoreState(this.#chain, { streams, isOwned: () => true, keptOf: keptIn(this.#chain[0]!) });
    this.#chain = [];
  }

  end(): Result {
    this.#engine.finish('s');
    const { late, repeated } = this.#engine.counters();
    return { ...this.#rows, late, repeated };
  }

  #add({ stream, length, timeUs, key, columns, own = [] }: RowColumns): void {
    expect(length).toBeGreaterThan(0);
    const byKey = this.#rows[stream as 'shown' | 'raw']; // as: rows of no others are wanted
    for (let row = 0; row < length; row++) {
      const [name, ...values] = [...key, ...columns, ...own].map(column => readScalar(column, row, this.#symbols));
      (byKey[String(name)] ??= []).push(`${timeUs[row]}: ${values.join(' ')}`);
    }
  }
}

function runInterrupted(
  run: Run,
  events: readonly TestEvent[],
  how: {
    readonly cuts: readonly number[];
    readonly snapshots: readonly number[];
    readonly parts: readonly number[];
    readonly restarts: readonly number[];
  },
): Result {
  const starts = [...new Set([0, ...Object.values(how).flat()])].filter(i => i < events.length).sort((a, b) => a - b);
  starts.forEach((start, i) => {
    if (how.snapshots.includes(start)) run.restoreWhole();
    if (how.parts.includes(start)) run.takePart();
    if (how.restarts.includes(start)) run.restoreParts();
    run.push(events.slice(start, starts[i + 1]));
  });
  return run.end();
}

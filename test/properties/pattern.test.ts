import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateColumn, Expression, MatchNode, PatternPart, Plan, PlanNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/operator.ts';
import { type ArrivedEvent, seenByKeys } from '../oracle/event-time.ts';
import { matchesOf } from '../oracle/pattern.ts';
// x
import { chainPatterns } from '../oracle/chain-cases.ts';
import {
  conditionNodes,
  crowdedEvents,
  crowdedPatterns,
  patternEvents,
  patterns,
  rowOf,
} from '../oracle/pattern-cases.ts';
import { batchOf, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';
import { keptIn, takePart } from '../oracle/state-parts.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
});

/** Where the input is cut, where it ticks, and where the engine is restored: of its whole state, or of the parts of a chain. */
const interruptions = fc.record({
  cuts: fc.array(fc.nat(40), { maxLength: 6 }),
  ticks: fc.array(fc.nat(40), { maxLength: 6 }),
  snapshots: fc.array(fc.nat(40), { maxLength: 3 }),
  parts: fc.uniqueArray(fc.nat(40), { maxLength: 6 }),
  restarts: fc.array(fc.nat(40), { maxLength: 3 }),
});

const UNINTERRUPTED: How = { cuts: [], ticks: [], snapshots: [], parts: [], restarts: [] };

describe('matches', () => {
  it('are those of the oracle, however the input is cut and interrupted', () => {
    fc.assert(fc.property(clocks, patterns, patternEvents, interruptions, expectThoseOfOracle), runs());
  });

  it('are those of the oracle where many of them wait', () => {
    const rarely = fc.record({
      cuts: fc.array(fc.nat(160), { maxLength: 6 }),
      ticks: fc.array(fc.nat(160), { maxLength: 3 }),
      snapshots: fc.array(fc.nat(160), { maxLength: 1 }),
      parts: fc.uniqueArray(fc.nat(160), { maxLength: 2 }),
      restarts: fc.array(fc.nat(160), { maxLength: 1 }),
    });
    const clock = fc.constant({ latenessUs: 0, idleUs: null });
    fc.assert(fc.property(clock, crowdedPatterns, crowdedEvents, rarely, expectThoseOfOracle), runs(200));
  });

  it('are those of the oracle where each row moves a partial match on or ends it', () => {
    fc.assert(fc.property(clocks, chainPatterns, patternEvents, interruptions, expectThoseOfOracle), runs());
  });

  it('of rows of windows are the same, however the input is cut and interrupted', () => {
    const settings = fc.record({
      skip: fc.constantFrom('past-last' as const, 'none' as const),
      on: fc.constantFrom('match' as const, 'timeout' as const),
      withinUs: fc.constantFrom(10, 40),
      forUs: fc.constantFrom(0, 5),
    });
    fc.assert(
      fc.property(clocks, settings, patternEvents, interruptions, (clock, { forUs, ...rest }, events, how) => {
        const step = (event: number): PatternPart => ({ kind: 'event', event, min: 1, max: 1 });
        const second: PatternPart = forUs === 0 ? step(1) : { kind: 'absence', event: 1, forUs };
        const node: MatchNode = {
          kind: 'match',
          id: 'w',
          input: 'threes',
          root: { kind: 'sequence', parts: [step(0), second], arrows: ['next'], withinUs: null, min: 1, max: 1 },
          events: ['#many', null].map((when, i) => ({ name: `e${i}`, rows: null, when, condition: null })),
          unless: [],
          ...rest,
          maxPartial: 1_000,
          values: [{ name: '#n', event: 0, take: { kind: 'first' }, column: '#count', type: 'int' }],
        };
        const windows: PlanNode[] = [
          { kind: 'tumbling-window', id: 'threes', input: 's', sizeUs: 3, aggregates: [countOf('#count')] },
          { kind: 'compute', id: '#many', input: 'threes', expression: isAtLeast('#count', 2) },
        ];
        const plan = planOf(clock, ...windows, node, shown(node));
        expect(run(plan, events, how)).toEqual(run(plan, events, UNINTERRUPTED));
      }),
      runs(),
    );
  });

  it('go on to windows and to another key in one order', () => {
    fc.assert(
      fc.property(
        clocks,
        fc.oneof(patterns, chainPatterns),
        patternEvents,
        interruptions,
        fc.boolean(),
        (clock, node, events, how, isGlobal) => {
          const behind: PlanNode[] = [
            {
              kind: 'tumbling-window',
              id: 'tens',
              input: 'w',
              sizeUs: 10,
              aggregates: [countOf('#n')],
            },
            {
              kind: 'rekey',
              id: 'by',
              input: isGlobal ? 'w' : 'tens',
              by: [],
              fields: [{ name: 'device', type: 'symbol' }],
            },
            {
              kind: 'session-window',
              id: 'all',
              input: 'by',
              gapUs: 5,
              maxUs: null,
              aggregates: [countOf('#n')],
            },
            { kind: 'select', id: 'shown', input: 'all', fields: [{ name: 'n', type: 'int', column: '#n' }] },
          ];
          const plan = planOf(clock, ...conditionNodes, node, ...behind);
          expect(run(plan, events, how)).toEqual(run(plan, events, UNINTERRUPTED));
        },
      ),
      runs(),
    );
  });
});

function expectThoseOfOracle(
  clock: { readonly latenessUs: number; readonly idleUs: number | null },
  node: MatchNode,
  events: readonly TestEvent[],
  how: How,
): void {
  const { rows, dropped } = run(planOf(clock, ...conditionNodes, node, shown(node)), events, how);
  let droppedCount = 0;
  for (const [key, steps] of seenByKeys(events, clock).stepsByKey) {
    const seen = steps.flatMap(step => (step.kind === 'row' ? [step.event as ArrivedEvent & TestEvent] : []));
    const watermarkUs = Math.max(...steps.flatMap(step => (step.kind === 'watermark' ? [step.us] : [])));
    const expected = matchesOf(node, seen.map(rowOf), watermarkUs);
    const found = expected.found.map(({ timeUs, values }) => ({ timeUs, values: withoutMarks(values) }));
    const own = rows.filter(row => row.key['device'] === key);
    expect(own.map(({ timeUs, values }) => ({ timeUs, values }))).toEqual(found);
    droppedCount += expected.dropped;
  }
  expect(dropped).toBe(droppedCount);
}

function countOf(name: string): AggregateColumn {
  return { name, aggregate: 'count', arguments: [], type: 'int' };
}

function isAtLeast(column: string, value: number): Expression {
  const left = { kind: 'column', type: 'int', column } as const;
  return { kind: 'compare', type: 'bool', operator: '>=', left, right: { kind: 'literal', type: 'int', value } };
}

function withoutMarks<V>(values: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.slice(1), value]));
}

function shown(node: MatchNode): PlanNode {
  const fields = node.values.map(({ name, type }) => ({ name: name.slice(1), type, column: name }));
  return { kind: 'select', id: 'shown', input: 'w', fields };
}

type How = {
  readonly cuts: readonly number[];
  readonly ticks: readonly number[];
  readonly snapshots: readonly number[];
  readonly parts: readonly number[];
  readonly restarts: readonly number[];
};

function run(
  plan: Plan,
  events: readonly TestEvent[],
  how: How,
): { readonly rows: OutputRow[]; readonly dropped: number } {
  const rows: OutputRow[] = [];
  const symbols = new SymbolTable();
  const options: EngineOptions = { symbols, rowStreams: ['shown'], onRows: batch => rows.push(...batch.rows) };
  let engine = new Engine(plan, options);
  let dropped = 0;
  const countDropped = () => {
    for (const { count } of engine.takeDropped()) dropped += count;
  };
  let chain: Snapshot[] = [];
  const savePart = () => chain.push(...takePart(engine, chain.length === 0 ? 'all' : 'changed'));
  const starts = [...new Set([0, ...Object.values(how).flat()])].filter(i => i < events.length).sort((a, b) => a - b);
  starts.forEach((start, i) => {
    if (how.snapshots.includes(start)) {
      engine = new Engine(plan, { ...options, snapshot: structuredClone(engine.snapshot()) });
      chain = [];
    }
    if (how.parts.includes(start)) savePart();
    if (how.restarts.includes(start)) {
      savePart();
      const streams = engine.streamStates();
      engine = new Engine(plan, options);
      engine.restoreState(chain, { streams, isOwned: () => true, keptOf: keptIn(chain[0]!) });
      chain = [];
    }
    if (how.ticks.includes(start)) engine.tick('s', events[start]!.arrivalUs);
    engine.push(batchOf(events.slice(start, starts[i + 1]), symbols));
    countDropped();
  });
  engine.finish('s');
  countDropped();
  return { rows, dropped };
}

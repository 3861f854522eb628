import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MatchNode, Plan, PlanNode } from '../../dsl/plan.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { type ArrivedEvent, seenByKeys } from '../oracle/event-time.ts';
import { matchesOf } from '../oracle/pattern.ts';
import { conditionNodes, patternEvents, patterns, rowOf } from '../oracle/pattern-cases.ts';
import { batchOf, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
});

/** Where the input is cut into batches, where it ticks, and where the engine is stopped and restored. */
const interruptions = fc.record({
  cuts: fc.array(fc.nat(40), { maxLength: 6 }),
  ticks: fc.array(fc.nat(40), { maxLength: 6 }),
  restarts: fc.array(fc.nat(40), { maxLength: 4 }),
});

describe('matches', () => {
  it('are those of the oracle, however the input is cut and interrupted', () => {
    fc.assert(
      fc.property(clocks, patterns, patternEvents, interruptions, (clock, node, events, how) => {
        const rows = run(planOf(clock, ...conditionNodes, node, shown(node)), events, how);
        for (const [key, steps] of seenByKeys(events, clock).stepsByKey) {
          const seen = steps.flatMap(step =>
            step.kind === 'row' ? [rowOf(step.event as ArrivedEvent & TestEvent)] : [],
          );
          const watermarkUs = Math.max(...steps.flatMap(step => (step.kind === 'watermark' ? [step.us] : [])));
          const { found } = matchesOf(node, seen, watermarkUs);
          expect(rows.filter(row => row.key['device'] === key).map(withoutKey)).toEqual(
            found.map(({ timeUs, values }) => ({ timeUs, values: renamed(values) })),
          );
        }
      }),
      runs(),
    );
  });
});

function withoutKey({ timeUs, values }: OutputRow) {
  return { timeUs, values };
}

function renamed<V>(values: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.slice(1), value]));
}

function shown(node: MatchNode): PlanNode {
  const fields = node.values.map(({ name, type }) => ({ name, type, column: name }));
  return {
    kind: 'select',
    id: 'shown',
    input: 'w',
    fields: fields.map(field => ({ ...field, name: field.name.slice(1) })),
  };
}

type How = {
  readonly cuts: readonly number[];
  readonly ticks: readonly number[];
  readonly restarts: readonly number[];
};

function run(plan: Plan, events: readonly TestEvent[], how: How): OutputRow[] {
  const rows: OutputRow[] = [];
  const options: EngineOptions = { rowStreams: ['shown'], onRows: batch => rows.push(...batch.rows) };
  let engine = new Engine(plan, options);
  const starts = [...new Set([0, ...how.cuts, ...how.ticks, ...how.restarts])]
    .filter(i => i < events.length)
    .sort((a, b) => a - b);
  starts.forEach((start, i) => {
    if (how.restarts.includes(start)) {
      engine = new Engine(plan, { ...options, snapshot: structuredClone(engine.snapshot()) });
    }
    if (how.ticks.includes(start)) engine.tick('s', events[start]!.arrivalUs);
    engine.push(batchOf(events.slice(start, starts[i + 1]), engine.symbols));
  });
  engine.finish('s');
  return rows;
}

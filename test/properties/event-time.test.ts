import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  AggregateColumn,
  HoppingWindowNode,
  Plan,
  PlanNode,
  SelectNode,
  TumblingWindowNode,
  WindowNode,
} from '../../dsl/plan.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { type ArrivedEvent, type Seen, seenByKeys, type Step } from '../oracle/event-time.ts';
import { alignedPanes, type PaneKind, sessionPanes, shownPanes, statePanes } from '../oracle/shown-panes.ts';
import { closedPanes, countedPanes, type OwnPane } from '../oracle/panes.ts';
import { batchOf, bySite, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
});

/** Several devices whose clocks disagree, some ahead of arrival, out of order, with ties; arrival never falls. */
const streams = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      delayUs: fc.constantFrom(0, 0, 0, 1, 2, 5, 12, 40, -4, -30),
      stepUs: fc.constantFrom(0, 0, 1, 1, 2, 5, 20, 60),
      value: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map(steps => {
    let arrivalUs = 1_000;
    return steps.map(({ key, delayUs, stepUs, value }): TestEvent => {
      arrivalUs += stepUs;
      const site = key < 'c' ? 'north' : 'south';
      return { key, site, timeUs: arrivalUs - delayUs, arrivalUs, value };
    });
  });

/** Where the input is cut into batches, where it ticks, and where the engine is stopped and restored. */
const interruptions = fc.record({
  cuts: fc.array(fc.nat(60), { maxLength: 6 }),
  ticks: fc.array(fc.nat(60), { maxLength: 6 }),
  restarts: fc.array(fc.nat(60), { maxLength: 3 }),
});

const windows = fc.constantFrom(
  { sizeUs: 5, everyUs: 5 },
  { sizeUs: 10, everyUs: 10 },
  { sizeUs: 10, everyUs: 5 },
  { sizeUs: 7, everyUs: 3 },
);

describe('panes', () => {
  it('hold what the oracle says, late events left out, however the input is cut and interrupted', () => {
    fc.assert(
      fc.property(clocks, streams, windows, interruptions, (clock, events, window, how) => {
        const plan = planOf(clock, windowNode(window), shown);
        expectPanes(run(plan, events, how), seenByKeys(events, clock), window);
      }),
      runs(),
    );
  });
});

/** Windows whose panes events open and close, each with what closes its panes. */
const ownWindows: fc.Arbitrary<OwnWindow> = fc.oneof(
  fc.record({ gapUs: fc.constantFrom(1, 3, 10), maxUs: fc.constantFrom(null, 5, 20) }).map(
    (shape): OwnWindow => ({
      columns: [],
      node: { kind: 'session-window', id: 'w', input: 's', ...shape, aggregates: countAndSum },
      close: steps => shownPanes(steps, sessionPanes(shape), null),
    }),
  ),
  fc
    .record({ size: fc.integer({ min: 1, max: 7 }), every: fc.integer({ min: 1, max: 7 }) })
    .map(({ size, every }) => ({ size, every: Math.min(size, every) }))
    .map(
      (shape): OwnWindow => ({
        columns: [],
        node: { kind: 'count-window', id: 'w', input: 's', ...shape, aggregates: countAndSum },
        close: steps => countedPanes(steps, shape),
      }),
    ),
  fc.record({ toLeast: fc.constantFrom(-2, 0, 3), maxUs: fc.constantFrom(null, 5, 20) }).map(
    ({ toLeast, maxUs }): OwnWindow => ({
      columns: [comparison('#from', '>=', 2), comparison('#to', '<=', toLeast)],
      node: { kind: 'state-window', id: 'w', input: 's', from: '#from', to: '#to', maxUs, aggregates: countAndSum },
      close: steps => {
        const from = ({ value }: ArrivedEvent) => value !== null && value >= 2;
        const to = ({ value }: ArrivedEvent) => value !== null && value <= toLeast;
        return shownPanes(steps, statePanes({ from, to, maxUs }), null);
      },
    }),
  ),
);

type OwnWindow = {
  readonly columns: readonly PlanNode[];
  readonly node: WindowNode;
  close(steps: readonly Step[]): OwnPane[];
};

function comparison(id: string, operator: '>=' | '<=', value: number): PlanNode {
  const left = { kind: 'column', type: 'float', column: 'value' } as const;
  const right = { kind: 'literal', type: 'float', value } as const;
  return { kind: 'compute', id, input: 's', expression: { kind: 'compare', type: 'bool', operator, left, right } };
}

describe('panes that events open', () => {
  it('hold what the oracle says, late events left out, however the input is cut and interrupted', () => {
    fc.assert(
      fc.property(clocks, streams, ownWindows, interruptions, (clock, events, { columns, node, close }, how) => {
        const { rows, late } = run(planOf(clock, ...columns, node, shownOf(node)), events, how);
        const seen = seenByKeys(events, clock);
        expect(late).toBe(seen.late.length);
        for (const [key, steps] of seen.stepsByKey) {
          const own = rows
            .filter(row => row.key['device'] === key)
            .map(row => ({ startUs: row.timeUs, ...row.values }));
          const expected = close(steps).map(({ startUs, untilUs, durationUs, events: inside }) => {
            const duration = durationUs === null ? {} : { duration: durationUs };
            return { startUs, ...summary(inside), until: untilUs, ...duration };
          });
          expect(own).toEqual(expected);
        }
      }),
      runs(),
    );
  });

  it('give rows to other windows and other keys in one order', () => {
    fc.assert(
      fc.property(
        clocks,
        streams,
        ownWindows,
        interruptions,
        fc.boolean(),
        (clock, events, { columns, node }, how, isGlobal) => {
          const nodes: PlanNode[] = [
            ...columns,
            { ...node, id: 'own' },
            {
              kind: 'tumbling-window',
              id: 'tens',
              input: 'own',
              sizeUs: 10,
              aggregates: [{ name: '#sum', aggregate: 'sum', arguments: ['#sum'], type: 'float' }],
            },
            {
              kind: 'rekey',
              id: 'by',
              input: isGlobal ? 'tens' : 'own',
              by: [],
              fields: [{ name: '#sum', type: 'float' }],
            },
            { kind: 'session-window', id: 'w', input: 'by', gapUs: 5, maxUs: null, aggregates: countOfSums },
            { ...shown, fields: [{ name: 'count', type: 'int', column: '#count' }] },
          ];
          const plan = planOf(clock, ...nodes);
          const whole = run(plan, events, { cuts: [], ticks: [], restarts: [] });
          expect(run(plan, events, how)).toEqual(whole);
        },
      ),
      runs(),
    );
  });
});

/** Windows whose open panes give rows, each with what its panes are. */
const earlyWindows: fc.Arbitrary<EarlyWindow> = fc
  .record({
    emitEveryUs: fc.constantFrom(1, 2, 5, 8),
    kind: fc.constantFrom<EarlyWindow['kind']>('tumbling', 'hopping', 'hopping', 'session', 'state'),
    size: fc.constantFrom({ sizeUs: 10, everyUs: 5 }, { sizeUs: 7, everyUs: 3 }, { sizeUs: 30, everyUs: 10 }),
    maxUs: fc.constantFrom(null, 5, 20),
  })
  .map(({ emitEveryUs, kind, size, maxUs }): EarlyWindow => {
    const common = { id: 'w', input: 's', emitEveryUs, aggregates: countAndSum };
    switch (kind) {
      case 'tumbling': {
        const { sizeUs } = size;
        const panes = alignedPanes({ sizeUs, everyUs: sizeUs });
        return { kind, columns: [], node: { kind: 'tumbling-window', sizeUs, ...common }, panes, emitEveryUs };
      }
      case 'hopping':
        return {
          kind,
          columns: [],
          node: { kind: 'hopping-window', ...size, ...common },
          panes: alignedPanes(size),
          emitEveryUs,
        };
      case 'session': {
        const shape = { gapUs: size.everyUs, maxUs };
        const panes = sessionPanes(shape);
        return { kind, columns: [], node: { kind: 'session-window', ...shape, ...common }, panes, emitEveryUs };
      }
      case 'state': {
        const from = ({ value }: ArrivedEvent) => value !== null && value >= 2;
        const to = ({ value }: ArrivedEvent) => value !== null && value <= 0;
        return {
          kind,
          columns: [comparison('#from', '>=', 2), comparison('#to', '<=', 0)],
          node: { kind: 'state-window', from: '#from', to: '#to', maxUs, ...common },
          panes: statePanes({ from, to, maxUs }),
          emitEveryUs,
        };
      }
    }
  });

type EarlyWindow = {
  readonly kind: 'tumbling' | 'hopping' | 'session' | 'state';
  readonly columns: readonly PlanNode[];
  readonly node: WindowNode;
  readonly panes: PaneKind;
  readonly emitEveryUs: number;
};

describe('early rows', () => {
  it('are those of the oracle, with their revisions, however the input is cut and interrupted', () => {
    fc.assert(
      fc.property(clocks, streams, earlyWindows, interruptions, (clock, events, early, how) => {
        const { columns, node, panes, emitEveryUs } = early;
        const duration = { name: 'duration', type: 'duration', column: '#duration' } as const;
        const until = { name: 'until', type: 'time', column: 'until' } as const;
        const hasDuration = early.kind === 'session' || early.kind === 'state';
        const select = { ...shown, fields: [...shown.fields, until, ...(hasDuration ? [duration] : [])] };
        const { rows } = run(planOf(clock, ...columns, node, select), events, how);
        for (const [key, steps] of seenByKeys(events, clock).stepsByKey) {
          const own = rows.filter(row => row.key['device'] === key).map(row => ({ time: row.timeUs, ...row.values }));
          const expected = shownPanes(steps, panes, emitEveryUs).map(pane => ({
            time: pane.startUs,
            ...summary(pane.events),
            until: pane.untilUs,
            ...(pane.durationUs === null ? {} : { duration: pane.durationUs }),
            revision: pane.revision,
          }));
          expect(own).toEqual(expected);
        }
      }),
      runs(),
    );
  });

  it('are seen by nobody behind the window, also by another key', () => {
    fc.assert(
      fc.property(clocks, streams, earlyWindows, interruptions, (clock, events, { columns, node }, how) => {
        const behind: PlanNode[] = [
          { kind: 'select', id: 'named', input: 'w', fields: [{ name: 'sum', type: 'float', column: '#sum' }] },
          { kind: 'rekey', id: 'by', input: 'named', by: [], fields: [{ name: 'sum', type: 'float' }] },
          {
            kind: 'session-window',
            id: 'v',
            input: 'by',
            gapUs: 5,
            maxUs: null,
            aggregates: [
              { name: '#count', aggregate: 'count', arguments: [], type: 'int' },
              { name: '#total', aggregate: 'sum', arguments: ['sum'], type: 'float' },
            ],
          },
          {
            kind: 'select',
            id: 'shown',
            input: 'v',
            fields: [
              { name: 'count', type: 'int', column: '#count' },
              { name: 'total', type: 'float', column: '#total' },
            ],
          },
        ];
        const { emitEveryUs: _, ...closing } = node as WindowNode & { emitEveryUs?: number };
        const expected = run(planOf(clock, ...columns, closing as WindowNode, ...behind), events, {
          cuts: [],
          ticks: [],
          restarts: [],
        });
        expect(run(planOf(clock, ...columns, node, ...behind), events, how)).toEqual(expected);
      }),
      runs(),
    );
  });
});

describe('late events', () => {
  it('are a stream of those that the oracle leaves out, at the time of their arrival', () => {
    fc.assert(
      fc.property(clocks, streams, interruptions, fc.boolean(), (clock, events, how, isAsRead) => {
        const late = seenByKeys(isAsRead ? asRead(events) : events, clock).late;
        const { rows } = run(planOf(clock, ...lateRows), events, { ...how, isAsRead });
        expect(rows.map(({ key, timeUs, values }) => ({ ...key, timeUs, ...values }))).toEqual(
          late.map(({ key, timeUs, arrivalUs, value }) => ({
            device: key,
            timeUs: arrivalUs,
            value,
            event_time: timeUs,
          })),
        );
      }),
      runs(),
    );
  });
});

const lateRows: PlanNode[] = [
  {
    kind: 'side',
    id: 's#late',
    input: 's',
    side: 'late',
    fields: [
      { name: 'device', type: 'symbol' },
      { name: 'value', type: 'float' },
      { name: 'event_time', type: 'time' },
    ],
  },
  {
    kind: 'select',
    id: 'shown',
    input: 's#late',
    fields: [
      { name: 'value', type: 'float', column: 'value' },
      { name: 'event_time', type: 'time', column: 'event_time' },
    ],
  },
];

describe('of a source that records no arrivals', () => {
  it('panes hold what the oracle says, with arrival as the highest time so far', () => {
    fc.assert(
      fc.property(clocks, streams, windows, interruptions, (clock, events, window, how) => {
        const plan = planOf(clock, windowNode(window), shown);
        expectPanes(run(plan, events, { ...how, isAsRead: true }), seenByKeys(asRead(events), clock), window);
      }),
      runs(),
    );
  });

  it('all outputs come in one order', () => {
    fc.assert(
      fc.property(clocks, streams, windows, interruptions, (clock, events, window, how) => {
        const plan = planOf(clock, windowNode(window), shown);
        const whole = run(plan, events, { cuts: [], ticks: [], restarts: [], isAsRead: true });
        expect(run(plan, events, { ...how, isAsRead: true })).toEqual(whole);
      }),
      runs(),
    );
  });
});

/** Each key has exactly the panes of the oracle, and as many events are late. */
function expectPanes(
  { rows, late }: { readonly rows: readonly OutputRow[]; readonly late: number },
  seen: Seen,
  window: { readonly sizeUs: number; readonly everyUs: number },
): void {
  expect(late).toBe(seen.late.length);
  for (const [key, steps] of seen.stepsByKey) {
    const own = rows.filter(row => row.key['device'] === key).map(row => ({ startUs: row.timeUs, ...row.values }));
    expect(own).toEqual(closedPanes(steps, window).map(pane => ({ startUs: pane.startUs, ...summary(pane.events) })));
  }
}

function asRead(events: readonly TestEvent[]): TestEvent[] {
  let arrivalUs = -Infinity;
  return events.map(event => {
    arrivalUs = Math.max(arrivalUs, event.timeUs);
    return { ...event, arrivalUs };
  });
}

describe('all outputs', () => {
  it('come in one order, however the input is cut and interrupted', () => {
    fc.assert(
      fc.property(clocks, streams, windows, interruptions, fc.boolean(), (clock, events, window, how, isGlobal) => {
        const nodes: PlanNode[] = [{ ...bySite, by: isGlobal ? [] : ['site'] }, windowNode(window, 'by'), shown];
        const plan = planOf(clock, ...nodes);
        const whole = run(plan, events, { cuts: [], ticks: [], restarts: [] });
        expect(run(plan, events, how)).toEqual(whole);
      }),
      runs(),
    );
  });

  it('of one other key after another too', () => {
    fc.assert(
      fc.property(clocks, streams, interruptions, (clock, events, how) => {
        const nodes: PlanNode[] = [
          { ...windowNode({ sizeUs: 3, everyUs: 3 }), id: 'own' },
          bySite,
          { ...windowNode({ sizeUs: 5, everyUs: 5 }, 'by'), id: 'sites' },
          { kind: 'rekey', id: 'all', input: 'sites', by: [], fields: [{ name: '#sum', type: 'float' }] },
          {
            kind: 'tumbling-window',
            id: 'w',
            input: 'all',
            sizeUs: 10,
            aggregates: [{ name: '#total', aggregate: 'sum', arguments: ['#sum'], type: 'float' }],
          },
          { kind: 'select', id: 'shown', input: 'w', fields: [{ name: 'total', type: 'float', column: '#total' }] },
        ];
        const plan = planOf(clock, ...nodes);
        const whole = run(plan, events, { cuts: [], ticks: [], restarts: [] });
        expect(run(plan, events, how)).toEqual(whole);
      }),
      runs(),
    );
  });

  it('of a window over a window too, also by another key', () => {
    fc.assert(
      fc.property(clocks, streams, interruptions, (clock, events, how) => {
        const nodes: PlanNode[] = [
          windowNode({ sizeUs: 5, everyUs: 5 }),
          { kind: 'rekey', id: 'all', input: 'w', by: [], fields: [{ name: '#sum', type: 'float' }] },
          {
            kind: 'tumbling-window',
            id: 'outer',
            input: 'all',
            sizeUs: 10,
            aggregates: [{ name: '#total', aggregate: 'sum', arguments: ['#sum'], type: 'float' }],
          },
          { kind: 'select', id: 'shown', input: 'outer', fields: [{ name: 'total', type: 'float', column: '#total' }] },
        ];
        const plan = planOf(clock, ...nodes);
        const whole = run(plan, events, { cuts: [], ticks: [], restarts: [] });
        expect(run(plan, events, how)).toEqual(whole);
      }),
      runs(),
    );
  });
});

const countOfSums: readonly AggregateColumn[] = [{ name: '#count', aggregate: 'count', arguments: [], type: 'int' }];

const shown: SelectNode = {
  kind: 'select',
  id: 'shown',
  input: 'w',
  fields: [
    { name: 'count', type: 'int', column: '#count' },
    { name: 'sum', type: 'float', column: '#sum' },
    { name: 'first', type: 'float', column: '#first' },
  ],
};

function shownOf({ kind }: WindowNode): SelectNode {
  const duration = { name: 'duration', type: 'duration', column: '#duration' } as const;
  const until = { name: 'until', type: 'time', column: 'until' } as const;
  return { ...shown, fields: [...shown.fields, until, ...(kind === 'count-window' ? [] : [duration])] };
}

function windowNode(window: { sizeUs: number; everyUs: number }, input = 's'): TumblingWindowNode | HoppingWindowNode {
  const common = { id: 'w', input, sizeUs: window.sizeUs, aggregates: countAndSum };
  return window.sizeUs === window.everyUs
    ? { kind: 'tumbling-window', ...common }
    : { kind: 'hopping-window', ...common, everyUs: window.everyUs };
}

function summary(events: readonly ArrivedEvent[]) {
  const values = events.flatMap(event => (event.value === null ? [] : [event.value]));
  return {
    count: events.length,
    sum: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0),
    first: values[0] ?? null,
  };
}

/** Of a source that records no arrivals, they are made of the event times. */
type How = {
  readonly isAsRead?: boolean;
  readonly cuts: readonly number[];
  readonly ticks: readonly number[];
  readonly restarts: readonly number[];
};

function run(plan: Plan, events: readonly TestEvent[], how: How): { rows: OutputRow[]; late: number } {
  const rows: OutputRow[] = [];
  const options: EngineOptions = {
    rowStreams: ['shown'],
    onRows: batch => rows.push(...batch.rows),
    arrivalClocks: { s: how.isAsRead === true ? 'as-read' : 'recorded' },
  };
  let engine = new Engine(plan, options);
  const starts = [...new Set([0, ...how.cuts, ...how.ticks, ...how.restarts])]
    .filter(i => i < events.length)
    .sort((a, b) => a - b);
  starts.forEach((start, i) => {
    if (how.restarts.includes(start))
      engine = new Engine(plan, { ...options, snapshot: structuredClone(engine.snapshot()) });
    if (how.ticks.includes(start) && how.isAsRead !== true) engine.tick('s', events[start]!.arrivalUs);
    engine.push(batchOf(events.slice(start, starts[i + 1]), engine.symbols));
  });
  engine.finish('s');
  return { rows, late: engine.counters().late };
}

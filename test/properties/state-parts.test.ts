import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlanNode, UniqueEvents } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/operator.ts';
import { batchOf, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';
import { keptIn, takePart } from '../oracle/state-parts.ts';

const clocks = fc.record({
  latenessUs: fc.constantFrom(0, 3, 10),
  idleUs: fc.constantFrom(0, 2, 10, 30, null),
  expireUs: fc.constantFrom(null, 40, 100),
  unique: fc.constantFrom(
    undefined,
    { fields: ['value'], isOfTime: false, withinUs: 30 },
    { fields: ['site'], isOfTime: true, withinUs: 200 },
  ),
});

/** Devices come and go, and move between two sites; in the second kind of stream much falls on one instant. */
const streams = fc.oneof(
  streamsOf({ delaysUs: [0, 0, 0, 1, 2, 5, 12, 40], stepsUs: [0, 0, 1, 1, 2, 5, 20, 60] }),
  streamsOf({ delaysUs: [0, 0, 10, 20], stepsUs: [0, 0, 0, 10, 10, 30, 60] }),
);

function streamsOf({
  delaysUs,
  stepsUs,
}: {
  readonly delaysUs: readonly number[];
  readonly stepsUs: readonly number[];
}) {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    site: fc.constantFrom('north', 'south'),
    delayUs: fc.constantFrom(...delaysUs),
    stepUs: fc.constantFrom(...stepsUs),
    value: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }).map(steps => {
    let arrivalUs = 1_000;
    return steps.map(({ key, site, delayUs, stepUs, value }): TestEvent => {
      arrivalUs += stepUs;
      return { key, site, timeUs: arrivalUs - delayUs, arrivalUs, value };
    });
  });
}

/** After which events a part is written, and which of the parts are read again. */
const parts = fc.record({
  after: fc.uniqueArray(fc.nat(60), { maxLength: 8, size: 'max' }),
  restarts: fc.array(fc.nat(8), { maxLength: 3, size: 'max' }),
});

const fields = [
  { name: 'site', type: 'symbol' },
  { name: 'value', type: 'float' },
] as const;

const plans: Readonly<Record<string, readonly PlanNode[]>> = {
  'a tumbling window': [{ kind: 'tumbling-window', id: 'w', input: 's', sizeUs: 10, aggregates: countAndSum }],
  'a hopping window': [
    { kind: 'hopping-window', id: 'w', input: 's', sizeUs: 12, everyUs: 4, aggregates: countAndSum },
  ],
  'a session window': [{ kind: 'session-window', id: 'w', input: 's', gapUs: 10, maxUs: 25, aggregates: countAndSum }],
  'a state window': [
    { kind: 'history', id: '#changed', input: 's', function: 'changed', argument: 'value', events: 1, type: 'bool' },
    {
      kind: 'state-window',
      id: 'w',
      input: 's',
      from: '#changed',
      to: '#changed',
      maxUs: null,
      aggregates: countAndSum,
    },
  ],
  'a window by count': [{ kind: 'count-window', id: 'w', input: 's', size: 5, every: 2, aggregates: countAndSum }],
  'windows with early rows': [
    { kind: 'session-window', id: 'v', input: 's', gapUs: 10, maxUs: 25, emitEveryUs: 4, aggregates: countAndSum },
    {
      kind: 'hopping-window',
      id: 'w',
      input: 's',
      sizeUs: 12,
      everyUs: 4,
      emitEveryUs: 3,
      aggregates: countAndSum,
    },
  ],
  'sessions of another key': [
    { kind: 'session-window', id: 'own', input: 's', gapUs: 4, maxUs: 20, aggregates: countAndSum },
    { kind: 'rekey', id: 'all', input: 'own', by: [], fields: [{ name: '#sum', type: 'float' }] },
    {
      kind: 'session-window',
      id: 'w',
      input: 'all',
      gapUs: 6,
      maxUs: null,
      aggregates: [
        { name: '#count', aggregate: 'count', arguments: [], type: 'int' },
        { name: '#sum', aggregate: 'sum', arguments: ['#sum'], type: 'float' },
      ],
    },
  ],
  'a window by another key': [
    { kind: 'rekey', id: 'by', input: 's', by: ['site'], fields },
    { kind: 'tumbling-window', id: 'w', input: 'by', sizeUs: 10, aggregates: countAndSum },
  ],
  'windows of windows by two other keys': [
    { kind: 'tumbling-window', id: 'own', input: 's', sizeUs: 3, aggregates: countAndSum },
    { kind: 'rekey', id: 'by', input: 's', by: ['site'], fields },
    { kind: 'hopping-window', id: 'sites', input: 'by', sizeUs: 6, everyUs: 3, aggregates: countAndSum },
    { kind: 'rekey', id: 'all', input: 'sites', by: [], fields: [{ name: '#sum', type: 'float' }] },
    {
      kind: 'tumbling-window',
      id: 'w',
      input: 'all',
      sizeUs: 10,
      aggregates: [
        { name: '#count', aggregate: 'count', arguments: [], type: 'int' },
        { name: '#sum', aggregate: 'sum', arguments: ['#sum'], type: 'float' },
      ],
    },
  ],
};

const shown = {
  kind: 'select',
  id: 'shown',
  input: 'w',
  fields: [
    { name: 'count', type: 'int', column: '#count' },
    { name: 'sum', type: 'float', column: '#sum' },
  ],
} satisfies PlanNode;

describe.each(Object.entries(plans))('state in parts, of %s', (_name, nodes) => {
  it('goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(clocks, streams, parts, (clock, events, how) => {
        const plan = withSettings(planOf(clock, ...nodes, shown), clock);
        const whole = run(plan, events, { after: [], restarts: [] });
        const { rows, ...counts } = run(plan, events, how);
        expect(counts).toEqual({ late: whole.late, repeated: whole.repeated, forgotten: whole.forgotten });
        // Where keys do not meet, the order across them may depend on how the input is cut.
        const comparable = nodes.some(node => node.kind === 'rekey') ? (all: OutputRow[]) => all : byKey;
        expect(comparable(rows)).toEqual(comparable(whole.rows));
      }),
      runs(),
    );
  });
});

describe('where keys meet at a site', () => {
  const site = { site: 'north', value: null };

  it('a key is forgotten when the site goes on without it, restored in between or not', () => {
    const nodes = [...plans['a window by another key']!, shown];
    const plan = withSettings(planOf({ latenessUs: 0, idleUs: 30 }, ...nodes), { expireUs: 40 });
    const events = [1_000, 1_000, 1_030, 1_040].map((arrivalUs, i): TestEvent => {
      return { ...site, key: i === 0 ? 'd' : 'a', timeUs: arrivalUs, arrivalUs };
    });
    for (const after of [[], [3]]) {
      expect(run(plan, events, { after, restarts: [0] }).forgotten, `restored ${after.length} times`).toBe(1);
    }
  });

  it('an instant that was handled is not handled again behind a restart', () => {
    const plan = planOf({ latenessUs: 0, idleUs: 0 }, ...plans['a window by another key']!, shown);
    const events: readonly TestEvent[] = [
      { ...site, key: 'a', timeUs: 1_000, arrivalUs: 1_000 },
      { ...site, key: 'a', timeUs: 1_000, arrivalUs: 1_000 },
      { ...site, key: 'b', timeUs: 1_010, arrivalUs: 1_030 }, // a pane of the site was due at 1,010
      { ...site, key: 'd', timeUs: 1_010, arrivalUs: 1_030 },
      { ...site, key: 'a', timeUs: 1_030, arrivalUs: 1_030 },
    ];
    for (const after of [[], [3]]) expect(run(plan, events, { after, restarts: [0] }).late).toBe(2); // behind the clock of a
  });

  it('a key that went idle does not hold its site up behind a restart', () => {
    const plan = planOf({ latenessUs: 0, idleUs: 30 }, ...plans['a window by another key']!, shown);
    const events: readonly TestEvent[] = [
      { ...site, key: 'k', timeUs: 1_000, arrivalUs: 1_000 }, // idle from 1,030 on
      { ...site, key: 'x', timeUs: 1_020, arrivalUs: 1_020 },
      { ...site, key: 'x', timeUs: 1_045, arrivalUs: 1_045 },
      { ...site, key: 'x', timeUs: 1_060, arrivalUs: 1_045 }, // the site goes on to 1,060 with the only active key
      { ...site, key: 'y', timeUs: 1_050, arrivalUs: 1_045 },
    ];
    for (const after of [[], [2, 3]]) expect(run(plan, events, { after, restarts: [1] }).late).toBe(1);
  });

  it('rows of one instant keep their order behind any number of restarts', () => {
    const first: PlanNode = { ...shown, fields: [{ name: 'first', type: 'float', column: '#first' }] };
    const plan = planOf({ latenessUs: 10, idleUs: 30 }, ...plans['a window by another key']!, first);
    const events: readonly TestEvent[] = [
      { key: 'b', site: 'south', timeUs: 900, arrivalUs: 900, value: 0 }, // the keys appear in another order
      { key: 'a', site: 'north', timeUs: 1_000, arrivalUs: 1_000, value: 1 },
      { key: 'b', site: 'north', timeUs: 1_000, arrivalUs: 1_000, value: 2 },
      { key: 'c', site: 'south', timeUs: 1_020, arrivalUs: 1_020, value: 9 },
    ];
    for (const after of [[], [3], [2, 3]]) {
      const { rows } = run(plan, events, { after, restarts: [0, 1] });
      expect(rows.find(row => row.key['site'] === 'north')?.values['first']).toBe(1); // that of a
    }
  });
});

function byKey(rows: readonly OutputRow[]): Record<string, OutputRow[] | undefined> {
  return Object.fromEntries(Map.groupBy(rows, row => JSON.stringify(row.key)));
}

function withSettings(
  plan: Plan,
  { expireUs, unique }: { readonly expireUs: number | null; readonly unique?: UniqueEvents | undefined },
): Plan {
  const settings = { expireUs, ...(unique === undefined ? {} : { unique }) };
  return { ...plan, nodes: plan.nodes.map(node => (node.kind === 'source' ? { ...node, ...settings } : node)) };
}

type Done = {
  readonly rows: OutputRow[];
  readonly late: number;
  readonly repeated: number;
  readonly forgotten: number;
};

type How = { readonly after: readonly number[]; readonly restarts: readonly number[] };

/** Writes a part after each of `after`, in order; at those whose number is in `restarts`, a new engine reads them all. */
function run(plan: Plan, events: readonly TestEvent[], how: How): Done {
  const rows: OutputRow[] = [];
  const symbols = new SymbolTable();
  const options: EngineOptions = { symbols, rowStreams: ['shown'], onRows: batch => rows.push(...batch.rows) };
  let engine = new Engine(plan, options);
  const chain: Snapshot[] = takePart(engine, 'all');
  const ends = how.after.filter(end => end < events.length).sort((a, b) => a - b);
  let start = 0;
  ends.forEach((end, i) => {
    engine.push(batchOf(events.slice(start, end), symbols));
    start = end;
    chain.push(...takePart(engine, 'changed'));
    if (!how.restarts.includes(i)) return;
    const streams = engine.streamStates();
    engine = new Engine(plan, options);
    engine.restoreState(chain, { streams, isOwned: () => true, keptOf: keptIn(chain[0]!) });
    chain.splice(0, chain.length, ...takePart(engine, 'all'));
  });
  engine.push(batchOf(events.slice(start), symbols));
  engine.finish('s');
  const { late, repeated, forgotten } = engine.counters();
  return { rows, late, repeated, forgotten };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanNode, WindowNode } from '../../dsl/plan.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { LocalMinutes } from '../oracle/local-time.ts';
import { batchOf, countAndSum, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
const MONDAY_US = -3 * DAY_US;

/** Clocks that are set forward and back, by an hour, half an hour, at midnight, a minute after it, and over a whole day. */
const CHANGES: readonly (readonly [zone: string, at: string])[] = [
  ['Europe/Berlin', '2024-03-31T01:00Z'],
  ['Europe/Berlin', '2024-10-27T01:00Z'],
  ['America/New_York', '2024-11-03T06:00Z'],
  ['Australia/Lord_Howe', '2024-04-06T15:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
  ['America/St_Johns', '2010-11-07T02:31Z'],
  ['Africa/Cairo', '2024-10-31T21:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Asia/Kathmandu', '2024-03-31T01:00Z'],
];

const shapes = fc.constantFrom(
  { sizeUs: DAY_US, everyUs: DAY_US, originUs: 0 },
  { sizeUs: 8 * HOUR_US, everyUs: 8 * HOUR_US, originUs: 0 },
  { sizeUs: HOUR_US, everyUs: HOUR_US, originUs: 0 },
  { sizeUs: 15 * MINUTE_US, everyUs: 15 * MINUTE_US, originUs: 0 },
  { sizeUs: 2 * DAY_US, everyUs: DAY_US, originUs: 0 },
  { sizeUs: 2 * HOUR_US, everyUs: 30 * MINUTE_US, originUs: 0 },
  { sizeUs: 7 * DAY_US, everyUs: 7 * DAY_US, originUs: MONDAY_US },
);

const inputs = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b'),
      stepUs: fc.oneof(
        fc.integer({ min: 0, max: 90 }).map(minutes => minutes * MINUTE_US),
        fc.constantFrom(5 * HOUR_US, 17 * HOUR_US, 1),
      ),
      delayUs: fc.constantFrom(0, 0, 0, 10 * MINUTE_US, 70 * MINUTE_US),
      value: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .chain(events => fc.record({ events: fc.constant(events), beforeUs: fc.nat(60).map(hours => hours * HOUR_US) }));

describe.each(CHANGES.map(([zone, at]) => ({ zone, at })))('$zone around $at', ({ zone, at }) => {
  const changeUs = Date.parse(at) * 1_000;
  const local = new LocalMinutes(zone, changeUs, 17);

  it('panes follow its clock', () => {
    fc.assert(
      fc.property(inputs, fc.array(fc.nat(12), { maxLength: 2 }), shapes, ({ events, beforeUs }, restarts, shape) => {
        let arrivalUs = changeUs - beforeUs;
        const fed = events.map(({ key, stepUs, delayUs, value }): TestEvent => {
          arrivalUs += stepUs;
          return { key, timeUs: arrivalUs - delayUs, arrivalUs, value };
        });
        const rows = run(zone, shape, fed, restarts);
        const counts = new Map<string, number>();
        for (const { key, timeUs } of fed) {
          for (const { startUs, untilUs } of local.panesAt(timeUs, shape)) {
            const pane = JSON.stringify([key, startUs, untilUs]);
            counts.set(pane, (counts.get(pane) ?? 0) + 1);
          }
        }
        const found = rows.map(({ key, timeUs, values }) => [
          JSON.stringify([key['device'], timeUs, values['until']]),
          values['count'],
        ]);
        expect(new Map(found as [string, number][])).toEqual(counts);
        expect(found.length).toBe(counts.size);
      }),
      runs(60),
    );
  });
});

it('panes that the clock skips leave their place to later ones', () => {
  const change = Date.parse('2024-03-31T01:00Z') * 1_000;
  const events = [13, 90, 400].map((minutes): TestEvent => {
    const timeUs = change + minutes * MINUTE_US;
    return { key: 'a', timeUs, arrivalUs: timeUs, value: 1 };
  });
  const rows = run('Europe/Berlin', { sizeUs: 2 * HOUR_US, everyUs: 30 * MINUTE_US }, events, []);
  const starts = rows.map(({ timeUs, values }) => [(timeUs - change) / MINUTE_US, values['count']]);
  const ofLast = [300, 330, 360, 390].map(start => [start, 1]);
  expect(starts).toEqual([[-30, 1], [0, 2], [30, 1], [60, 1], [90, 1], ...ofLast]);
});

/** A tick long after the last event closes all panes. */
function run(
  zone: string,
  { sizeUs, everyUs }: { readonly sizeUs: number; readonly everyUs: number },
  events: readonly TestEvent[],
  restarts: readonly number[],
): OutputRow[] {
  const common = { id: 'w', input: 's', sizeUs, zone, aggregates: countAndSum };
  const window: WindowNode =
    sizeUs === everyUs ? { kind: 'tumbling-window', ...common } : { kind: 'hopping-window', ...common, everyUs };
  const shown: PlanNode = {
    kind: 'select',
    id: 'shown',
    input: 'w',
    fields: [
      { name: 'count', type: 'int', column: '#count' },
      { name: 'until', type: 'time', column: 'until' },
    ],
  };
  const rows: OutputRow[] = [];
  const plan = planOf({ latenessUs: 2 * HOUR_US, idleUs: 2 * HOUR_US }, window, shown);
  const options: EngineOptions = { rowStreams: ['shown'], onRows: batch => rows.push(...batch.rows) };
  let engine = new Engine(plan, options);
  events.forEach((event, i) => {
    if (restarts.includes(i)) engine = new Engine(plan, { ...options, snapshot: structuredClone(engine.snapshot()) });
    engine.push(batchOf([event], engine.symbols));
  });
  engine.tick('s', events.at(-1)!.arrivalUs + 12 * DAY_US);
  return rows;
}

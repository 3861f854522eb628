import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { SHAPE_FUNCTIONS } from '../../dsl/catalog/shape-functions.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import { readingBatch } from '../oracle/reading-batch.ts';
import { runs } from '../oracle/runs.ts';

type Event = {
  readonly key: string;
  readonly timeUs: number;
  readonly x: number | null;
  readonly limit: number | null;
  readonly isGood: boolean;
};
type Answer = boolean | null;
type Oracle = (past: readonly Event[]) => Answer;

describe('examples of the catalog', () => {
  const examples = Object.values(SHAPE_FUNCTIONS).flatMap(entry => entry.examples);
  test.each(examples)('$call over $over', ({ call, over, gives }) => {
    const events = over.map((x, second) => ({ key: 'a', timeUs: second * 1e6, x, limit: null, isGood: true }));
    expect(answersOf(planOf([call]), events, [])).toEqual(gives.map(answer => [answer]));
  });
});

const event = fc.record({
  key: fc.constantFrom('a', 'a', 'b'),
  stepMs: fc.constantFrom(0, 1, 1, 2, 3),
  x: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 8 }),
  limit: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 8 }),
  isGood: fc.boolean(),
});
const events = fc.array(event, { minLength: 1, maxLength: 40 }).map(steps => {
  let timeUs = 0;
  return steps.map(({ stepMs, ...rest }): Event => ({ ...rest, timeUs: (timeUs += stepMs * 1_000) }));
});

const ORACLES: Readonly<Record<string, Oracle>> = {
  'rising(x, 2 events)': past => lastReadings(past, 2, rises),
  'rising(x, 4 events)': past => lastReadings(past, 4, rises),
  'rising(x, 3ms)': past => sinceOne(past, 3_000, 2, rises),
  'falling(x, 3 events)': past => lastReadings(past, 3, falls),
  'falling(x, 2ms)': past => sinceOne(past, 2_000, 2, falls),
  'stays(x, 1..2, 1 events)': past => lastReadings(past, 1, staysInside),
  'stays(x, 1..2, 3 events)': past => lastReadings(past, 3, staysInside),
  'stays(x, 1..2, 4ms)': past => sinceOne(past, 4_000, 1, staysInside),
  'crosses(x, 2)': past => crosses(past.map(each => ({ ...each, limit: 2 }))),
  'crosses(x, bound)': crosses,
};

it('shapes are what a reading of all that came says, wherever a run is stopped and restored', () => {
  const plan = planOf(Object.keys(ORACLES));
  fc.assert(
    fc.property(events, fc.array(fc.nat(40), { maxLength: 3 }), (all, stops) => {
      const expected = all.map((now, i) => {
        const past = all.slice(0, i + 1).filter(({ key }) => key === now.key);
        return Object.values(ORACLES).map(oracle => oracle(past));
      });
      expect(answersOf(plan, all, stops)).toEqual(expected);
    }),
    runs(300),
  );
});

function isReading({ x, isGood }: Event): boolean {
  return x !== null && isGood;
}

/** Null: there are not so many. */
function lastReadings(past: readonly Event[], count: number, holds: (list: readonly Event[]) => boolean): Answer {
  const readings = past.filter(isReading);
  return readings.length < count ? null : holds(readings.slice(-count));
}

/** Null: none is so old, or there are not as many. */
function sinceOne(
  past: readonly Event[],
  us: number,
  least: number,
  holds: (list: readonly Event[]) => boolean,
): Answer {
  const readings = past.filter(isReading);
  const nowUs = past.at(-1)!.timeUs;
  const old = readings.filter(({ timeUs }) => timeUs <= nowUs - us);
  if (old.length === 0 || readings.length < least) return null;
  const since = old.map(first => readings.slice(readings.indexOf(first)));
  return since.some(list => list.length >= least && holds(list));
}

function rises(list: readonly Event[]): boolean {
  return list.every(({ x }, i) => i === 0 || x! > list[i - 1]!.x!);
}

function falls(list: readonly Event[]): boolean {
  return list.every(({ x }, i) => i === 0 || x! < list[i - 1]!.x!);
}

function staysInside(list: readonly Event[]): boolean {
  return list.every(({ x }) => x! >= 1 && x! <= 2);
}

function crosses(past: readonly Event[]): Answer {
  const sides = past.map(each => (isReading(each) && each.limit !== null ? Math.sign(each.x! - each.limit) : null));
  const now = sides.at(-1)!;
  const before = sides.slice(0, -1).findLast(side => side === 1 || side === -1);
  if (sides.at(-1) === null || before === undefined) return null;
  return now !== 0 && now !== before;
}

function planOf(calls: readonly string[]): Plan {
  const selected = calls.map((call, i) => `${call} as c${i}`).join(', ');
  const text = `stream s from memory "s" { key device: symbol  x: float  bound: float  q: quality }
    stream out = from s select ${selected}, x as given, bound as bound_given, q as quality_given`;
  const { plan, diagnostics } = compile({ file: 'shapes.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

const NUMBERS = [({ x }: Event) => x, ({ limit }: Event) => limit];

/** What each event gives. */
function answersOf(plan: Plan, all: readonly Event[], stops: readonly number[]): Answer[][] {
  const answers: Answer[][] = [];
  const start = (snapshot?: ReturnType<Engine['snapshot']>) =>
    new Engine(plan, {
      rowStreams: ['out'],
      ...(snapshot === undefined ? {} : { snapshot: structuredClone(snapshot) }),
      onRows: batch => answers.push(...batch.rows.map(({ values }) => answersIn(values))),
    });
  let engine = start();
  let from = 0;
  for (const stop of [...stops.filter(at => at < all.length), all.length].sort((a, b) => a - b)) {
    if (stop > from) engine.push(readingBatch(all.slice(from, stop), NUMBERS, engine.symbols));
    from = stop;
    engine = start(engine.snapshot());
  }
  return answers;
}

function answersIn(values: Readonly<Record<string, unknown>>): Answer[] {
  return Object.entries(values).flatMap(([name, value]) => (/^c\d+$/.test(name) ? [value as Answer] : []));
}

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { RangeNode } from '../../dsl/plan.ts';
import type { Operator } from '../../engine/operator.ts';
import { createRange } from '../../engine/operators/range.ts';
import { SymbolTable } from '../../engine/batch.ts';
import {
  AGGREGATES,
  cut,
  cuts,
  type Event,
  events,
  FIRST_FREE_SLOT,
  frameOf,
  isClose,
  KEYS,
  MASK,
  PARAMETERS,
  SPAN_US,
  TIMEOUT_MS,
  valueOf,
  viewOf,
} from '../oracle/aggregate-cases.ts';
import { type OracleValue, oracle } from '../oracle/aggregates.ts';

vi.setConfig({ testTimeout: TIMEOUT_MS });

type Shape = { readonly range: RangeNode['range']; readonly quality: string | null; readonly isMasked: boolean };

const shapes: fc.Arbitrary<Shape> = fc.record({
  range: fc.constantFrom<RangeNode['range'][]>(
    { us: SPAN_US },
    { us: 1 },
    { us: 9_000_000 },
    { events: 1 },
    { events: 3 },
    { events: 20 },
  ),
  quality: fc.constantFrom(null, 'quality'),
  isMasked: fc.boolean(),
});

function create({ range, quality, isMasked }: Shape): Operator {
  const node: RangeNode = { kind: 'range', id: 'range#', input: 'frame', range, quality, aggregates: AGGREGATES };
  const alerts = { emit: () => {} };
  const input = viewOf(isMasked ? MASK : undefined);
  return createRange(
    node,
    { input, symbols: new SymbolTable(), alerts },
    AGGREGATES.map((_, i) => FIRST_FREE_SLOT + i),
  );
}

/** By event, by aggregate; `undefined` where the event is no row of the view. */
function run(
  operator: Operator,
  parts: readonly (readonly Event[])[],
  { isMasked }: Shape,
): (OracleValue[] | undefined)[] {
  return parts.flatMap(part => {
    const frame = frameOf(part);
    operator.process(frame);
    return part.map((event, row) => {
      if (isMasked && !event.isMasked) return undefined;
      return AGGREGATES.map((_, i) => valueOf(frame.columns[FIRST_FREE_SLOT + i]!, row));
    });
  });
}

/** All rows of the key up to and with this one, good and of the view, cut to the range. */
function inRange(all: readonly Event[], at: number, { range, quality, isMasked }: Shape): Event[] {
  const now = all[at]!;
  const taken = all.slice(0, at + 1).filter(event => {
    return event.key === now.key && (!isMasked || event.isMasked) && (quality === null || event.quality === 0);
  });
  return 'us' in range ? taken.filter(event => event.timeUs > now.timeUs - range.us) : taken.slice(-range.events);
}

/** Shows the first difference only: shrinking compares thousands of times, and a diff of everything takes long. */
function expectSameBits(found: readonly (OracleValue[] | undefined)[], expected: typeof found): void {
  expect(found.length).toBe(expected.length);
  for (let at = 0; at < found.length; at++) {
    const i = AGGREGATES.findIndex((_, i) => !Object.is(found[at]?.[i], expected[at]?.[i]));
    if (i >= 0)
      expect({ at, [AGGREGATES[i]!.name]: found[at]?.[i] }).toEqual({ at, [AGGREGATES[i]!.name]: expected[at]?.[i] });
  }
}

/** Id by key. */
const idOrders = fc.shuffledSubarray(
  Array.from({ length: KEYS }, (_, key) => key),
  { minLength: KEYS },
);

function withIds(all: readonly Event[], ids: readonly number[]): Event[] {
  return all.map(event => ({ ...event, key: ids[event.key]! }));
}

/** `count()` has no argument: every row has a value. */
function valueIn(event: Event, argument: string | undefined): OracleValue {
  return argument === undefined ? 0 : event[argument as 'x'];
}

describe('range', () => {
  test('every aggregate is what the definition says of the rows in range', () => {
    fc.assert(
      fc.property(events, cuts, shapes, (all, lengths, shape) => {
        run(create(shape), cut(all, lengths), shape).forEach((found, at) => {
          if (found === undefined) return;
          const rows = inRange(all, at, shape);
          AGGREGATES.forEach((column, i) => {
            const [x, y] = column.arguments;
            const seen = rows.map(row => ({ timeUs: row.timeUs, x: valueIn(row, x), y: valueIn(row, y) }));
            const expected = oracle(column.aggregate, seen, all[at]!.timeUs, column.parameter);
            if (!isClose(found[i]!, expected))
              expect({ [column.name]: found[i], at }).toEqual({ [column.name]: expected, at });
          });
        });
      }),
      PARAMETERS,
    );
  });

  test('any cut into frames gives the same bits', () => {
    fc.assert(
      fc.property(events, cuts, shapes, (all, lengths, shape) => {
        expectSameBits(run(create(shape), cut(all, lengths), shape), run(create(shape), [all], shape));
      }),
      PARAMETERS,
    );
  });

  test('a snapshot restored after any event, under other ids, gives the same bits', () => {
    fc.assert(
      fc.property(
        events,
        cuts,
        shapes,
        fc.nat(100),
        idOrders,
        fc.nat(KEYS - 1),
        (all, lengths, shape, stop, ids, key) => {
          const before = create(shape);
          const first = run(before, cut(all.slice(0, stop), lengths), shape);
          const keys = Uint32Array.from(ids, (_, key) => key);
          const one = structuredClone(before.snapshot(Uint32Array.of(key)));
          const snapshot = structuredClone(before.snapshot(keys));
          run(before, [all.slice(stop)], shape); // the snapshot is a copy
          const after = create(shape);
          after.restore(one, Int32Array.of(ids[key]!));
          after.restore(
            snapshot,
            Int32Array.from(ids, (id, other) => (other === key ? -1 : id)),
          );
          expect(after.snapshot(Uint32Array.from(ids))).toEqual(snapshot);
          const rest = run(after, cut(withIds(all.slice(stop), ids), lengths), shape);
          expectSameBits([...first, ...rest], run(create(shape), [all], shape));
        },
      ),
      PARAMETERS,
    );
  });

  test('a key that is forgotten is as if never seen, and the others as before', () => {
    fc.assert(
      fc.property(events, cuts, shapes, fc.nat(100), fc.nat(KEYS - 1), (all, lengths, shape, stop, key) => {
        const operator = create(shape);
        run(operator, cut(all.slice(0, stop), lengths), shape);
        operator.forget(key);
        expect(operator.snapshot(Uint32Array.of(key))).toEqual(create(shape).snapshot(Uint32Array.of(key)));
        const found = run(operator, cut(all.slice(stop), lengths), shape);
        const fresh = run(create(shape), [all.slice(stop)], shape);
        const undisturbed = run(create(shape), [all], shape).slice(stop);
        const expected = all.slice(stop).map((event, at) => (event.key === key ? fresh[at] : undisturbed[at]));
        expectSameBits(found, expected);
      }),
      PARAMETERS,
    );
  });

  test('keys that come and go take no more memory', () => {
    fc.assert(
      fc.property(events, shapes, (all, shape) => {
        const operator = create(shape);
        const comeAndGo = () => {
          run(operator, [all], shape);
          for (let key = 0; key < KEYS; key++) operator.forget(key);
          return operator.stateBytes;
        };
        const once = comeAndGo();
        for (let round = 0; round < 10; round++) expect(comeAndGo()).toBe(once);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(PARAMETERS.numRuns / 10) },
    );
  });
});

describe('a range that is forgotten', () => {
  const shape: Shape = { range: { events: 40 }, quality: null, isMasked: false };
  const eventOf = (x: number): Event => {
    return { key: 0, timeUs: 0, isMasked: false, quality: 0, x, y: null, truth: null, symbol: null, text: null };
  };

  test('forgets the rounding error of its sum, too', () => {
    const operator = create(shape);
    run(operator, [[eventOf(1e16), eventOf(1)]], shape);
    operator.forget(0);
    expectSameBits(run(operator, [[eventOf(2)]], shape), run(create(shape), [[eventOf(2)]], shape));
  });

  test('leaves its ring to the next, however often', () => {
    const operator = create(shape);
    const forty = Array.from({ length: 40 }, (_, x) => eventOf(x));
    const comeAndGo = () => {
      run(operator, [forty], shape);
      operator.forget(0);
      return operator.stateBytes;
    };
    const once = comeAndGo();
    for (let round = 0; round < 300; round++) comeAndGo(); // 19,200 places, if they were not used again
    expect(comeAndGo()).toBe(once);
  });
});

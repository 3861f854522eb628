import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { RangeNode } from '../../dsl/plan.ts';
import type { Operator } from '../../engine/operator.ts';
import { createRange } from '../../engine/operators/range.ts';
import {
  AGGREGATES,
  cut,
  cuts,
  type Event,
  events,
  FIRST_FREE_SLOT,
  frameOf,
  isClose,
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
    { input, symbols: undefined as never, alerts },
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

  test('a snapshot restored after any event gives the same bits', () => {
    fc.assert(
      fc.property(events, cuts, shapes, fc.nat(100), (all, lengths, shape, stop) => {
        const before = create(shape);
        const first = run(before, cut(all.slice(0, stop), lengths), shape);
        const snapshot = structuredClone(before.snapshot());
        run(before, [all.slice(stop)], shape); // the snapshot is a copy
        const after = create(shape);
        after.restore(snapshot);
        expect(after.snapshot()).toEqual(snapshot);
        const rest = run(after, cut(all.slice(stop), lengths), shape);
        expectSameBits([...first, ...rest], run(create(shape), [all], shape));
      }),
      PARAMETERS,
    );
  });
});

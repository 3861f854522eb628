import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createPaneAggregates, type PaneState, type PaneValue } from '../../engine/aggregates/pane-aggregate.ts';
import { createColumn, SymbolTable } from '../../engine/batch.ts';
import {
  AGGREGATES,
  cut,
  cuts,
  type Event,
  events,
  frameOf,
  isClose,
  KEYS,
  PARAMETERS,
  SPAN_US,
  TIMEOUT_MS,
  valueOf,
  viewOf,
} from '../oracle/aggregate-cases.ts';
import { type OracleValue, oracle } from '../oracle/aggregates.ts';

vi.setConfig({ testTimeout: TIMEOUT_MS });

type Pane = { readonly state: PaneState; readonly value: PaneValue };

/** Slots are keys; masked events are in no pane. `entries` lists the others where asked to. */
function feed({ state }: Pane, part: readonly Event[], hasEntries: boolean): void {
  const chosen = part.flatMap((event, entry) => (hasEntries && event.isMasked ? [] : [entry]));
  const slots = Int32Array.from(chosen, entry => (part[entry]!.isMasked ? -1 : part[entry]!.key));
  const entries = hasEntries ? Uint32Array.from(chosen) : undefined;
  state.accumulate({ length: chosen.length, entries, slots }, frameOf(part));
}

function read({ value }: Pane, type: (typeof AGGREGATES)[number]['type'], endUs: number): OracleValue[] {
  const output = createColumn(type, KEYS);
  for (let slot = 0; slot < KEYS; slot++) value.write(slot, output, slot, { startUs: endUs - 1e12, endUs });
  return Array.from({ length: KEYS }, (_, slot) => valueOf(output, slot));
}

function create(column: (typeof AGGREGATES)[number]): Pane {
  const { states, values } = createPaneAggregates([column], viewOf(undefined), new SymbolTable());
  states[0]!.reserve(KEYS);
  return { state: states[0]!, value: values[0]! };
}

describe.each(AGGREGATES.map(column => ({ name: column.name, column })))('$name in a pane', ({ column }) => {
  test('is what the definition says', () => {
    fc.assert(
      fc.property(events, cuts, fc.boolean(), (all, lengths, hasEntries) => {
        const endUs = (all.at(-1)?.timeUs ?? 0) + SPAN_US;
        const pane = create(column);
        for (const part of cut(all, lengths)) feed(pane, part, hasEntries);
        const found = read(pane, column.type, endUs);
        for (let key = 0; key < KEYS; key++) {
          const rows = all
            .filter(event => event.key === key && !event.isMasked)
            .map(event => ({
              ...event,
              x: valueIn(event, column.arguments[0]),
              y: valueIn(event, column.arguments[1]),
            }));
          const expected = oracle(column.aggregate, rows, endUs, column.parameter);
          if (!isClose(found[key]!, expected)) expect(found[key]).toBe(expected);
        }
      }),
      PARAMETERS,
    );
  });

  test('has the same bits however events are cut, snapshotted or read in between, and after a reset', () => {
    fc.assert(
      fc.property(events, cuts, fc.nat(100), (all, lengths, stop) => {
        const endUs = (all.at(-1)?.timeUs ?? 0) + SPAN_US;
        const whole = create(column);
        feed(whole, all, false);

        let pane = create(column);
        feed(pane, all.toReversed(), false);
        for (let slot = 0; slot < KEYS; slot++) pane.state.reset(slot);
        for (const part of cut(all.slice(0, stop), lengths)) feed(pane, part, true);
        read(pane, column.type, endUs);
        const snapshot = structuredClone(pane.value.snapshot(Uint32Array.from(SLOTS)));
        feed(pane, all, false); // the snapshot is a copy
        pane = create(column);
        pane.value.restore(snapshot, SLOTS);
        for (const part of cut(all.slice(stop), lengths)) feed(pane, part, true);
        expect(read(pane, column.type, endUs)).toEqual(read(whole, column.type, endUs));
      }),
      PARAMETERS,
    );
  });

  test('moves to other slots in several parts, rows that are left out in between', () => {
    fc.assert(
      fc.property(events, events, fc.shuffledSubarray(Array.from(SLOTS), { minLength: 1 }), (before, after, order) => {
        const endUs = Math.max(before.at(-1)?.timeUs ?? 0, after.at(-1)?.timeUs ?? 0) + SPAN_US;
        const later = after.map(event => ({ ...event, timeUs: event.timeUs + (before.at(-1)?.timeUs ?? 0) }));
        const whole = create(column);
        feed(whole, before, false);
        const parts = [order.slice(0, 2), order.slice(2)].map(slots => Int32Array.from(slots));
        const snapshots = parts.map(slots => whole.value.snapshot(Uint32Array.from(slots)));

        // Slot k is taken over as slot KEYS − 1 − k, the last one of the first part only with the second.
        const pane = create(column);
        const moved = parts.map(slots => slots.map(slot => KEYS - 1 - slot));
        const leftOut = moved[0]!.slice();
        leftOut[leftOut.length - 1] = -1;
        pane.value.restore(snapshots[0]!, leftOut);
        pane.value.restore(snapshots[1]!, moved[1]!);
        pane.value.restore(
          snapshots[0]!,
          moved[0]!.map((slot, i) => (i === leftOut.length - 1 ? slot : -1)),
        );

        for (const slot of SLOTS) if (!order.includes(slot)) whole.state.reset(slot);
        feed(whole, later, false);
        feed(
          pane,
          later.map(event => ({ ...event, key: KEYS - 1 - event.key })),
          false,
        );
        expect(read(pane, column.type, endUs * 2).toReversed()).toEqual(read(whole, column.type, endUs * 2));
      }),
      PARAMETERS,
    );
  });

  test('takes no more memory the longer it runs', () => {
    fc.assert(
      fc.property(events, all => {
        const pane = create(column);
        feed(pane, all, false);
        const stateBytes = pane.state.stateBytes;
        for (let i = 0; i < 3; i++) {
          for (const slot of SLOTS) pane.state.reset(slot);
          feed(pane, all, false);
        }
        expect(pane.state.stateBytes).toBe(stateBytes);
      }),
      PARAMETERS,
    );
  });
});

const SLOTS = Int32Array.from({ length: KEYS }, (_, slot) => slot);

/** `count()` has no argument: every row has a value. */
function valueIn(event: Event, argument: string | undefined): OracleValue {
  return argument === undefined ? 0 : event[argument as 'x'];
}

test('aggregates that share what they keep give the same bits as each alone', () => {
  const columns = AGGREGATES.filter(({ aggregate }) =>
    ['count', 'sum', 'avg', 'min', 'max', 'var', 'stddev'].includes(aggregate),
  );
  fc.assert(
    fc.property(events, cuts, fc.boolean(), (all, lengths, hasEntries) => {
      const { states, values, together } = createPaneAggregates(columns, viewOf(undefined), new SymbolTable());
      expect(states).toHaveLength(1);
      states[0]!.reserve(KEYS);
      const alone = columns.map(create);
      for (const part of cut(all, lengths)) {
        feed({ state: states[0]!, value: values[0]! }, part, hasEntries);
        for (const pane of alone) feed(pane, part, hasEntries);
      }
      columns.forEach(({ type }, i) => {
        expect(read({ state: states[0]!, value: values[i]! }, type, SPAN_US)).toEqual(read(alone[i]!, type, SPAN_US));
      });
      const outputs = columns.map(({ type }) => createColumn(type, KEYS));
      together!.cells.closeRows(SLOTS, KEYS, outputs);
      const empty = columns.map(create);
      columns.forEach(({ type }, i) => {
        const closed = Array.from(SLOTS, slot => valueOf(outputs[i]!, slot));
        expect(closed).toEqual(read(alone[i]!, type, SPAN_US));
        const left = read({ state: states[0]!, value: values[i]! }, type, SPAN_US);
        expect(left).toEqual(read(empty[i]!, type, SPAN_US));
      });
    }),
  );
});

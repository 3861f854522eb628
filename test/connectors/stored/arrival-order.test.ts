import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArrivalOrder } from '../../../connectors/stored/arrival-order.ts';
import type { EventRows } from '../../../connectors/stored/event-rows.ts';
import { createColumn, SymbolTable } from '../../../engine/batch.ts';
import { runs } from '../../oracle/runs.ts';

const AHEAD = 50;

type Event = { readonly time: number; readonly arrival: number; readonly source: string; readonly number: number };

const events = fc
  .array(
    fc.record({
      step: fc.nat(20),
      delay: fc.constantFrom(-AHEAD, -7, 0, 0, 3, 40, 500, 10_000),
      source: fc.constantFrom('b', 'a'),
    }),
    { maxLength: 300 },
  )
  .map(steps => {
    let time = 0;
    return steps.map(({ step, delay, source }, number): Event => {
      time += step;
      return { time, arrival: time + delay, source, number };
    });
  });

test('events by their time, page by page, come out as they arrived, each as soon as nothing can come before it', () => {
  fc.assert(
    fc.property(events, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (all, lengths) => {
      const symbols = new SymbolTable();
      const order = new ArrivalOrder(symbols);
      const given: Event[] = [];
      const take = (beforeUs: number) => given.push(...eventsOf(order.take(beforeUs), symbols));
      for (let at = 0, page = 0; at < all.length; page++) {
        const rows = all.slice(at, at + lengths[page % lengths.length]!);
        order.add(rowsOf(rows, symbols));
        at += rows.length;
        take(rows.at(-1)!.time - AHEAD);
        expect(order.length).toBe(at - given.length);
      }
      take(Infinity);
      expect(order.length).toBe(0);
      expect(given).toEqual(all.toSorted(compareEvents));
    }),
    runs(300),
  );
});

function compareEvents(a: Event, b: Event): number {
  return a.arrival - b.arrival || (a.source < b.source ? -1 : a.source > b.source ? 1 : a.number - b.number);
}

function rowsOf(events: readonly Event[], symbols: SymbolTable): EventRows {
  const note = createColumn('string', events.length);
  const value = createColumn('float', events.length);
  value.valid = new Uint8Array(events.length).fill(1);
  events.forEach(({ number }, i) => {
    note.values[i] = `note ${number}`;
    value.values[i] = number;
    value.valid![i] = number % 3 === 0 ? 0 : 1;
  });
  return {
    length: events.length,
    timeUs: Float64Array.from(events, ({ time }) => time),
    arrivalUs: Float64Array.from(events, ({ arrival }) => arrival),
    source: Uint32Array.from(events, ({ source }) => symbols.idOf(source)),
    sequence: Float64Array.from(events, ({ number }) => Math.floor(number / 2)),
    item: Float64Array.from(events, ({ number }) => number % 2),
    isLate: Uint8Array.from(events, ({ number }) => Number(number % 5 === 0)),
    columns: [note, value],
  };
}

/** With its columns held against its number. */
function eventsOf(rows: EventRows | null, symbols: SymbolTable): Event[] {
  if (rows === null) return [];
  const [note, value] = rows.columns;
  return Array.from({ length: rows.length }, (_, i) => {
    const number = rows.sequence[i]! * 2 + rows.item[i]!;
    expect(note!.values[i]).toBe(`note ${number}`);
    expect(value!.valid![i]).toBe(number % 3 === 0 ? 0 : 1);
    if (value!.valid![i] === 1) expect(value!.values[i]).toBe(number);
    return { time: rows.timeUs[i]!, arrival: rows.arrivalUs[i]!, source: symbols.textOf(rows.source[i]!), number };
  });
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { TestCase, TestStep } from '../../dsl/plan.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { ALL_MODES } from '../../engine/scenario/modes.ts';
import { runs } from '../oracle/runs.ts';

const LATENESS_S = 5;
const { plan } = compile({
  file: 'lookup.mill',
  text: `
stream now from memory "now" { key id: symbol  n: int  time ts as ms }
stream waits from memory "waits" { key id: symbol  n: int  time ts as ms  lateness ${LATENESS_S}s }
table found from file "found.csv" key id: symbol { x: int }
table dated from file "dated.csv" key id: symbol { x: int  valid_from: time }
stream a = from now lookup f = found[id] select n, f.x as found, dated[id].x as dated
stream b = from waits lookup f = found[id] select n, f.x as found, dated[id].x as dated
`,
});

type Event = { readonly stream: string; readonly id: string; readonly at: number; readonly late: number };
type Row = {
  readonly table: string;
  readonly id: string;
  readonly at: number | null;
  readonly from: number;
  readonly x: number;
};

const seconds = fc.integer({ min: 0, max: 25 });
const id = fc.constantFrom('a', 'b', 'c');
const scenario = fc.record({
  events: fc.array(
    fc.record({
      stream: fc.constantFrom('now', 'waits'),
      id,
      at: seconds,
      late: fc.integer({ min: 0, max: LATENESS_S - 1 }),
    }),
    { minLength: 1, maxLength: 15 },
  ),
  rows: fc.array(
    fc.record({ table: fc.constantFrom('found', 'dated'), id, at: fc.option(seconds), from: seconds, x: fc.nat(99) }),
    { maxLength: 8 },
  ),
});

it('a look-up finds what a naive reading of the rows finds, on any workers, over any restarts', () => {
  fc.assert(
    fc.property(scenario, ({ events: drawn, rows }) => {
      const events = drawn.map(event => (event.stream === 'now' ? { ...event, late: 0 } : event));
      const { results, differences } = compareModes({
        plan: plan!,
        test: testOf(events, rows),
        modes: ALL_MODES.filter(mode => !mode.isShuffled),
      });
      expect(differences).toEqual([]);
      const outputs = [...results[0]!.outputs.values()].flat();
      const values = new Map(
        outputs.flatMap(output =>
          output.kind === 'row' ? [[output.row.values['n'], output.row.values] as const] : [],
        ),
      );
      events.forEach((event, n) => {
        const handled = handledAt(event, events);
        const { found, dated } = values.get(n)!;
        expect({ n, found, dated }).toEqual({
          n,
          found: rowOf('found', event, handled, rows),
          dated: rowOf('dated', event, handled, rows),
        });
      });
    }),
    runs(30),
  );
});

function testOf(events: readonly Event[], rows: readonly Row[]): TestCase {
  const steps: TestStep[] = [
    ...rows.map(({ table, id: key, at, from, x }) => {
      const values = table === 'dated' ? { id: key, x, valid_from: from * 1e6 } : { id: key, x };
      return { kind: 'row', table, values, atUs: at === null ? null : at * 1e6, line: 1 } as const;
    }),
    ...events.map(({ stream, id: key, at, late }, n) => {
      const times = { everyUs: null, atUs: at * 1e6, lateUs: late * 1e6 };
      return { kind: 'feed', stream, values: { id: key, n }, ...times, series: [], line: 1 } as const;
    }),
  ];
  return { title: 'a property', rule: null, file: 'lookup.mill', line: 1, steps };
}

/** When the watermark of its key passes an event, or it has waited for the whole lateness. */
function handledAt(event: Event, events: readonly Event[]): number {
  const arrival = event.at + event.late;
  if (event.stream === 'now') return arrival;
  const passing = events.filter(
    other =>
      other.stream === event.stream &&
      other.id === event.id &&
      other.at + other.late >= arrival &&
      other.at - LATENESS_S >= event.at,
  );
  return Math.min(arrival + LATENESS_S, ...passing.map(other => other.at + other.late));
}

/** Of the rows that were found before the event was handled, the newest that is valid at its time; the last one told counts. */
function rowOf(table: string, event: Event, handled: number, rows: readonly Row[]): number | null {
  const known = rows
    .filter(row => row.table === table && row.id === event.id && (row.at ?? -Infinity) < handled)
    .toSorted((a, b) => (a.at ?? -Infinity) - (b.at ?? -Infinity) || 0)
    .map(row => ({ x: row.x, from: table === 'dated' ? row.from : (row.at ?? -Infinity) }))
    .filter(({ from }) => from <= event.at);
  const newest = Math.max(...known.map(({ from }) => from));
  return known.findLast(({ from }) => from === newest)?.x ?? null;
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SymbolTable } from '../../engine/batch.ts';
import { type InputEntry, placeUs } from '../../engine/recorded-input.ts';
import { build, type Built } from '../../engine/runtime/build.ts';
import { batchOf, planOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

/** What a source with one listener did, in order: the rows that it handled, by number, and the entries that it heard. */
class Life {
  readonly log: string[] = [];
  readonly symbols = new SymbolTable();
  readonly #built: Built;

  constructor(
    clock: { readonly latenessUs: number; readonly idleUs: number | null },
    arrivalClock: 'recorded' | 'as-read',
  ) {
    this.#built = build({
      plan: planOf(clock),
      symbols: this.symbols,
      arrivalClockOf: () => arrivalClock,
      rowStreams: [],
      onAlert: () => {},
      onRows: () => {},
      onRejected: () => {},
    });
    const { source } = this;
    source.addListener(
      {
        input: 'told',
        hear: ({ sequence }, atUs) => this.log.push(`entry ${sequence} at ${atUs}`),
        recall: ({ sequence }) => this.log.push(`entry ${sequence} again`),
      },
      source.pipeline,
    );
    source.pipeline.addTap(({ length, rows, columns }) => {
      for (let i = 0; i < length; i++) if (rows?.[i] !== 0) this.log.push(`row ${columns[2]!.values[i]}`);
    });
  }

  get source() {
    return this.#built.sources.get('s')!;
  }
}

const instant = fc.integer({ min: 0, max: 40 });
const scenario = fc.record({
  latenessUs: fc.constantFrom(0, 5),
  idleUs: fc.constantFrom(null, 8),
  events: fc.array(
    fc.record({ key: fc.constantFrom('a', 'b'), arrivalUs: instant, delayUs: fc.integer({ min: 0, max: 4 }) }),
    {
      maxLength: 25,
    },
  ),
  entries: fc.array(fc.record({ arrivalUs: fc.option(instant, { nil: -Infinity }), aheadUs: instant }), {
    maxLength: 6,
  }),
  cut: fc.integer({ min: 1, max: 7 }),
  restoreAt: fc.nat({ max: 25 }),
});

it('an entry is heard behind all that arrived up to its place and before what arrives later, however input is cut', () => {
  fc.assert(
    fc.property(scenario, ({ latenessUs, idleUs, cut, restoreAt, ...drawn }) => {
      const events = drawn.events
        .toSorted((a, b) => a.arrivalUs - b.arrivalUs)
        .map(
          ({ key, arrivalUs, delayUs }, i): TestEvent => ({ key, arrivalUs, timeUs: arrivalUs - delayUs, value: i }),
        );
      const entries = entriesOf(drawn.entries);
      const clock = { latenessUs, idleUs };

      const whole = new Life(clock, 'recorded');
      for (const entry of entries) whole.source.addEntry(entry);
      whole.source.push(batchOf(events, whole.symbols));
      whole.source.tick(100);
      expect(whole.log.filter(line => line.startsWith('entry'))).toEqual(
        entries.map(entry => `entry ${entry.sequence} at ${placeUs(entry, 's')}`),
      );
      if (latenessUs === 0) expectPlaces(whole.log, events, entries);

      const pieces = new Life(clock, 'recorded');
      let told = 0;
      for (let start = 0; start < events.length; start += cut) {
        const batch = events.slice(start, start + cut);
        // It comes as late as it may: before anything that arrives behind it.
        while (told < entries.length && placeUs(entries[told]!, 's') < batch.at(-1)!.arrivalUs) {
          pieces.source.addEntry(entries[told++]!);
        }
        pieces.source.push(batchOf(batch, pieces.symbols));
      }
      while (told < entries.length) pieces.source.addEntry(entries[told++]!);
      pieces.source.tick(100);
      expect(pieces.log).toEqual(whole.log);

      const first = new Life(clock, 'recorded');
      for (const entry of entries) first.source.addEntry(entry);
      first.source.push(batchOf(events.slice(0, restoreAt), first.symbols));
      const heard = first.log.filter(line => line.startsWith('entry')).length;
      const next = new Life(clock, 'recorded');
      next.source.restore(first.source.snapshot(), id => id);
      for (const entry of entries) next.source.addEntry(entry);
      next.source.tick(100);
      expect(next.log).toEqual(
        entries.map(({ sequence }, i) =>
          i < heard ? `entry ${sequence} again` : whole.log.find(line => line.startsWith(`entry ${sequence} `)),
        ),
      );
    }),
    runs(300),
  );
});

it('of a source without arrivals it is heard at the same place of the highest event time', () => {
  const events = [1, 2, 2, 3, 5, 4].map((timeUs, i): TestEvent => ({ key: 'a', timeUs, arrivalUs: 0, value: i }));
  const logs = [1, 2, 6].map(cut => {
    const life = new Life({ latenessUs: 0, idleUs: null }, 'as-read');
    for (const entry of entriesOf([{ arrivalUs: 2, aheadUs: 0 }])) life.source.addEntry(entry);
    for (let start = 0; start < events.length; start += cut) {
      life.source.push(batchOf(events.slice(start, start + cut), life.symbols));
    }
    life.source.finish();
    return life.log;
  });
  for (const log of logs) expect(log).toEqual(['row 0', 'row 1', 'row 2', 'entry 1 at 2', 'row 3', 'row 4']);
});

function entriesOf(drawn: readonly { readonly arrivalUs: number; readonly aheadUs: number }[]): InputEntry[] {
  let arrivalUs = -Infinity;
  let aheadUs = -Infinity;
  const sorted = drawn.toSorted((a, b) => a.arrivalUs - b.arrivalUs);
  return sorted.map((entry, i): InputEntry => {
    arrivalUs = Math.max(arrivalUs, entry.arrivalUs);
    aheadUs = Math.max(aheadUs, i % 2 === 0 ? -Infinity : entry.aheadUs);
    const ahead: Record<string, number> = aheadUs > arrivalUs ? { s: aheadUs } : {};
    return { sequence: i + 1, input: 'told', arrivalUs, ahead, texts: [], content: {} };
  });
}

/** Without lateness an event is handled as it arrives. */
function expectPlaces(log: readonly string[], events: readonly TestEvent[], entries: readonly InputEntry[]): void {
  for (const entry of entries) {
    const at = log.indexOf(`entry ${entry.sequence} at ${placeUs(entry, 's')}`);
    for (const { value, arrivalUs } of events) {
      const row = log.indexOf(`row ${value}`);
      if (row < 0) continue; // it was late
      expect(row < at).toBe(arrivalUs <= placeUs(entry, 's'));
    }
  }
}

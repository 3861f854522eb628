import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownLate } from '../../../connectors/stored/known-late.ts';
import type { EventRows } from '../../../connectors/stored/event-rows.ts';
import type { SourceNode } from '../../../dsl/plan.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import { runs } from '../../oracle/runs.ts';

type Event = { readonly key: string; readonly timeUs: number; readonly arrivalUs: number; readonly isLate: boolean };

const events = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'b'),
      gap: fc.constantFrom(0, 1, 2, 5, 40),
      delay: fc.constantFrom(0, 0, 1, 3, 8, 30, -2),
    }),
    { maxLength: 60 },
  )
  .map(drawn => {
    let arrivalUs = 0;
    return drawn.map(({ key, gap, delay }) => {
      arrivalUs += gap;
      return { key, timeUs: arrivalUs - delay, arrivalUs };
    });
  });

test('of a stretch, what is late is found to be so again, and all that is in time comes', () => {
  fc.assert(
    fc.property(
      events,
      fc.constantFrom(0, 4),
      fc.constantFrom(3, 10, Infinity),
      fc.integer({ min: -10, max: 100 }),
      (all, latenessUs, idleUs, fromUs) => {
        const stretch = withLate(all, { latenessUs, idleUs }).filter(({ timeUs }) => timeUs >= fromUs);
        const taken = takenOf(stretch, latenessUs);
        const again = withLate(taken, { latenessUs, idleUs });
        expect(again.map(({ isLate }) => isLate)).toEqual(taken.map(({ isLate }) => isLate));
        const inTime = (some: readonly Event[]) => some.filter(({ isLate }) => !isLate);
        expect(inTime(taken)).toEqual(inTime(stretch));
      },
    ),
    runs(500),
  );
});

/** By the watermark as docs/language/watermark.md has it. */
function withLate(
  all: readonly Omit<Event, 'isLate'>[],
  { latenessUs, idleUs }: { readonly latenessUs: number; readonly idleUs: number },
): readonly Event[] {
  const keys = new Map<string, { newestUs: number; arrivalUs: number; doneUs: number }>();
  return all.map(({ key, timeUs, arrivalUs }) => {
    const state = keys.get(key) ?? { newestUs: -Infinity, arrivalUs: 0, doneUs: -Infinity };
    keys.set(key, state);
    const quietUs = Math.max(idleUs, latenessUs);
    const silentUs = state.newestUs + (arrivalUs - Math.max(state.arrivalUs, state.newestUs) - quietUs);
    const watermarkUs = Math.max(state.doneUs, state.newestUs - latenessUs, silentUs);
    const isLate = timeUs < watermarkUs;
    if (!isLate) {
      state.doneUs = Math.max(state.doneUs, watermarkUs);
      if (timeUs >= state.newestUs) [state.newestUs, state.arrivalUs] = [timeUs, arrivalUs];
    }
    return { key, timeUs, arrivalUs, isLate };
  });
}

function takenOf(stretch: readonly Event[], latenessUs: number): readonly Event[] {
  const symbols = new SymbolTable();
  const known = new KnownLate(sourceOf(latenessUs), symbols);
  const half = Math.floor(stretch.length / 2);
  return [stretch.slice(0, half), stretch.slice(half)].flatMap(part => {
    const rows = known.of(rowsOf(part, symbols));
    return Array.from({ length: rows.length }, (_, row) => part[rows.item[row]!]!);
  });
}

function rowsOf(part: readonly Event[], symbols: SymbolTable): EventRows {
  const values = Uint32Array.from(part, ({ key }) => symbols.idOf(key));
  return {
    length: part.length,
    timeUs: Float64Array.from(part, ({ timeUs }) => timeUs),
    arrivalUs: Float64Array.from(part, ({ arrivalUs }) => arrivalUs),
    source: new Uint32Array(part.length),
    sequence: new Float64Array(part.length),
    item: Float64Array.from(part.keys()),
    isLate: Uint8Array.from(part, ({ isLate }) => Number(isLate)),
    columns: [{ type: 'symbol', values, valid: undefined }],
  };
}

function sourceOf(latenessUs: number): SourceNode {
  const id = { name: 'id', type: 'symbol', isNeeded: true, from: { kind: 'path', path: ['id'] } } as const;
  return {
    kind: 'source',
    id: 'm',
    connector: 'memory',
    address: 'm',
    directory: '',
    codec: 'json',
    key: ['id'],
    fields: [{ ...id, isNumberFromText: false, scaling: [], range: null, default: null }],
    time: null,
    latenessUs,
    idleUs: null,
    futureUs: null,
    expireUs: null,
  };
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TableNode } from '../../dsl/plan.ts';
import type { InputEntry } from '../../engine/recorded-input.ts';
import { applyEntry, compactEntries, contentOf } from '../../engine/state/table-change.ts';
import { TableVersions } from '../../engine/state/table-versions.ts';
import { runs } from '../oracle/runs.ts';

const field = { isNeeded: true, isNumberFromText: false, scaling: [], range: null, default: null };
const NODE: TableNode = {
  kind: 'table',
  id: 't',
  connector: 'file',
  address: 't.csv',
  directory: '',
  key: ['id'],
  fields: [
    { ...field, name: 'id', type: 'symbol', from: { kind: 'path', path: ['id'] } },
    { ...field, name: 'x', type: 'int', from: { kind: 'path', path: ['x'] } },
  ],
  validFrom: null,
};

const change = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  validFromUs: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 6 })),
  x: fc.option(fc.nat(9)), // null: there is no row
  isTakenOut: fc.boolean(),
});

it('what is compacted is the same as what was told, then and after whatever comes', () => {
  const entries = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(entries, fc.nat(12), fc.integer({ min: 1, max: 8 }), (drawn, at, maxVersions) => {
      const told = drawn.map((changes, i) => entryOf(changes, i + 1));
      const whole = new TableVersions(maxVersions);
      for (const entry of told.slice(0, at)) applyEntry(whole, NODE, entry);
      const compacted = compactEntries(whole, NODE, told.slice(0, at));
      expect(compacted.length).toBeLessThanOrEqual(whole.count + 1);
      const again = new TableVersions(maxVersions);
      for (const entry of compacted) applyEntry(again, NODE, entry);
      expect(plain(again)).toEqual(plain(whole));
      for (const entry of told.slice(at)) {
        applyEntry(whole, NODE, entry);
        applyEntry(again, NODE, entry);
      }
      expect(plain(again)).toEqual(plain(whole));
    }),
    runs(1000),
  );
});

it('what is valid at a time is the last that was told of it, and the past takes no more than its room', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), fc.integer({ min: 0, max: 12 }), (drawn, maxVersions) => {
      const versions = new TableVersions(maxVersions);
      const all = new Map<string, Map<number, number | null>>();
      drawn.forEach((one, i) => {
        applyEntry(versions, NODE, entryOf([one], i + 1));
        const own = all.get(one.id) ?? new Map<number, number | null>();
        all.set(one.id, own);
        if (one.isTakenOut) own.delete(one.validFromUs);
        else own.set(one.validFromUs, one.x);
      });
      expect(versions.count).toBeLessThanOrEqual(Math.max(maxVersions, all.size));
      if (drawn.length > maxVersions) return; // something may have been let go of
      for (const [id, own] of all) {
        for (let t = -1; t < 8; t++) {
          const from = Math.max(...[...own.keys()].filter(validFromUs => validFromUs <= t));
          expect(versions.rowAt(id, t)?.row?.[1] ?? null).toBe(own.get(from) ?? null);
        }
      }
    }),
    runs(1000),
  );
});

function entryOf(
  changes: readonly { id: string; validFromUs: number; x: number | null; isTakenOut: boolean }[],
  sequence: number,
): InputEntry {
  const content = changes.map(({ id, validFromUs, x, isTakenOut }) => ({
    key: [id],
    validFromUs,
    row: x === null || isTakenOut ? null : [id, x],
    isTakenOut,
  }));
  return { sequence, input: 't', arrivalUs: sequence, ahead: {}, ...contentOf(NODE, content) };
}

function plain(versions: TableVersions): unknown {
  const keys = [...versions.all()].map(own => own.map(({ key, validFromUs, row }) => ({ key, validFromUs, row })));
  return keys.toSorted((a, b) => String(a[0]!.key).localeCompare(String(b[0]!.key)));
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PaneOrder } from '../../engine/aggregates/pane-order.ts';
import { selectRank } from '../../engine/aggregates/select-rank.ts';
import { createColumn } from '../../engine/batch.ts';
import { frameOf } from '../oracle/aggregate-cases.ts';
import { runs } from '../oracle/runs.ts';

/** Few different ones or many, zeros of both signs; and orders in which a middle value is a bad pivot. */
const values: fc.Arbitrary<Float64Array> = fc
  .record({
    length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 590, max: 5_000 })),
    different: fc.constantFrom(1, 2, 5, 1_000, 2 ** 31),
    order: fc.constantFrom('drawn', 'rising', 'falling', 'organ pipe', 'sawtooth'),
    seed: fc.nat(),
    zero: fc.nat(),
  })
  .map(({ length, different, order, seed, zero }) => {
    let drawn = seed;
    const found = Float64Array.from({ length }, () => {
      drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0;
      const value = (drawn >>> 1) % different;
      return value === zero % different || drawn < 2 ** 29 ? (drawn % 7 < 3 ? -0 : 0) : value - different / 2;
    });
    if (order === 'drawn') return found;
    found.sort();
    if (order === 'falling') return found.reverse();
    if (order === 'rising') return found;
    const place = (i: number) =>
      order === 'sawtooth' ? (i * 61) % length : i * 2 < length ? i * 2 : (length - i) * 2 - 1;
    return found.map((_, i) => found[place(i)]!);
  });

const ranks = fc.double({ min: 0, max: 1, noNaN: true });

describe('the value at a rank', () => {
  test('is what a sort has there; the lesser ones are before it and the greater ones behind', () => {
    fc.assert(
      fc.property(values, ranks, ranks, (all, start, q) => {
        const from = Math.floor(start * (all.length - 1));
        const rank = from + Math.floor(q * (all.length - 1 - from));
        const sorted = all.slice(from).sort();
        const moved = all.slice();
        const found = selectRank(moved, { from, to: all.length, rank });
        expect(found === sorted[rank - from]).toBe(true);
        expect(moved.subarray(from, rank).every(value => value <= found)).toBe(true);
        expect(moved.subarray(rank).every(value => value >= found)).toBe(true);
        expect(moved.slice(0, from)).toEqual(all.slice(0, from));
        expect(moved.slice(from).sort()).toEqual(sorted);
      }),
      runs(300),
    );
  });

  test('gives a pane the same bits as a sort does, −0 before 0, read once or again with more', () => {
    fc.assert(
      fc.property(values, fc.oneof(ranks, fc.constantFrom(0, 0.25, 0.5, 1)), fc.boolean(), (all, q, isReadEarlier) => {
        const pane = new PaneOrder(q, 0);
        pane.reserve(1);
        const output = createColumn('float', 1);
        const middle = all.length >> 1;
        for (const part of [all.subarray(0, middle), all.subarray(middle)]) {
          const slots = new Int32Array(part.length);
          pane.accumulate(
            { length: part.length, entries: undefined, slots },
            { ...frameOf([]), length: part.length, columns: [{ type: 'float', values: part, valid: undefined }] },
          );
          if (isReadEarlier) pane.write(0, output, 0);
        }
        pane.write(0, output, 0);
        const sorted = all.slice().sort();
        const position = (sorted.length - 1) * q;
        const low = Math.floor(position);
        const expected =
          position === low ? sorted[low]! : sorted[low]! + (position - low) * (sorted[low + 1]! - sorted[low]!);
        expect(Object.is(output.values[0], expected)).toBe(true);
      }),
      runs(300),
    );
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markColumn, markState } from '../../engine/runtime/checkpoint/symbol-use.ts';
import { runs } from '../oracle/runs.ts';

const COUNT = 5;

it('every number of a state that could be a symbol is marked, and no other', () => {
  const number = fc.oneof(fc.integer({ min: -2, max: COUNT + 2 }), fc.double(), fc.constantFrom(-0, 0.5, 4.5, 2 ** 32));
  fc.assert(
    fc.property(fc.array(number), fc.array(fc.nat(COUNT + 2)), (numbers, ids) => {
      const isUsed = new Uint8Array(COUNT);
      markState(isUsed, {
        of: { all: [{ numbers: Float64Array.from(numbers) }, null, 'none'] },
        ids: Uint32Array.from(ids),
      });
      const expected = Array.from({ length: COUNT }, (_, id) =>
        numbers.some(n => n === id) || ids.includes(id) ? 1 : 0,
      );
      expect([...isUsed]).toEqual(expected);
    }),
    runs(),
  );
});

it('of a column its first rows are marked, and none where it was given away', () => {
  const isUsed = new Uint8Array(COUNT);
  const column = { type: 'symbol' as const, values: Uint32Array.of(1, 3, 4), valid: undefined };
  markColumn(isUsed, column, 2);
  structuredClone(column.values, { transfer: [column.values.buffer] });
  markColumn(isUsed, column, 3);
  expect([...isUsed]).toEqual([0, 1, 0, 1, 0]);
});

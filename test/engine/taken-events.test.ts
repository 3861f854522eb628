import { describe, expect, it } from 'vitest';
import type { Column, EventBatch } from '../../engine/batch.ts';
import { hashRows } from '../../engine/state/row-hash.ts';
import { TakenEvents } from '../../engine/state/taken-events.ts';

const ONE_KEY = new Uint32Array(1_000_000);

describe('values', () => {
  it('of one hash are told apart', () => {
    const values = Float64Array.from({ length: 300_000 }, (_, i) => Math.sqrt(i));
    const hashes = new Uint32Array(values.length);
    hashRows(ONE_KEY, [floats(values)], { start: 0, end: values.length }, hashes);
    const seen = new Map<number, number>();
    const pairs = values.reduce<number[][]>((found, value, i) => {
      const other = seen.get(hashes[i]!);
      seen.set(hashes[i]!, value);
      return other === undefined ? found : [...found, [other, value, other, value]];
    }, []);
    expect(pairs.length).toBeGreaterThan(2);
    for (const pair of pairs) expect(taken(floats(Float64Array.from(pair)))).toEqual([0, 1]);
  });

  it('that differ in little have different hashes, in the low bits too', () => {
    const values = Float64Array.from({ length: 4_096 }, (_, i) => i);
    const hashes = new Uint32Array(values.length);
    hashRows(ONE_KEY, [floats(values)], { start: 0, end: values.length }, hashes);
    expect(new Set(hashes.map(hash => hash & 4_095)).size).toBeGreaterThan(2_400); // 1 − 1/e of 4,096 are 2,589
  });

  it.each<[string, Column, number[]]>([
    ['null and what a null holds', floats(Float64Array.of(1, Number.NaN, 2, 2), [1, 0, 0, 1]), [0, 1, 3]],
    ['−0 and 0', floats(Float64Array.of(0, -0, 1, -1)), [0, 2, 3]],
    ['times', { type: 'time', values: Float64Array.of(1e15, 1e15 + 1, 1e15), valid: undefined }, [0, 1]],
    ['bools', { type: 'bool', values: Uint8Array.of(1, 0, 1, 0), valid: Uint8Array.of(1, 1, 1, 0) }, [0, 1, 3]],
    ['symbols', { type: 'symbol', values: Uint32Array.of(7, 8, 7, 0), valid: undefined }, [0, 1, 3]],
    [
      'texts',
      { type: 'string', values: ['', 'ab', 'ab', 'ba', ''], valid: Uint8Array.of(1, 1, 1, 1, 0) },
      [0, 1, 3, 4],
    ],
  ])('%s are equal as by `==`, and null to null', (_, column, places) => {
    expect(taken(column)).toEqual(places);
  });
});

it('takes no more memory the longer events come, and lets go of what is too old', () => {
  const events = new TakenEvents({ fields: ['value'], isOfTime: true, withinUs: 1_000 }, [
    { name: 'value', type: 'float' },
  ]);
  const sizes: number[] = [];
  for (let round = 0; round < 100; round++) {
    const times = Float64Array.from({ length: 500 }, (_, i) => round * 500 + i);
    const places = new Uint32Array(500);
    const batch = { ...batchOf(floats(times.map(time => time % 1_500))), timeUs: times, arrivalUs: times };
    expect(events.take(batch, ONE_KEY, { start: 0, end: 500 }, places)).toBe(500);
    sizes.push(events.stateBytes);
    expect(events.rememberedUntilUs(0)).toBe(round * 500 + 499 + 1_000);
  }
  expect(sizes.at(-1)).toBe(sizes[3]);
  expect(sizes.at(-1)).toBeLessThan(2_048 * 60);
  events.letGo(1e9);
  expect(events.rememberedUntilUs(0)).toBe(-Infinity);
});

/** The places of a column's values that repeat none before. */
function taken(column: Column): number[] {
  const unique = { fields: ['value'], isOfTime: false, withinUs: 10 };
  const events = new TakenEvents(unique, [{ name: 'value', type: column.type }]);
  const places = new Uint32Array(column.values.length);
  const range = { start: 0, end: column.values.length };
  const count = events.take(batchOf(column), new Uint32Array(range.end), range, places);
  return [...places.subarray(0, count)];
}

function floats(values: Float64Array, valid?: readonly number[]): Column {
  return { type: 'float', values, valid: valid === undefined ? undefined : Uint8Array.from(valid) };
}

function batchOf(column: Column): EventBatch {
  const { length } = column.values;
  const timeUs = new Float64Array(length);
  return { stream: 's', length, timeUs, arrivalUs: timeUs, columns: [column], rejected: [] };
}

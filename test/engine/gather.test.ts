import { expect, test } from 'vitest';
import {
  gatherFloat64,
  gatherInt32,
  gatherUint8,
  gatherUint32,
  scatterFloat64,
  scatterInt32,
  scatterUint8,
  scatterUint32,
} from '../../engine/state/gather.ts';

const KINDS = [
  { name: 'Float64', of: (...n: number[]) => Float64Array.of(...n), gather: gatherFloat64, scatter: scatterFloat64 },
  { name: 'Uint32', of: (...n: number[]) => Uint32Array.of(...n), gather: gatherUint32, scatter: scatterUint32 },
  { name: 'Int32', of: (...n: number[]) => Int32Array.of(...n), gather: gatherInt32, scatter: scatterInt32 },
  { name: 'Uint8', of: (...n: number[]) => Uint8Array.of(...n), gather: gatherUint8, scatter: scatterUint8 },
] as unknown as readonly Kind[]; // as: the table pairs each kind with its functions, a loop over it cannot

type Values = Float64Array;
type Kind = {
  readonly name: string;
  readonly of: (...values: number[]) => Values;
  readonly gather: (from: Values, places: Uint32Array, width?: number) => Values;
  readonly scatter: (from: Values, places: Int32Array, to: Values, width?: number) => void;
};

test.each(KINDS)('$name: the values at the places, in their order', ({ of, gather }) => {
  expect(gather(of(10, 11, 12, 13), Uint32Array.of(2, 0, 2))).toEqual(of(12, 10, 12));
  expect(gather(of(10, 11, 20, 21, 30, 31), Uint32Array.of(2, 0), 2)).toEqual(of(30, 31, 10, 11));
  expect(gather(of(), new Uint32Array(0))).toEqual(of());
});

test.each(KINDS)('$name: back to other places, less those of −1', ({ of, scatter }) => {
  const to = of(1, 2, 3, 4);
  scatter(of(12, 10, 11), Int32Array.of(3, -1, 0), to);
  expect(to).toEqual(of(11, 2, 3, 12));
  const pairs = of(1, 2, 3, 4);
  scatter(of(30, 31, 10, 11), Int32Array.of(-1, 0), pairs, 2);
  expect(pairs).toEqual(of(10, 11, 3, 4));
});

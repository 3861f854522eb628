import type { ShapeFunction } from '../plan.ts';

/**
 * Documentation, signature and tests of the shapes that readings of one key make. A reading is a value that is there and good:
 * others are passed over.
 */
export type Shape = {
  readonly doc: string; // one sentence
  readonly takes: readonly string[]; // names of the arguments; `range`: `3 events` or `30s`
  /** How many readings a range of events has at least. */
  readonly least: number;
  /** Readings of x one second apart, and what the call gives at each of them. */
  readonly examples: readonly ShapeExample[];
};

export type ShapeExample = {
  readonly call: string;
  readonly over: readonly (number | null)[];
  readonly gives: readonly (boolean | null)[];
};

export const SHAPE_FUNCTIONS: Readonly<Record<ShapeFunction, Shape>> = {
  rising: {
    doc: 'Whether each reading is greater than the one before: of the last n, or since one that is as old as the range.',
    takes: ['x', 'range'],
    least: 2,
    examples: [
      { call: 'rising(x, 3 events)', over: [1, 2, 3, 3, 4, 5], gives: [null, null, true, false, false, true] },
      { call: 'rising(x, 2s)', over: [5, 1, 2, 3, 2], gives: [null, null, false, true, false] },
      { call: 'rising(x, 3 events)', over: [1, null, 2, 3, null], gives: [null, null, null, true, true] },
    ],
  },
  falling: {
    doc: 'Whether each reading is less than the one before: of the last n, or since one that is as old as the range.',
    takes: ['x', 'range'],
    least: 2,
    examples: [{ call: 'falling(x, 2 events)', over: [3, 2, 2, 1], gives: [null, true, false, true] }],
  },
  stays: {
    doc: 'Whether each reading lies in low..high, both included: each of the last n, or each since one that is as old as the range.',
    takes: ['x', 'low..high', 'range'],
    least: 1,
    examples: [
      { call: 'stays(x, 1..3, 2s)', over: [1, 2, 3, 4, 3, 3, 3], gives: [null, null, true, false, false, false, true] },
      { call: 'stays(x, 1..3, 2 events)', over: [1, 2, 0, 2, 2], gives: [null, true, false, false, true] },
    ],
  },
  crosses: {
    doc: 'Whether x is beyond the limit, and was last on its other side; one that only touches it has not crossed.',
    takes: ['x', 'limit'],
    least: 1,
    examples: [
      { call: 'crosses(x, 5)', over: [4, 6, 7, 3], gives: [null, true, false, true] },
      { call: 'crosses(x, 5)', over: [4, 5, 4, 5, 6], gives: [null, false, false, false, true] },
    ],
  },
};

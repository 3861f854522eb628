/** Kleene's truths as bytes; a bool column's values are the first two. A level's truth starts as false. */
export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;

export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

import type { Operator } from '../operator.ts';

/** The parts of an operator that keeps nothing. */
export const STATELESS = {
  memory: { bytesPerKey: 0, plus: null },
  snapshot: () => ({}),
  restore: () => {},
  forget: () => {},
  stateBytes: 0,
} satisfies Partial<Operator>;

import type { ValueType } from '../plan.ts';
import type { Parameter } from './signature.ts';
import type { Unit } from './unit.ts';

/** Documentation, signature and tests of a function of plain values. The engine's function of that name runs the examples. */
export type ScalarFunction = {
  readonly doc: string; // one sentence
  readonly version?: number; // of a function of the program
  readonly parameters: readonly Parameter[];
  readonly result: {
    /** `first`: the first argument's. */
    readonly type: ValueType | 'first';
    /** `first`: the first argument's; `root`, `power`: of it; `rad`: an angle. Default: none. */
    readonly unit?: 'first' | 'root' | 'power' | 'rad';
    /** One of its own. */
    readonly inUnit?: Unit;
  };
  /** Calls as written in a rule, and what they give; null where the result does not exist. */
  readonly examples: readonly (readonly [call: string, gives: number | string | boolean | null])[];
};

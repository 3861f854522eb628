import type { HistoryNode, ShapeFunction } from '../plan.ts';
import type { Parameter } from './signature.ts';

/** Documentation and signature of what looks back at earlier events of the same key. */
export type HistoryFunction = {
  readonly doc: string;
  readonly parameters: readonly Parameter[];
  readonly result: 'first' | 'bool' | 'duration';
};

export const HISTORY_FUNCTIONS: Readonly<Record<Exclude<HistoryNode['function'], ShapeFunction>, HistoryFunction>> = {
  prev: {
    doc: 'The value of x at the event before, or n events before; null where there was none.',
    parameters: [
      { name: 'x', accepts: 'any' },
      { name: 'n', accepts: 'int', unit: 'ratio', isOptional: true, isConstant: true, least: 1, most: 10_000 },
    ],
    result: 'first',
  },
  changed: {
    doc: 'Whether x differs from its last value that was there; null at the first one, and where x is null.',
    parameters: [{ name: 'x', accepts: 'any' }],
    result: 'bool',
  },
  becomes: {
    doc: 'Whether the condition is true here and was false when it was last known; null where it was never known.',
    parameters: [{ name: 'c', accepts: 'bool' }],
    result: 'bool',
  },
  since: {
    doc: 'How long ago the condition was last true; null where it never was.',
    parameters: [{ name: 'c', accepts: 'bool' }],
    result: 'duration',
  },
};

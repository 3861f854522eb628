import type { Binding, Hoist, Scope } from './scope.ts';

/** A scope made of maps, the nearest first: a statement's own names, then the file's constants. */
export function scopeOf(
  bindings: readonly ReadonlyMap<string, Binding>[],
  rest: Omit<Scope, 'resolve' | 'names'>,
): Scope {
  return {
    ...rest,
    resolve(name) {
      for (const map of bindings) {
        const binding = map.get(name);
        if (binding !== undefined) return binding;
      }
      return undefined;
    },
    names: () => bindings.flatMap(map => [...map.keys()]),
  };
}

/** Where nothing may be hoisted: constants, expected values, conditions of routes on alerts. */
export const NO_HOIST: Hoist = {
  compute: expression => (expression.kind === 'column' ? expression.column : unexpected()),
  window: unexpected,
  range: unexpected,
  history: unexpected,
  detector: unexpected,
  lookup: null,
};

function unexpected(): never {
  throw new Error('MR9001: a column was hoisted where none can stand');
}

import type { Expression, Lookup } from '../ast.ts';
import type { Context } from './context.ts';
import { checkCondition, checkExpression } from './expression.ts';
import { lookupBindings } from './look-up.ts';
import type { Binding, Checked, Scope } from './scope.ts';

/** A condition of a statement; null after a report. */
export function conditionIn(expression: Expression, scope: Scope, context: Context): Checked | null {
  if (context.constants.isBroken(expression)) return null;
  return checkCondition(expression, withTables(scope, context), context.report);
}

/** As conditionIn, for expressions of any type. */
export function expressionIn(expression: Expression, scope: Scope, context: Context): Checked | null {
  if (context.constants.isBroken(expression)) return null;
  return checkExpression(expression, withTables(scope, context), context.report);
}

/** The names that a statement's `lookup`s give to rows. */
export function lookupsIn(lookups: readonly Lookup[], scope: Scope, context: Context): ReadonlyMap<string, Binding> {
  return lookupBindings(lookups, withTables(scope, context), context);
}

/** The file's tables are the last that a name may mean. */
function withTables(scope: Scope, context: Context): Scope {
  const resolve = (name: string): Binding | undefined => {
    const binding = scope.resolve(name);
    if (binding !== undefined || context.names.get(name)?.kind !== 'table') return binding;
    const table = context.tables.get(name);
    return table === undefined ? { kind: 'faulty' } : { kind: 'table', table };
  };
  const { functions } = context.words;
  return { ...scope, functions, resolve, names: () => [...scope.names(), ...context.tables.keys()] };
}

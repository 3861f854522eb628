import { assert } from '../errors.ts';
import { bearingFunctions } from './bearing.ts';
import { calendarFunctions } from './calendar.ts';
import type { ScalarFunction } from './function.ts';
import { mathFunctions } from './math.ts';
import { textFunctions } from './text.ts';

/** The scalar functions of the language by name. Their signatures and documentation stand in the language's catalog. */
export const scalarFunctions = {
  ...mathFunctions,
  ...calendarFunctions,
  ...textFunctions,
  ...bearingFunctions,
} satisfies Record<string, ScalarFunction>;

export function functionOf(name: string, functions: Readonly<Record<string, ScalarFunction>>): ScalarFunction {
  assert(Object.hasOwn(functions, name), `no function ${name}`);
  return functions[name]!;
}

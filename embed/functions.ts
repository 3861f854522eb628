import { functionNames } from '../dsl/catalog/functions.ts';
import type { ScalarFunction } from '../dsl/catalog/scalar-function.ts';
import type { Accepts, Parameter } from '../dsl/catalog/signature.ts';
import { isUnit, parseUnit, type Unit } from '../dsl/catalog/unit.ts';
import { MillraceError } from '../engine/errors.ts';
import {
  type CustomFunction,
  type CustomParameter,
  functionsOf,
  type FunctionType,
} from '../engine/runtime/workers/load-functions.ts';

/** A module of functions that has been loaded here, and that each thread will load by its URL. */
export type FunctionModule = {
  readonly url: string;
  readonly functions: Readonly<Record<string, CustomFunction>>;
};

/**
 * Loads a module whose exports are functions for rules, each under its name. The module is loaded again on every thread that
 * runs rules, so it should import little.
 *
 * Errors: MR7211 it is no such module · MR7205 a name that cannot be one, or that the language has.
 *
 * @example
 * const functions = await loadFunctions(new URL('./functions.js', import.meta.url));
 * const { plan } = compile(rules, { functions });
 */
export async function loadFunctions(url: URL | string): Promise<FunctionModule> {
  const module = { url: String(url), functions: Object.fromEntries(await functionsOf(String(url))) };
  languageFunctions(module); // its units are read once here
  return module;
}

/** As the language knows them: types, units, documentation. Errors: MR7211 a unit that is none. */
export function languageFunctions({ url, functions }: FunctionModule): Record<string, ScalarFunction> {
  const entries = Object.entries(functions).map(([name, { doc, version, parameters, result }]) => {
    const unitOf = (text: string | undefined) => (text === undefined ? {} : { inUnit: unitNamed(text, { url, name }) });
    const entry: ScalarFunction = {
      doc,
      version,
      parameters: parameters.map(parameter => parameterOf(parameter, unitOf(parameter.unit))),
      result: { type: result.type, ...unitOf(result.unit) },
      examples: [],
    };
    return [name, entry] as const;
  });
  return Object.fromEntries(entries);
}

/** Names that rules can call already. */
export const KNOWN_FUNCTIONS: readonly string[] = functionNames();

function parameterOf({ name, type }: CustomParameter, unit: { readonly inUnit?: Unit }): Parameter {
  return { name, accepts: ACCEPTS[type], ...(unit.inUnit === undefined ? { unit: 'ratio' } : unit) };
}

const ACCEPTS: Readonly<Record<FunctionType, Accepts>> = {
  float: 'number',
  int: 'int',
  bool: 'bool',
  string: 'text',
  duration: 'duration',
  time: 'time',
};

function unitNamed(text: string, place: { readonly url: string; readonly name: string }): Unit {
  const unit = parseUnit(text);
  if (isUnit(unit)) return unit;
  throw new MillraceError('MR7211', `${place.url}: ${place.name} names a unit that is none: ${unit.error}`, {
    ...(unit.suggestion === undefined ? {} : { hint: `did you mean ${unit.suggestion}?` }),
  });
}

import { MillraceError } from '../../errors.ts';
import { type OwnFunction, OwnFunctions } from '../../functions/own-functions.ts';

/** What a value is: of durations and times, microseconds. */
export type FunctionType = 'float' | 'int' | 'bool' | 'string' | 'duration' | 'time';

const FUNCTION_TYPES: readonly FunctionType[] = ['float', 'int', 'bool', 'string', 'duration', 'time'];

/**
 * A function of the program, exported by its module under the name that it has in rules. It is called on every thread, in any order
 * and as often as it pleases: it has to be pure, so that the same arguments give the same result on any machine, on any day.
 * No clock, no randomness, nothing that is read or remembered; live and replayed runs would differ.
 */
export type CustomFunction = {
  /** One sentence, for people. */
  readonly doc: string;
  /** A whole number from 1: another one where any result is another. State that was made by another version is not taken over. */
  readonly version: number;
  readonly parameters: readonly CustomParameter[];
  readonly result: { readonly type: FunctionType; readonly unit?: string };
  /** That it keeps to what is said above; a function that does not is refused (MR7211). */
  readonly isPure: true;
  /** About how long a call takes, in nanoseconds: events are handed out in rounds of about 50 ms. */
  readonly costNs: number;
  /**
   * Called for rows that exist, with arguments that are there: numbers in the parameter's unit, durations in microseconds, times in
   * microseconds since 1970, texts, true and false. Null: there is no result. What it throws (MR4030) or gives that is no finite
   * value of its type (MR4031) is null as well, told once, and counted.
   */
  evaluate(...values: never[]): number | boolean | string | null;
};

/** What a function takes at one place. */
export type CustomParameter = {
  readonly name: string;
  readonly type: FunctionType;
  /** Of a float: values in other units of its kind are converted, others are refused. None: a number without a unit. */
  readonly unit?: string;
};

/** The functions of these modules, each by its URL. Errors: MR7211 a module or a function is not what it has to be. */
export async function loadFunctions(modules: readonly string[]): Promise<OwnFunctions> {
  const own: OwnFunction[] = [];
  for (const url of modules) {
    for (const [name, definition] of await functionsOf(url)) own.push(ownFunction(name, definition));
  }
  return new OwnFunctions(own);
}

/** What a module exports, checked. Errors: MR7211. */
export async function functionsOf(url: string): Promise<[name: string, definition: CustomFunction][]> {
  const exported = await load(url);
  const functions = Object.entries(exported);
  if (functions.length === 0) throw wrong(url, 'it exports no function');
  for (const [name, definition] of functions) {
    const problem = problemOf(definition);
    if (problem !== null) throw wrong(url, `${name} ${problem}`);
  }
  return functions as [string, CustomFunction][]; // as: checked just now
}

async function load(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>; // as: a module's namespace
  } catch (error) {
    throw wrong(url, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** Null: there is none. */
function problemOf(definition: unknown): string | null {
  if (typeof definition !== 'object' || definition === null) return 'is no function definition';
  const { doc, version, parameters, result, isPure, costNs, evaluate } = definition as Partial<CustomFunction>;
  if (typeof evaluate !== 'function') return 'has no `evaluate`';
  if (typeof doc !== 'string' || doc === '') return 'has no `doc`';
  if (!Number.isInteger(version) || version! < 1) return 'has no `version`, a whole number from 1';
  if (isPure !== true) return 'has no `isPure: true`; a function that is not pure has to be a stream or a table';
  if (typeof costNs !== 'number' || !(costNs > 0)) return 'has no `costNs`, about how long a call takes';
  if (!isTyped(result)) return `has no \`result\` of type ${FUNCTION_TYPES.join(', ')}`;
  if (!Array.isArray(parameters)) return 'has no `parameters`';
  const misfit = (parameters as readonly unknown[]).find(parameter => !isTyped(parameter) || !isNamed(parameter));
  return misfit === undefined ? null : `has a parameter without a name or a type: ${JSON.stringify(misfit)}`;
}

function isTyped(value: unknown): value is { readonly type: FunctionType; readonly unit?: string } {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const { type, unit } = value as { readonly type: unknown; readonly unit?: unknown };
  return (
    FUNCTION_TYPES.some(known => known === type) &&
    (unit === undefined || (type === 'float' && typeof unit === 'string'))
  );
}

function isNamed(value: object): boolean {
  return 'name' in value && typeof value.name === 'string' && value.name !== '';
}

/** As the engine calls it. */
export function ownFunction(name: string, { version, result, costNs, evaluate }: CustomFunction): OwnFunction {
  const { type } = result;
  const kind = type === 'bool' || type === 'string' ? type : 'number';
  const isWhole = type === 'int' || type === 'duration' || type === 'time';
  return { name, version, result: kind, isWhole, costNs, evaluate };
}

function wrong(url: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('MR7211', `${url} is no module of functions: ${what}`, {
    hint: 'each export is a function definition: `export const dew_point = { doc, version, … } satisfies CustomFunction`',
    cause,
  });
}

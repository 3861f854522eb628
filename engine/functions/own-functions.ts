import { scalarFunctions } from './index.ts';
import type { ScalarFunction } from './function.ts';

/** Functions that expressions may call, by name. */
export type Functions = Readonly<Record<string, ScalarFunction>>;

/** A function of the program, as the engine knows it. */
export type OwnFunction = {
  readonly name: string;
  readonly version: number;
  readonly result: ScalarFunction['result'];
  readonly isWhole: boolean; // a number, and whole
  readonly costNs: number;
  readonly evaluate: (...values: never[]) => unknown;
};

/** What went wrong in calls of a function: the first message of its kind, and how often since it was asked before. */
export type FunctionTrouble = {
  readonly function: string;
  readonly code: 'MR4030' | 'MR4031';
  readonly message: string;
  readonly count: number;
};

/**
 * The functions of the language and those of the program. What one of these throws, or gives that is no value of its type, makes the
 * result null, and is counted: one function and code are one trouble.
 */
export class OwnFunctions {
  readonly functions: Functions;
  readonly own: readonly OwnFunction[];
  #troubles = new Map<string, FunctionTrouble>();

  constructor(own: readonly OwnFunction[]) {
    this.own = own;
    this.functions = { ...scalarFunctions, ...Object.fromEntries(own.map(one => [one.name, this.#guarded(one)])) };
  }

  takeTroubles(): readonly FunctionTrouble[] {
    if (this.#troubles.size === 0) return NO_TROUBLES;
    const troubles = [...this.#troubles.values()];
    this.#troubles = new Map();
    return troubles;
  }

  #guarded(own: OwnFunction): ScalarFunction {
    const { name, result, isWhole } = own;
    const isRight = isWhole ? Number.isSafeInteger : result === 'number' ? Number.isFinite : isOfType(result);
    const evaluate = (...values: never[]) => {
      let given: unknown;
      try {
        given = own.evaluate(...values);
      } catch (error) {
        this.#note(
          name,
          'MR4030',
          () => `\`${name}\` threw: ${error instanceof Error ? error.message : String(error)}`,
        );
        return null;
      }
      if (given === null || isRight(given)) return given as number | boolean | string | null; // as: just seen
      const wanted = isWhole ? 'a whole number' : { number: 'a number', bool: 'true or false', string: 'text' }[result];
      this.#note(name, 'MR4031', () => `\`${name}\` gave ${shown(given)}, and not ${wanted} or null`);
      return null;
    };
    return { result, evaluate, isOwn: true };
  }

  #note(name: string, code: FunctionTrouble['code'], message: () => string): void {
    const key = `${name} ${code}`;
    const before = this.#troubles.get(key);
    const trouble = before ?? { function: name, code, message: message(), count: 0 };
    this.#troubles.set(key, { ...trouble, count: trouble.count + 1 });
  }
}

const NO_TROUBLES: readonly FunctionTrouble[] = [];

function isOfType(result: 'bool' | 'string'): (value: unknown) => boolean {
  const type = result === 'bool' ? 'boolean' : 'string';
  return value => typeof value === type;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 50))}`;
  return typeof value === 'object' || typeof value === 'function' ? `a ${typeof value}` : String(value);
}

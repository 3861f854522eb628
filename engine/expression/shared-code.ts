import { SEVERITIES } from '../../dsl/plan.ts';
import { QUALITY_WORDS, type SymbolTable } from '../batch.ts';
import type { Functions } from '../functions/own-functions.ts';

/** Text, comment, name or number of generated code; anything else is no matter here. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|\/\/.*|[A-Za-z_$][\w$]*|\d[\w.]*(?:(?<=e)[+-]\d+)?/g;

/** By symbol table, which is one for all that a worker runs, and by form. Bound: the plan. */
const makers = new WeakMap<SymbolTable, Map<string, Make>>();
type Make = (...context: readonly unknown[]) => unknown;

/**
 * Makes the function of a generated source. Sources that differ in numbers alone (limits, ids of symbols, slots) share their
 * code: V8 parses and optimizes that of thousands of rules once. benchmark: rule-change
 */
export function instantiate(
  source: string,
  { symbols, functions, name }: { symbols: SymbolTable; functions: Functions; name: string },
): unknown {
  const { form, numbers } = formOf(source);
  const make = makerOf(form, { symbols, name, numberCount: numbers.length });
  return make(symbols, functions, QUALITY_WORDS, SEVERITIES, ...numbers);
}

/** The same of a source whose numbers stay in the code, where V8 folds them; it needs nothing from outside. */
export function compileOnce(source: string, { symbols, name }: { symbols: SymbolTable; name: string }): unknown {
  return makerOf(source, { symbols, name, numberCount: 0 })();
}

function makerOf(form: string, of: { symbols: SymbolTable; name: string; numberCount: number }): Make {
  let ofTable = makers.get(of.symbols);
  if (ofTable === undefined) makers.set(of.symbols, (ofTable = new Map()));
  let make = ofTable.get(form);
  if (make === undefined) ofTable.set(form, (make = compile(form, of.numberCount, of.name)));
  return make;
}

/** The source with a parameter for each number; 0, 1 and what is in hexadecimal are part of the loop, and stay, for V8 to fold. */
function formOf(source: string): { readonly form: string; readonly numbers: readonly number[] } {
  const numbers: number[] = [];
  const form = source.replace(TOKEN, token => {
    if (token.startsWith('/')) return '';
    if (!/^\d/.test(token) || token === '0' || token === '1' || token.startsWith('0x')) return token;
    return parameter(numbers.push(Number(token)) - 1);
  });
  return { form, numbers };
}

function compile(form: string, numberCount: number, name: string): Make {
  const url = name.replace(/[^\w./:#-]/g, '_');
  const parameters = Array.from({ length: numberCount }, (_, i) => parameter(i));
  const body = `'use strict';\n${form}\n//# sourceURL=millrace/${url}.js`;
  return new Function('symbols', 'functions', 'qualityWords', 'severityWords', ...parameters, body) as Make; // as: it is one
}

/** No name of generated code starts like this. */
function parameter(index: number): string {
  return `$${index}`;
}

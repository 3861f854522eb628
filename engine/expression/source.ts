/** Pieces of JavaScript source for generated expressions: constants are folded, so that what is always there costs nothing. */

const ATOM = /^(?:[\w$.]+|[\w$]+\[i\]|"(?:[^"\\]|\\.)*"|\(-[\w.+-]+\)|\d+ \/\* "(?:[^"\\]|\\.)*" \*\/)$/;

/** Whether a piece may be used twice and needs no parentheses. */
export function isAtom(source: string): boolean {
  return ATOM.test(source);
}

export function wrap(source: string): string {
  return isAtom(source) ? source : `(${source})`;
}

export function and(...conditions: readonly string[]): string {
  if (conditions.includes('false')) return 'false';
  return join(conditions, ' && ', 'true', / \|\| | \? | \?\? /);
}

export function or(...conditions: readonly string[]): string {
  if (conditions.includes('true')) return 'true';
  return join(conditions, ' || ', 'false', / && | \? | \?\? /);
}

export function not(condition: string): string {
  if (condition === 'true') return 'false';
  return condition === 'false' ? 'true' : `!${wrap(condition)}`;
}

export function choose(condition: string, then: string, otherwise: string): string {
  if (condition === 'true' || then === otherwise) return then;
  if (condition === 'false') return otherwise;
  if (then === 'true') return or(condition, otherwise);
  if (then === 'false') return and(not(condition), otherwise);
  if (otherwise === 'false') return and(condition, then);
  const [test, first, second] = [condition, then, otherwise].map(part => wrapWhere(part, / \? | \?\? /));
  return `${test} ? ${first} : ${second}`;
}

/** 1 or 0, for byte columns: of `x > 5` on random numbers V8 jumps for `? 1 : 0` and not for `+`, 2 to 3 ns and 1 a row. */
export function byte(condition: string): string {
  if (condition === 'true') return '1';
  return condition === 'false' ? '0' : `+(${condition})`;
}

export function numberLiteral(value: number): string {
  return value < 0 || Object.is(value, -0) ? `(-${Math.abs(value)})` : `${value}`;
}

/** A number that is part of the loop, and no parameter of it: see instantiate. */
export function fixed(value: number): string {
  return `0x${value.toString(16)}`;
}

/** The id of a symbol, with its text for whoever reads the source. */
export function symbolLiteral(id: number, text: string): string {
  return `${id} /* ${JSON.stringify(text).replaceAll('*/', '*\\/')} */`;
}

const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield Math Number ' +
    'bits bound check columns entry exists firstOf firstUs found foundCount frame functions groupOfRow here i is isOver j kept keptCount key keyIds length live marks mask moved nextOf now ones out outValid place placeOf qualityWords reached severityWords symbols timeUs told was'
  ).split(' '),
);

/** Hands out identifiers that tell what they stand for. */
export class Names {
  readonly #taken = new Set(RESERVED);

  /** `temp`, or `temp_2` where that is taken. */
  of(wanted: string): string {
    const plain = wanted.replace(/\W/g, '_').replace(/^(?=\d|$)/, '_');
    let name = plain;
    for (let n = 2; this.#taken.has(name); n++) name = `${plain}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

function join(conditions: readonly string[], operator: string, neutral: string, weaker: RegExp): string {
  const parts = [...new Set(conditions)].filter(condition => condition !== neutral);
  if (parts.length === 0) return neutral;
  return parts.length === 1 ? parts[0]! : parts.map(part => wrapWhere(part, weaker)).join(operator);
}

/** Parentheses for readers: a text that looks like an operator gets some too many. */
function wrapWhere(source: string, weaker: RegExp): string {
  return weaker.test(source) ? wrap(source) : source;
}

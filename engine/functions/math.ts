import type { ScalarFunction } from './function.ts';

export const mathFunctions = {
  abs: { result: 'number', evaluate: Math.abs, inline: x => `Math.abs(${x})` },
  sign: { result: 'number', evaluate: Math.sign, inline: x => `Math.sign(${x})` },
  sqrt: { result: 'number', evaluate: Math.sqrt, inline: x => `Math.sqrt(${x})` },
  exp: { result: 'number', evaluate: Math.exp, inline: x => `Math.exp(${x})` },
  ln: { result: 'number', evaluate: Math.log, inline: x => `Math.log(${x})` },
  log10: { result: 'number', evaluate: Math.log10, inline: x => `Math.log10(${x})` },
  pow: { result: 'number', evaluate: Math.pow, inline: (x, exponent) => `Math.pow(${x}, ${exponent})` },
  floor: { result: 'number', evaluate: Math.floor, inline: x => `Math.floor(${x})` },
  ceil: { result: 'number', evaluate: Math.ceil, inline: x => `Math.ceil(${x})` },
  round: { result: 'number', evaluate: round },
  clamp: {
    result: 'number',
    evaluate: (x: number, low: number, high: number) => Math.min(Math.max(x, low), high),
    inline: (x, low, high) => `Math.min(Math.max(${x}, ${low}), ${high})`,
  },
  mod: { result: 'number', evaluate: mod },
  bit: {
    result: 'bool',
    evaluate: bit,
    inline: (status, n) => `Math.floor(${status} / 2 ** ${n}) % 2 !== 0`,
  },
  least: { result: 'number', evaluate: Math.min, inline: (...values) => `Math.min(${values.join(', ')})` },
  greatest: { result: 'number', evaluate: Math.max, inline: (...values) => `Math.max(${values.join(', ')})` },
  sin: { result: 'number', evaluate: Math.sin, inline: x => `Math.sin(${x})` },
  cos: { result: 'number', evaluate: Math.cos, inline: x => `Math.cos(${x})` },
  tan: { result: 'number', evaluate: Math.tan, inline: x => `Math.tan(${x})` },
  atan2: { result: 'number', evaluate: Math.atan2, inline: (y, x) => `Math.atan2(${y}, ${x})` },
  pi: { result: 'number', evaluate: () => Math.PI, inline: () => 'Math.PI' },
} satisfies Record<string, ScalarFunction>;

/** Half away from zero, at `digits` decimals; negative digits round to tens, hundreds … */
function round(x: number, digits = 0): number {
  if (digits === 0) return roundToInteger(x);
  const scale = 10 ** Math.trunc(digits);
  const rounded = roundToInteger(x * scale) / scale;
  return Number.isFinite(rounded) ? rounded : x; // finer than a double is: nothing to round
}

function roundToInteger(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}

/** With the sign of n, so that angles and shifts wrap: mod(-10, 360) is 350. */
function mod(x: number, n: number): number {
  const remainder = x % n;
  return remainder !== 0 && remainder < 0 !== n < 0 ? remainder + n : remainder;
}

/** Bit n, counted from 0, of an integer in two's complement. */
function bit(status: number, n: number): boolean {
  return Math.floor(status / 2 ** n) % 2 !== 0;
}

import type { ScalarFunction } from './scalar-function.ts';

export const MATH_FUNCTIONS = {
  abs: {
    doc: 'The value without its sign.',
    parameters: [{ name: 'x', accepts: 'quantity' }],
    result: { type: 'first', unit: 'first' },
    examples: [['abs(-2.5)', 2.5]],
  },
  sign: {
    doc: '-1, 0 or 1.',
    parameters: [{ name: 'x', accepts: 'quantity' }],
    result: { type: 'int' },
    examples: [
      ['sign(-2.5)', -1],
      ['sign(0)', 0],
    ],
  },
  sqrt: {
    doc: 'The square root; of a negative number null.',
    parameters: [{ name: 'x', accepts: 'number' }],
    result: { type: 'float', unit: 'root' },
    examples: [
      ['sqrt(9)', 3],
      ['sqrt(-1)', null],
    ],
  },
  exp: {
    doc: 'e to the power of x.',
    parameters: [{ name: 'x', accepts: 'number', unit: 'ratio' }],
    result: { type: 'float' },
    examples: [['exp(0)', 1]],
  },
  ln: {
    doc: 'The natural logarithm; of zero and of negative numbers null.',
    parameters: [{ name: 'x', accepts: 'number', unit: 'ratio' }],
    result: { type: 'float' },
    examples: [
      ['ln(1)', 0],
      ['ln(0)', null],
    ],
  },
  log10: {
    doc: 'The logarithm to base 10; of zero and of negative numbers null.',
    parameters: [{ name: 'x', accepts: 'number', unit: 'ratio' }],
    result: { type: 'float' },
    examples: [['log10(1000)', 3]],
  },
  pow: {
    doc: 'x to the power of n; where x has a unit, n is a whole constant.',
    parameters: [
      { name: 'x', accepts: 'number' },
      { name: 'n', accepts: 'number', unit: 'ratio' },
    ],
    result: { type: 'float', unit: 'power' },
    examples: [
      ['pow(2, 10)', 1024],
      ['pow(2, -1)', 0.5],
    ],
  },
  floor: {
    doc: 'The greatest whole number that is not above x.',
    parameters: [{ name: 'x', accepts: 'number' }],
    result: { type: 'first', unit: 'first' },
    examples: [['floor(-1.5)', -2]],
  },
  ceil: {
    doc: 'The least whole number that is not below x.',
    parameters: [{ name: 'x', accepts: 'number' }],
    result: { type: 'first', unit: 'first' },
    examples: [['ceil(1.2)', 2]],
  },
  round: {
    doc: 'x at `digits` decimals (0), halves away from zero.',
    parameters: [
      { name: 'x', accepts: 'number' },
      { name: 'digits', accepts: 'int', unit: 'ratio', isOptional: true },
    ],
    result: { type: 'first', unit: 'first' },
    examples: [
      ['round(2.5)', 3],
      ['round(-2.5)', -3],
      ['round(3.14159, 2)', 3.14],
    ],
  },
  clamp: {
    doc: 'x, or the bound that it passes.',
    parameters: [
      { name: 'x', accepts: 'ordered' },
      { name: 'low', accepts: 'ordered', unit: 'first' },
      { name: 'high', accepts: 'ordered', unit: 'first' },
    ],
    result: { type: 'first', unit: 'first' },
    examples: [['clamp(12, 0, 10)', 10]],
  },
  least: {
    doc: 'The least of its arguments; null if one of them is. Over time it is the aggregate `min`.',
    parameters: [
      { name: 'x', accepts: 'ordered' },
      { name: 'y', accepts: 'ordered', unit: 'first', isRepeated: true },
    ],
    result: { type: 'first', unit: 'first' },
    examples: [['least(3, 1, 2)', 1]],
  },
  greatest: {
    doc: 'The greatest of its arguments; null if one of them is. Over time it is the aggregate `max`.',
    parameters: [
      { name: 'x', accepts: 'ordered' },
      { name: 'y', accepts: 'ordered', unit: 'first', isRepeated: true },
    ],
    result: { type: 'first', unit: 'first' },
    examples: [['greatest(3, 1, 2)', 3]],
  },
  mod: {
    doc: 'What is left of x after whole steps of n, with the sign of n, so that angles wrap.',
    parameters: [
      { name: 'x', accepts: 'quantity' },
      { name: 'n', accepts: 'quantity', unit: 'first' },
    ],
    result: { type: 'first', unit: 'first' },
    examples: [
      ['mod(7, 3)', 1],
      ['mod(-10, 360)', 350],
      ['mod(1, 0)', null],
    ],
  },
  bit: {
    doc: 'Whether bit n of a whole number is set, counted from 0.',
    parameters: [
      { name: 'status', accepts: 'int', unit: 'ratio' },
      { name: 'n', accepts: 'int', unit: 'ratio', least: 0, most: 62 },
    ],
    result: { type: 'bool' },
    examples: [
      ['bit(8, 3)', true],
      ['bit(8, 2)', false],
    ],
  },
  sin: {
    doc: 'The sine of an angle; without a unit it is in radians.',
    parameters: [{ name: 'angle', accepts: 'number', unit: 'angle' }],
    result: { type: 'float' },
    examples: [['sin(0)', 0]],
  },
  cos: {
    doc: 'The cosine of an angle; without a unit it is in radians.',
    parameters: [{ name: 'angle', accepts: 'number', unit: 'angle' }],
    result: { type: 'float' },
    examples: [['cos(0)', 1]],
  },
  tan: {
    doc: 'The tangent of an angle; without a unit it is in radians.',
    parameters: [{ name: 'angle', accepts: 'number', unit: 'angle' }],
    result: { type: 'float' },
    examples: [['tan(0)', 0]],
  },
  atan2: {
    doc: 'The angle of the point (x, y), in -π rad to π rad.',
    parameters: [
      { name: 'y', accepts: 'number' },
      { name: 'x', accepts: 'number', unit: 'first' },
    ],
    result: { type: 'float', unit: 'rad' },
    examples: [['atan2(0, 1)', 0]],
  },
  pi: { doc: 'π.', parameters: [], result: { type: 'float' }, examples: [['pi()', 3.141592653589793]] },
} as const satisfies Record<string, ScalarFunction>;

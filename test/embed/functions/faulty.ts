import type { CustomFunction } from '../../../index.ts';

const rest = {
  doc: 'Goes wrong at some values.',
  version: 1,
  parameters: [{ name: 'x', type: 'float' }],
  isPure: true,
  costNs: 100,
} as const;

export const throws_above = {
  ...rest,
  result: { type: 'float' },
  evaluate(x: number) {
    if (x > 10) throw new RangeError(`${x} is too much`);
    return x;
  },
} satisfies CustomFunction;

export const gives_nan = {
  ...rest,
  result: { type: 'float' },
  evaluate: (x: number) => Math.sqrt(x),
} satisfies CustomFunction;

export const gives_text = {
  ...rest,
  result: { type: 'bool' },
  evaluate: (x: number) => (x > 0 ? true : ('no' as unknown as boolean)),
} satisfies CustomFunction;

export const gives_half = {
  ...rest,
  result: { type: 'int' },
  evaluate: (x: number) => x / 2,
} satisfies CustomFunction;

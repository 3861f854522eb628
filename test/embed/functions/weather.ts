import type { CustomFunction } from '../../../index.ts';

/** Magnus' formula. */
export const dew_point = {
  doc: 'The temperature at which air of this humidity begins to condense.',
  version: 1,
  parameters: [
    { name: 'temp', type: 'float', unit: 'degC' },
    { name: 'humidity', type: 'float', unit: '%' },
  ],
  result: { type: 'float', unit: 'degC' },
  isPure: true,
  costNs: 50,
  evaluate(temp: number, humidity: number) {
    const gamma = Math.log(humidity / 100) + (17.62 * temp) / (243.12 + temp);
    return humidity > 0 ? (243.12 * gamma) / (17.62 - gamma) : null;
  },
} satisfies CustomFunction;

export const grade = {
  doc: 'A word for a temperature.',
  version: 3,
  parameters: [{ name: 'temp', type: 'float', unit: 'degC' }],
  result: { type: 'string' },
  isPure: true,
  costNs: 20,
  evaluate: (temp: number) => (temp > 30 ? 'hot' : temp < 5 ? 'cold' : null),
} satisfies CustomFunction;

export const is_even = {
  doc: 'Whether a whole number is even.',
  version: 1,
  parameters: [{ name: 'n', type: 'int' }],
  result: { type: 'bool' },
  isPure: true,
  costNs: 10,
  evaluate: (n: number) => n % 2 === 0,
} satisfies CustomFunction;

export const rest_of_hour = {
  doc: 'How long it is until the next full hour.',
  version: 1,
  parameters: [{ name: 'at', type: 'time' }],
  result: { type: 'duration' },
  isPure: true,
  costNs: 10,
  evaluate: (at: number) => 3_600e6 - (at % 3_600e6),
} satisfies CustomFunction;

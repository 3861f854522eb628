import type { CustomFunction } from 'millrace';

/** What rules of `rules.mill` call; each worker thread loads this module. */
export const specific_power = {
  doc: 'The energy that a cubic metre of air takes.',
  version: 1,
  parameters: [
    { name: 'power', type: 'float', unit: 'kW' },
    { name: 'flow', type: 'float', unit: 'm^3/h' },
  ],
  result: { type: 'float', unit: 'kWh/m^3' },
  isPure: true,
  costNs: 20,
  evaluate: (power: number, flow: number) => (flow > 0 ? power / flow : null),
} satisfies CustomFunction;

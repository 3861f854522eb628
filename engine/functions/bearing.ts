import type { ScalarFunction } from './function.ts';

type Frequency = (turns: number, balls: number, ball: number, pitch: number, angle?: number) => number;

/** Frequencies of faults, of turns a second, two diameters in one unit, and the angle in degrees. */
export const bearingFunctions = {
  bearing_outer: { result: 'number', evaluate: outer },
  bearing_inner: { result: 'number', evaluate: inner },
  bearing_ball: { result: 'number', evaluate: ball },
  bearing_cage: { result: 'number', evaluate: cage },
} satisfies Record<string, ScalarFunction & { readonly evaluate: Frequency }>;

function outer(...[turns, balls, diameter, pitch, angle]: Parameters<Frequency>): number {
  return (balls / 2) * turns * (1 - slope(diameter, pitch, angle));
}

function inner(...[turns, balls, diameter, pitch, angle]: Parameters<Frequency>): number {
  return (balls / 2) * turns * (1 + slope(diameter, pitch, angle));
}

function ball(...[turns, , diameter, pitch, angle]: Parameters<Frequency>): number {
  return (pitch / (2 * diameter)) * turns * (1 - slope(diameter, pitch, angle) ** 2);
}

function cage(...[turns, , diameter, pitch, angle]: Parameters<Frequency>): number {
  return (turns / 2) * (1 - slope(diameter, pitch, angle));
}

function slope(diameter: number, pitch: number, angle = 0): number {
  return (diameter / pitch) * Math.cos((angle * Math.PI) / 180);
}

import type { ForecastName, OutputKind } from '../plan.ts';
import type { Parameter } from './signature.ts';

/** Documentation, signature and examples of a function that looks ahead by how a key's readings have gone. */
export type ForecastFunction = {
  readonly doc: string; // one sentence
  readonly detector: ForecastName;
  readonly output: OutputKind;
  /** Behind them the range may stand that it looks back over. */
  readonly parameters: readonly Parameter[];
  /** What the range is where it is not said: as long as the horizon, or so many microseconds. */
  readonly range: 'horizon' | number;
  /** Whether `season 1d` may stand behind all else. */
  readonly hasSeason: boolean;
  readonly result: 'first' | 'duration';
  /** `gives`: at the last of the readings, one second apart. */
  readonly examples: readonly { readonly call: string; readonly over: readonly number[]; readonly gives: number }[];
};

const HOUR_US = 3_600_000_000;
const X: Parameter = { name: 'x', accepts: 'number' };
const HORIZON: Parameter = { name: 'horizon', accepts: 'duration', isConstant: true, least: 1 };
const PROBABILITY: Parameter = {
  name: 'probability',
  accepts: 'number',
  unit: 'ratio',
  isConstant: true,
  isOptional: true,
  least: 0.5,
  most: 0.9999,
};

const RISING = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const STANDING = [5, 5, 5, 5, 5, 5, 5, 5, 5];

export const FORECASTS = {
  forecast: {
    doc: 'What x is expected to be at now + horizon, if it goes on as in the range.',
    detector: 'forecast',
    output: 'value',
    parameters: [X, HORIZON],
    range: 'horizon',
    hasSeason: true,
    result: 'first',
    examples: [{ call: 'forecast(x, 5s, 32s)', over: RISING, gives: 15 }],
  },
  forecast_low: {
    doc: 'The lower bound of the interval in which a reading at now + horizon lies with the probability, 95 % if not said.',
    detector: 'forecast',
    output: 'low',
    parameters: [X, HORIZON, PROBABILITY],
    range: 'horizon',
    hasSeason: true,
    result: 'first',
    examples: [{ call: 'forecast_low(x, 5s, 90%, 32s)', over: STANDING, gives: 5 }],
  },
  forecast_high: {
    doc: 'The upper bound of that interval.',
    detector: 'forecast',
    output: 'high',
    parameters: [X, HORIZON, PROBABILITY],
    range: 'horizon',
    hasSeason: true,
    result: 'first',
    examples: [{ call: 'forecast_high(x, 5s, 32s)', over: STANDING, gives: 5 }],
  },
  time_to: {
    doc: 'How long x takes to the limit, if it goes on as in the range, an hour if not said; 0 once it is there and goes on, `10y` where it does not go there.',
    detector: 'time_to',
    output: 'value',
    parameters: [X, { name: 'limit', accepts: 'number', unit: 'first' }],
    range: HOUR_US,
    hasSeason: false,
    result: 'duration',
    examples: [
      { call: 'time_to(x, 20, 32s)', over: RISING, gives: 10_000_000 },
      { call: 'time_to(x, 20, 32s)', over: STANDING, gives: 315_360_000_000_000 },
    ],
  },
  runs_out: {
    doc: 'How long x takes down to `empty`, 0 if not said, if as much is used as in the range, a day if not said; what is filled in is left out. 0 where it is empty, `10y` where nothing is used.',
    detector: 'runs_out',
    output: 'value',
    parameters: [X, { name: 'empty', accepts: 'number', unit: 'first', isOptional: true }],
    range: 24 * HOUR_US,
    hasSeason: false,
    result: 'duration',
    examples: [{ call: 'runs_out(x, 32s)', over: [20, 19, 18, 17, 16, 15, 14, 13, 12, 11], gives: 11_000_000 }],
  },
} satisfies Readonly<Record<string, ForecastFunction>>;

export type ForecastFunctionName = keyof typeof FORECASTS;

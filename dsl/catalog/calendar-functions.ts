import type { Parameter } from './signature.ts';
import type { ScalarFunction } from './scalar-function.ts';

const WHEN: readonly Parameter[] = [
  { name: 'time', accepts: 'time' },
  { name: 'zone', accepts: 'text', isOptional: true, isConstant: true, isZone: true },
];

/** Of event time in a zone (`"Europe/Berlin"`); without it, in UTC. No rule file writes a time: no examples. */
export const CALENDAR_FUNCTIONS = {
  hour_of_day: { doc: 'The hour, 0 to 23.', parameters: WHEN, result: { type: 'int' }, examples: [] },
  minute_of_hour: { doc: 'The minute, 0 to 59.', parameters: WHEN, result: { type: 'int' }, examples: [] },
  day_of_week: {
    doc: 'The day of the week as in ISO 8601: 1 is Monday, 7 is Sunday.',
    parameters: WHEN,
    result: { type: 'int' },
    examples: [],
  },
  day_of_month: { doc: 'The day of the month, 1 to 31.', parameters: WHEN, result: { type: 'int' }, examples: [] },
  month: { doc: 'The month, 1 to 12.', parameters: WHEN, result: { type: 'int' }, examples: [] },
  year: { doc: 'The year.', parameters: WHEN, result: { type: 'int' }, examples: [] },
} as const satisfies Record<string, ScalarFunction>;

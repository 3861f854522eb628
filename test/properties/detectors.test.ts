import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  definedAnswers,
  detectorAnswers,
  type DetectorEvent,
  detectorPlan,
  expectAsDefined,
} from '../oracle/detector-answers.ts';
import { DEFINITIONS } from '../oracle/detector-definitions.ts';
import { runs } from '../oracle/runs.ts';

/** A few hundred readings about a second apart, with nulls, faults that last, and levels up to 1e12. */
const streams = fc
  .record({
    level: fc.constantFrom(0, 20, -3, 1e6, 1e12),
    length: fc.integer({ min: 20, max: 400 }),
    faultAt: fc.integer({ min: 0, max: 400 }),
    faultFor: fc.integer({ min: 0, max: 60 }),
    fault: fc.constantFrom(-30, -2, 2, 8, 100),
    noises: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 400, maxLength: 400 }),
    steps: fc.array(fc.constantFrom(0, 500, 1000, 1000, 1000, 1500), { minLength: 400, maxLength: 400 }),
    holes: fc.array(fc.integer({ min: 0, max: 19 }), { minLength: 400, maxLength: 400 }),
  })
  .map(({ level, length, faultAt, faultFor, fault, noises, steps, holes }): DetectorEvent[] => {
    let timeUs = 0;
    return noises.slice(0, length).map((noise, i) => {
      timeUs += steps[i]! * 1000;
      const isFault = i >= faultAt && i < faultAt + faultFor;
      const value = level + noise / 500 + (isFault ? fault : 0);
      const x = holes[i] === 0 ? null : value;
      return {
        key: holes[i]! % 5 === 1 ? 'b' : 'a',
        timeUs,
        x,
        y: value / 2 + noises[length - 1 - i]! / 400,
        isGood: holes[i] !== 2,
      };
    });
  });

describe('each detector says what its definition says of all readings at once, wherever a run is stopped and restored', () => {
  test.each(DEFINITIONS.filter(({ call }) => !call.startsWith('half_space')).map(each => [each.call, each] as const))(
    '%s',
    (call, definition) => {
      const plan = detectorPlan(call);
      fc.assert(
        fc.property(streams, fc.array(fc.nat(400), { maxLength: 2 }), (events, stops) => {
          expectAsDefined(detectorAnswers(plan, events, stops), definedAnswers(definition, events), definition);
        }),
        runs(30),
      );
    },
  );
});

import type { ScalarFunction } from './scalar-function.ts';
import type { Parameter } from './signature.ts';
import { knownUnit } from './unit.ts';

const MILLIMETRE = knownUnit('mm');

/** A shaft that turns in a bearing whose outer ring stands still. Both diameters are converted to one unit, whose choice does not matter. */
const BEARING: readonly Parameter[] = [
  { name: 'speed', accepts: 'number', unit: 'turning' },
  { name: 'balls', accepts: 'number', unit: 'ratio', least: 1 },
  { name: 'ball_diameter', accepts: 'number', inUnit: MILLIMETRE, least: 0 },
  { name: 'pitch_diameter', accepts: 'number', inUnit: MILLIMETRE, least: 0 },
  { name: 'contact_angle', accepts: 'number', inUnit: knownUnit('deg'), isOptional: true, least: -90, most: 90 },
];

const FREQUENCY = { type: 'float', inUnit: knownUnit('Hz') } as const;

/**
 * At which frequencies the faults of a rolling bearing are heard (Randall & Antoni 2011, eq. 1 to 4): nobody slips. The examples are of the bearing
 * 6205-2RS of the Case Western Reserve University's test bed, whose own table says 3.5848, 5.4152, 4.7135 (both sides of a ball) and
 * 0.39828 turns of the shaft.
 */
export const BEARING_FUNCTIONS = {
  bearing_outer: {
    doc: 'How often a ball passes a fault of the outer ring (BPFO), in Hz.',
    parameters: BEARING,
    result: FREQUENCY,
    examples: [
      ['bearing_outer(1 Hz, 9, 0.3126 inch, 1.537 inch)', 3.584775536759922],
      ['bearing_outer(1772 rpm, 8, 10 mm, 40 mm, 60 deg)', 103.36666666666667],
    ],
  },
  bearing_inner: {
    doc: 'How often a ball passes a fault of the inner ring (BPFI), in Hz.',
    parameters: BEARING,
    result: FREQUENCY,
    examples: [['bearing_inner(1 Hz, 9, 0.3126 inch, 1.537 inch)', 5.415224463240078]],
  },
  bearing_ball: {
    doc: 'How often a ball turns about itself (BSF), in Hz; a fault of it meets a ring twice as often.',
    parameters: BEARING,
    result: FREQUENCY,
    examples: [['bearing_ball(1 Hz, 9, 0.3126 inch, 1.537 inch)', 2.3567217007148473]],
  },
  bearing_cage: {
    doc: 'How often the cage turns (FTF), in Hz.',
    parameters: BEARING,
    result: FREQUENCY,
    examples: [['bearing_cage(1 Hz, 9, 0.3126 inch, 1.537 inch)', 0.39830839297332465]],
  },
} as const satisfies Record<string, ScalarFunction>;

import type { Curve } from './curve.ts';
import { disorderCurve } from './disorder-curve.ts';
import { keysCurve } from './keys-curve.ts';
import { payloadCurve } from './payload-curve.ts';
import { rulesCurve } from './rules-curve.ts';
import { startCurve } from './start-curve.ts';
import { windowsCurve } from './windows-curve.ts';
import { workersCurve } from './workers-curve.ts';

export const CURVES: readonly Curve[] = [
  rulesCurve,
  keysCurve,
  windowsCurve,
  workersCurve,
  disorderCurve,
  payloadCurve,
  startCurve,
];

/**
 * A process of its own (`node --expose-gc point.ts CURVE VARIANT X`): what one variant of a curve costs at one point.
 * Prints one line of JSON.
 */
import type { MeasuredPoint } from './curve.ts';
import { CURVES } from './curves.ts';

const [name, variant, x] = process.argv.slice(2);
const values = await CURVES.find(curve => curve.name === name)!.measure(variant!, Number(x));
const point: MeasuredPoint = { values, peakBytes: process.resourceUsage().maxRSS * 1_024 };
console.log(JSON.stringify(point));

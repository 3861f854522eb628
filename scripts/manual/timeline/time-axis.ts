import { describeDuration } from '../../../dsl/describe-expression.ts';

/** Where an instant stands in a picture. */
export type TimeAxis = {
  readonly leftX: number;
  readonly rightX: number;
  readonly x: (atUs: number) => number;
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
};

const SECOND_US = 1_000_000;
const STEPS_US = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30], // seconds
  ...[1, 2, 5, 10, 15, 20, 30].map(minutes => minutes * 60),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map(hours => hours * 3_600),
].map(seconds => seconds * SECOND_US);

const MOST_TICKS = 9;
const INSET = 8; // so that what happens at 0s does not stand on the edge

export function timeAxis({ leftX, rightX, endUs }: { leftX: number; rightX: number; endUs: number }): TimeAxis {
  const startX = leftX + INSET;
  const scale = (rightX - startX) / Math.max(endUs, 1);
  const x = (atUs: number) => startX + atUs * scale;
  const stepUs = STEPS_US.find(step => endUs / step <= MOST_TICKS) ?? endUs;
  const count = Math.floor(endUs / stepUs) + 1;
  const ticks = Array.from({ length: count }, (_, i) => ({ x: x(i * stepUs), text: describeDuration(i * stepUs) }));
  return { leftX, rightX, x, ticks };
}

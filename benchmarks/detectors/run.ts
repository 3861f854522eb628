/**
 * How many events a second a thread takes through each detector, and what it keeps of a key: `npm run bench -- detectors`;
 * `-- detectors --only zscore,discord` for some. The method is in ../README.md.
 */
import { parseArgs } from 'node:util';
import { machine, writeResult } from '../machine.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { DETECTOR_CALLS, type DetectorCall } from './detector-calls.ts';
import { barePass, enginePass, rulePlan, saidOf } from './passes.ts';
import { KEYS, type ReadingStream, readingStreams } from './reading-stream.ts';

const PASSES = 3;
const WARM_UP_PASSES = 1;
const LEAST_SAID = 0.95;

type OfPattern = {
  readonly pattern: string;
  readonly eventsPerSecond: Spread;
  /** Of passes side by side. */
  readonly timesBareLoop: Spread;
  readonly timesWithoutDetector: Spread;
};

type Measured = DetectorCall & {
  readonly bytesPerKey: number;
  /** By the pattern that is slowest. */
  readonly eventsPerSecond: number;
  readonly isReached: boolean;
  readonly patterns: readonly OfPattern[];
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const calls = DETECTOR_CALLS.filter(({ name }) => only?.includes(name) ?? true);
const streams = readingStreams();
const withoutDetector = rulePlan(null);

console.log('slowest pattern        events/s   × bare loop   × no detector   bytes a key');
const detectors = calls.map(call => show(measure(call)));
const missed = detectors.filter(({ isReached }) => !isReached);
if (missed.length > 0) console.log(`\nbelow what is to be reached: ${missed.map(({ name }) => name).join(', ')}`);
if (only === undefined) console.log(`\n${writeResult('detectors', { machine: machine(), keys: KEYS, detectors })}`);

function measure(call: DetectorCall): Measured {
  const [first] = streams as [ReadingStream];
  const { bytesPerKey, share } = saidOf(call.call, first);
  if (share < LEAST_SAID)
    throw new Error(`${call.call} says something of ${(100 * share).toFixed(1)} % of the readings`);
  const plan = rulePlan(call.call);
  const patterns = streams.map((stream): OfPattern => {
    const rates = Array.from({ length: WARM_UP_PASSES + PASSES }, () => ({
      bare: barePass(stream).eventsPerSecond,
      without: enginePass(withoutDetector, stream).eventsPerSecond,
      own: enginePass(plan, stream).eventsPerSecond,
    })).slice(WARM_UP_PASSES);
    return {
      pattern: stream.pattern,
      eventsPerSecond: spreadOf(rates.map(({ own }) => own)),
      timesBareLoop: spreadOf(rates.map(({ own, bare }) => bare / own)),
      timesWithoutDetector: spreadOf(rates.map(({ own, without }) => without / own)),
    };
  });
  const eventsPerSecond = slowest(patterns).eventsPerSecond.median;
  return { ...call, bytesPerKey, eventsPerSecond, isReached: eventsPerSecond >= call.target, patterns };
}

function slowest(patterns: readonly OfPattern[]): OfPattern {
  return patterns.toSorted((a, b) => a.eventsPerSecond.median - b.eventsPerSecond.median)[0]!;
}

function show(measured: Measured): Measured {
  const { name, patterns, bytesPerKey } = measured;
  const { pattern, eventsPerSecond, timesBareLoop, timesWithoutDetector } = slowest(patterns);
  const rate = `${(eventsPerSecond.median / 1e6).toPrecision(3)} M`.padStart(9);
  const times = [timesBareLoop, timesWithoutDetector].map(({ median }) => median.toFixed(1).padStart(14)).join('');
  console.log(`${name.padEnd(20)}${rate}${times}${String(bytesPerKey).padStart(14)}  ${pattern}`);
  return measured;
}

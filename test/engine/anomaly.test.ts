import { describe, expect, test } from 'vitest';
import type { Detector } from '../../engine/anomaly/index.ts';
import { ARGUMENT, createDetector, PERIOD, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import { REST } from '../../engine/anomaly/recalibration.ts';
import { noise } from '../oracle/noise.ts';

const MINUTE = 60_000_000;

const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;

type Options = { readonly stepUs?: number; readonly adaptUs?: number };

type Answer = { readonly value: number; readonly periodUs: number; readonly argument: number };

function said(values: readonly number[], options: Options = {}): Answer[] {
  return saidTogether(
    values.map(value => [value]),
    options,
  );
}

/** Of readings of several fields. */
function saidTogether(
  readings: readonly (readonly number[])[],
  { stepUs = 5 * MINUTE, adaptUs }: Options = {},
): Answer[] {
  const detector = anomalyOf(readings[0]!.length, adaptUs);
  const record = new Float64Array(detector.width);
  const result = new Float64Array(RESULTS);
  return readings.map((values, i) => {
    result.fill(Number.NaN);
    detector.take(record, 0, { timeUs: i * stepUs, values: Float64Array.from(values) }, result);
    return { value: result[VALUE]!, periodUs: result[PERIOD]!, argument: result[ARGUMENT]! };
  });
}

function anomalyOf(fields: number, adaptUs: number | undefined): Detector {
  const names = Array.from({ length: fields }, (_, i) => `x${i}`);
  const node = { kind: 'detector', id: 'd', input: 's', detector: 'anomaly', quality: null } as const;
  const outputs = [{ name: 'argument', of: 'argument', type: 'symbol' }] as const;
  return createDetector({
    ...node,
    outputs,
    arguments: names,
    parameters: [],
    ...(adaptUs === undefined ? {} : { adaptUs }),
  });
}

/** From which reading to which it is rarer than one in so long. */
function occurrences(answers: readonly Answer[], periodUs: number): (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  for (const [i, answer] of answers.entries()) {
    if (!(answer.periodUs > periodUs)) continue;
    if (found.at(-1)?.[1] === i) found.at(-1)![1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}

describe('what is unusual', () => {
  const { gauss } = noise(4);
  const daily = (i: number) => 20 + 8 * Math.sin((2 * Math.PI * i) / 288) + gauss() / 4;
  const quiet = Array.from({ length: 288 * 14 }, (_, i) => daily(i));
  const at = 288 * 13 + 72; // the warmest time of day

  test.each<readonly [string, (value: number, i: number) => number]>([
    ['a spike', (value, i) => (i === at ? value + 25 : value)],
    ['a level that was never there', (value, i) => (i >= at ? value + 25 : value)],
    ['a reading of another time of day', (value, i) => (i === at ? 12 : value)],
    ['noise where there was little', (value, i) => (i >= at ? value + 3 * gauss() : value)],
  ])('%s is rarer than one reading in a thousand', (_, change) => {
    const answers = said(quiet.map(change));
    expect(Math.max(...answers.slice(at, at + 20).map(({ value }) => value))).toBeGreaterThan(0.999);
  });

  test('how long it takes until a reading is as rare goes by the rate of readings', () => {
    const spiked = quiet.map((value, i) => (i === at ? value + 25 : value));
    const [slow, fast] = [said(spiked)[at]!, said(spiked, { stepUs: MINUTE })[at]!];
    expect(slow.periodUs).toBeGreaterThan(fast.periodUs);
  });

  test('one spike does not hide the next', () => {
    const answers = said(quiet.map((value, i) => (i === at ? value + 400 : i === at + 100 ? value + 25 : value)));
    for (const i of [at, at + 100]) expect(answers[i]!.value).toBeGreaterThan(0.998);
  });
});

describe('an occurrence', () => {
  const { gauss } = noise(6);
  const quiet = Array.from({ length: 5_000 }, () => 20 + gauss());
  const at = 4_000;

  test('of a level lasts until it returns, and a rest longer: a rule raises one alert', () => {
    const shifted = quiet.map((value, i) => (i >= at && i < at + 600 ? value + 25 : value));
    const found = occurrences(said(shifted), YEAR);
    expect(found).toHaveLength(1);
    const [[from, to]] = found as [[number, number]]; // as: it has one
    expect(from).toBe(at);
    expect(to).toBeGreaterThanOrEqual(at + 600 + REST - 1);
    expect(to).toBeLessThan(at + 600 + 3 * REST);
  });

  test('of noise that has grown lasts for a rest at least', () => {
    const noisy = quiet.map((value, i) => (i >= at && i < at + 600 ? 20 + 6 * (value - 20) : value));
    const [[from, to]] = occurrences(said(noisy), 30 * DAY) as [[number, number]]; // as: it has one
    expect(from).toBeGreaterThanOrEqual(at);
    expect(from).toBeLessThan(at + 20);
    expect(to).toBeGreaterThanOrEqual(from + REST);
  });

  test('that never returns is never taken for usual, unless `adapt` says so', () => {
    const shifted = quiet.map((value, i) => (i >= at ? value + 25 : value));
    expect(occurrences(said(shifted), YEAR)).toEqual([[at, 5_000]]);
    const [[from, to]] = occurrences(said(shifted, { adaptUs: DAY }), YEAR) as [[number, number]]; // as: it has one
    expect(from).toBe(at);
    expect(to).toBeGreaterThanOrEqual(at + 288);
    expect(to).toBeLessThan(at + 288 + REST);
  });

  test('that is over hides no other', () => {
    const spiked = quiet.map((value, i) => (i === at ? value + 100 : i === at + 200 ? value - 100 : value));
    const found = occurrences(said(spiked), 3 * DAY).map(([from]) => from);
    expect(found).toContain(at);
    expect(found).toContain(at + 200);
  });

  test('of several values lasts as long as they do not go together; then the next is found as well', () => {
    const isOut = (i: number) => (i >= 2_000 && i < 2_500) || (i >= 3_500 && i < 3_600);
    const readings = quiet.map((value, i) => [value, isOut(i) ? 40 - value : value + gauss() / 10, gauss()]);
    const found = occurrences(saidTogether(readings), YEAR);
    expect(found).toHaveLength(2);
    for (const [i, first] of [2_000, 3_500].entries()) {
      expect(found[i]![0]).toBeGreaterThanOrEqual(first);
      expect(found[i]![0]).toBeLessThan(first + 40);
    }
    expect(found[0]![1]).toBeGreaterThan(2_500);
    expect(found[0]![1]).toBeLessThan(2_500 + 3 * REST);
  });

  describe('of several values that never go together again', () => {
    const changed = 2_000;
    const apart = quiet.map((value, i) => [value, value + gauss() / 10 + (i >= changed ? 10 : 0), gauss()]);

    test('is never taken for usual, unless `adapt` says so', () => {
      const [[from, to], ...others] = occurrences(saidTogether(apart), YEAR) as [[number, number]]; // as: it has one
      expect(others).toEqual([]);
      expect(from).toBeGreaterThanOrEqual(changed);
      expect(from).toBeLessThan(changed + 40);
      expect(to).toBe(apart.length);
    });

    test('is taken for usual when it has lasted for as long as `adapt` says; what goes back later is told', () => {
      const back = changed + 4 * 288;
      const readings = apart.map(([x, y, z], i) => [x!, i < back ? y! : y! - 10, z!]);
      const [first, second, ...others] = occurrences(saidTogether(readings, { adaptUs: DAY }), YEAR);
      expect(others).toEqual([]);
      const [from, to] = first!;
      expect(from).toBeGreaterThanOrEqual(changed);
      expect(from).toBeLessThan(changed + 40);
      expect(to).toBeGreaterThanOrEqual(changed + 285); // a day behind the first rare reading
      expect(to).toBeLessThan(from + 288 + REST);
      expect(second![0]).toBeGreaterThanOrEqual(back);
      expect(second![0]).toBeLessThan(back + 40);
    });

    test('what is over before that is told as without it, each time that it comes', () => {
      const isOut = (i: number) => (i >= 2_000 && i < 2_200) || (i >= 3_000 && i < 3_200);
      const readings = quiet.map((value, i) => [value, isOut(i) ? 40 - value : value + gauss() / 10, gauss()]);
      const found = occurrences(saidTogether(readings, { adaptUs: DAY }), YEAR);
      expect(found).toHaveLength(2);
      expect(found).toEqual(occurrences(saidTogether(readings), YEAR));
    });
  });
});

describe('several values', () => {
  const { gauss } = noise(5);
  const at = 1_500;
  /** Load, and two that follow it. */
  const readings = Array.from({ length: 2_500 }, (_, i) => {
    const load = 50 + 20 * Math.sin(i / 40) + gauss();
    return [load, 0.5 * load + gauss() / 2, 3 - load / 50 + gauss() / 20];
  });

  test('say nothing before there are 300, and little is rare among usual ones', () => {
    const answers = saidTogether(readings);
    expect(answers.slice(0, 300).every(({ value }) => Number.isNaN(value))).toBe(true);
    expect(answers.slice(300).filter(({ value }) => value > 0.999).length).toBeLessThan(20);
  });

  test('that do not go together are rare as long as they do not, though each is where it often is', () => {
    const answers = saidTogether(readings.map(([load, flow, heat], i) => [load!, i >= at ? 50 - flow! : flow!, heat!]));
    const rare = answers.slice(at + 60).filter(({ value }) => value > 0.999);
    expect(rare.length / (readings.length - at - 60)).toBeGreaterThan(0.5);
    const named = rare.filter(({ argument }) => argument === 1);
    expect(named.length / rare.length).toBeGreaterThan(0.8);
  });
});

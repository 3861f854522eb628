import { expect } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import type { Definition } from './detector-definitions.ts';
import { readingBatch } from './reading-batch.ts';
import type { OracleReading } from './detectors.ts';

/** An event with two numbers, as a stream has it. */
export type DetectorEvent = {
  readonly key: string;
  readonly timeUs: number;
  readonly x: number | null;
  readonly y: number;
  readonly isGood: boolean;
};

export function detectorPlan(call: string): Plan {
  const text = `stream s from memory "s" { key device: symbol  x: float  y: float  q: quality }
    stream out = from s select ${call} as score, x as given, y as other, q as quality_given`;
  const { plan, diagnostics } = compile({ file: 'detectors.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

const NUMBERS = [({ x }: DetectorEvent) => x, ({ y }: DetectorEvent) => y];

/** What each event gives, by the operator; its run is stopped and restored before events of these numbers. */
export function detectorAnswers(
  plan: Plan,
  all: readonly DetectorEvent[],
  stops: readonly number[],
): (number | null)[] {
  const answers: (number | null)[] = [];
  const start = (snapshot?: ReturnType<Engine['snapshot']>) =>
    new Engine(plan, {
      rowStreams: ['out'],
      ...(snapshot === undefined ? {} : { snapshot: structuredClone(snapshot) }),
      onRows: batch => {
        for (const { values } of batch.rows) answers.push(values['score'] === null ? null : Number(values['score']));
      },
    });
  let engine = start();
  let from = 0;
  for (const stop of [...stops.filter(at => at < all.length), all.length].sort((a, b) => a - b)) {
    if (stop > from) engine.push(readingBatch(all.slice(from, stop), NUMBERS, engine.symbols));
    from = stop;
    engine = start(engine.snapshot());
  }
  return answers;
}

/** What the definition says of each event: null of one that is no reading; what is beyond 1e100 counts as that. */
export function definedAnswers({ call, of }: Definition, events: readonly DetectorEvent[]): (number | null)[] {
  const answers = new Array<number | null>(events.length).fill(null);
  const isOfTwo = call.includes('y,') || call.includes('y)');
  for (const key of new Set(events.map(event => event.key))) {
    const places = events.flatMap((event, i) => (event.key === key && event.x !== null && event.isGood ? [i] : []));
    const readings = places.map((i): OracleReading => {
      const { timeUs, x, y } = events[i]!;
      return { timeUs, values: (isOfTwo ? [x!, y] : [x!]).map(value => Math.max(-1e100, Math.min(1e100, value))) };
    });
    for (const [at, answer] of of(readings).entries()) answers[places[at]!] = answer;
  }
  return answers;
}

/** Null at the same events, and everywhere else as close as the definition asks. */
export function expectAsDefined(
  given: readonly (number | null)[],
  expected: readonly (number | null)[],
  { tolerance }: Definition,
): void {
  expect(given.length).toBe(expected.length);
  for (const [i, value] of given.entries()) {
    const wanted = expected[i]!;
    const isClose =
      value === null || wanted === null
        ? value === wanted
        : Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
    if (!isClose) expect.unreachable(`${value} of event ${i} is ${wanted}`);
  }
}

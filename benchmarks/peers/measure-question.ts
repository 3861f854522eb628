import { OutputSum } from '../output-sum.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { Entrance, Run } from './answer.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Entrant } from './entrant.ts';

/** What one engine made of one question. */
export type Measured = {
  readonly entrant: Entrant['name'];
  readonly entrance: Entrance;
} & (
  | { readonly cannot: string }
  | {
      /** The first so many of the stream: fewer where it is slow. */
      readonly events: number;
      readonly outputs: number;
      /** That were timed: fewer than asked for where the budget was over. */
      readonly passes: number;
      readonly eventsPerSecond: Spread;
      /** Of all threads of its process, compiler and garbage collector included. */
      readonly eventsPerProcessorSecond: Spread;
      /** Of our rate to its, of passes side by side. */
      readonly ratio: Spread;
    }
);

export type Contestant = { readonly entrant: Entrant; readonly entrance: Entrance; readonly process: EngineProcess };

export type MeasureOptions = {
  readonly question: string;
  readonly maxEvents: number;
  /** No further pass is begun behind it, but one of each is timed. */
  readonly budgetSeconds: number;
};

export const PASSES = 3;
const WARM_UP_PASSES = 1; // after those that found how many events it takes
export const LEAST_EVENTS = 20_000;
const EVENTS = [LEAST_EVENTS, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000];
const PASS_SECONDS = 1;

/** Ours is the first contestant, the loop by hand the second. */
export async function measureQuestion(
  contestants: readonly Contestant[],
  options: MeasureOptions,
): Promise<readonly Measured[]> {
  const endMs = performance.now() + options.budgetSeconds * 1_000;
  const entries: Entry[] = [];
  const sums = new SumsByHand(contestants[1]!, options.question);
  for (const contestant of contestants) entries.push(await prepare(contestant, sums, options));
  const running = entries.filter(entry => 'events' in entry);
  for (let pass = 0; pass < WARM_UP_PASSES + PASSES; pass++) {
    if (pass > WARM_UP_PASSES && performance.now() > endMs) break;
    // in changing order: what one leaves behind in caches and frequencies is not always the same one's
    for (const entry of pass % 2 === 0 ? running : running.toReversed()) {
      const run = await passOf(entry, options.question);
      if (pass >= WARM_UP_PASSES) entry.runs.push(run);
    }
  }
  const ours = running[0]!;
  return entries.map(entry => ({
    entrant: entry.contestant.entrant.name,
    entrance: entry.contestant.entrance,
    ...('events' in entry ? ratesOf(entry, ours) : { cannot: entry.cannot }),
  }));
}

type Running = {
  readonly contestant: Contestant;
  readonly events: number;
  readonly outputs: number;
  readonly runs: Run[];
};

type Entry = Running | { readonly contestant: Contestant; readonly cannot: string };

/** Finds how many events take it about as long as a pass should, and checks its outputs at each number that is tried. */
async function prepare(contestant: Contestant, byHand: SumsByHand, options: MeasureOptions): Promise<Entry> {
  const { question, maxEvents } = options;
  const steps = EVENTS.filter(events => events <= maxEvents);
  /** A number of events that would take it no longer than a pass should, if it is more than this one was. */
  const possible = async (running: Running) => {
    const { nanoseconds } = await passOf(running, question);
    const most = (running.events * PASS_SECONDS * 1e9) / nanoseconds;
    return steps.findLast(step => step <= most && step > running.events);
  };
  let events = steps[0]!;
  for (;;) {
    const answer = await contestant.process.ask('check', { question, entrance: contestant.entrance, events });
    if ('cannot' in answer) return { contestant, cannot: answer.cannot };
    if (contestant !== byHand.contestant) await byHand.check(answer, contestant, events);
    const running: Running = { contestant, events, outputs: answer.outputs, runs: [] };
    const more = (await possible(running)) ?? (await possible(running)); // one pass more: the first one has compiled its code
    if (more === undefined) return running;
    events = more;
  }
}

/** What the loop by hand gives of each number of events, which all others have to give as well. */
class SumsByHand {
  readonly contestant: Contestant;
  readonly #question: string;
  readonly #sums = new Map<number, OutputSum>();

  constructor(contestant: Contestant, question: string) {
    this.contestant = contestant;
    this.#question = question;
  }

  async check(answer: Run, { entrant, entrance }: Contestant, events: number): Promise<void> {
    const sum = this.#sums.get(events) ?? (await this.#sumOf(events));
    this.#sums.set(events, sum);
    sum.check(OutputSum.of(answer), `${this.#question}, ${entrant.title}, ${entrance}, ${events} events`);
  }

  async #sumOf(events: number): Promise<OutputSum> {
    const { entrance, process } = this.contestant;
    const answer = await process.ask('check', { question: this.#question, entrance, events });
    if ('cannot' in answer) throw new Error(answer.cannot);
    return OutputSum.of(answer);
  }
}

async function passOf({ contestant, events, outputs }: Running, question: string): Promise<Run> {
  const answer = await contestant.process.ask('pass', { question, entrance: contestant.entrance, events });
  if ('cannot' in answer) throw new Error(answer.cannot);
  if (answer.outputs === outputs) return answer;
  throw new Error(`${question}, ${contestant.entrant.title}: ${answer.outputs} outputs instead of ${outputs}`);
}

function ratesOf({ events, outputs, runs }: Running, ours: Running) {
  const rate = (count: number, nanoseconds: number): number => (count * 1e9) / nanoseconds;
  return {
    events,
    outputs,
    passes: runs.length,
    eventsPerSecond: spreadOf(runs.map(run => rate(events, run.nanoseconds))),
    eventsPerProcessorSecond: spreadOf(runs.map(run => rate(events, run.processorNanoseconds))),
    ratio: spreadOf(runs.map((run, i) => rate(ours.events, ours.runs[i]!.nanoseconds) / rate(events, run.nanoseconds))),
  };
}

import type { Plan } from '../../dsl/plan.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { Arrivals } from './arrivals.ts';
import { damageCheckpoint } from './damage-checkpoint.ts';
import { expectSame } from './expect-same.ts';
import { FakeDisk } from './fake-disk.ts';
import { createStores } from './fake-sink.ts';
import { OperatorRecord } from './fake-operator.ts';
import { SharedTable } from './fake-table.ts';
import { generateLog } from './generate-log.ts';
import { live, type LifeEnd, type LifeOptions, type SharedInputs, STATE_FOLDER, type Surroundings } from './life.ts';
import { Locks } from './locks.ts';
import { loadPrograms, type Program, type ProgramSet } from './programs.ts';
import { namedIn } from './named.ts';
import { RecordedLog } from './recorded-log.ts';
import { lastCounts } from './last-counts.ts';
import { Sender } from './sender.ts';
import { emptyTally, type Tally } from './tally.ts';
import { drawTroubles, NO_TROUBLES } from './troubles.ts';
import { runUndisturbed } from './undisturbed.ts';
import { UnhandledRejections } from './unhandled-rejections.ts';
import { World } from './world.ts';

const MAX_WORKERS = 4;

const programs = new Map<ProgramSet, readonly Program[]>();

export type SimulationOptions = {
  readonly seed: number;
  /** Of which one program is drawn. */
  readonly set?: ProgramSet;
  /** Each step as it is taken, and what happens between lives. */
  readonly onTrace?: (line: string) => void;
};

/**
 * A job from its first life to its last, on one disk and with one recorded input: lives end by power cuts, kills, stops,
 * deaths of workers and errors of disks, sinks and sources, and go on with other numbers of workers and, now and then,
 * other rules. In the end everything must be as if nothing had happened. All depends on the seed alone.
 *
 * Throws where it is not so.
 */
export async function simulate({ seed, set = 'programs', onTrace = () => {} }: SimulationOptions): Promise<Tally> {
  const loaded = programs.get(set) ?? loadPrograms(set);
  programs.set(set, loaded);
  const simulation = new Simulation(loaded, { seed, set, onTrace });
  const unhandled = new UnhandledRejections();
  try {
    await simulation.run();
  } finally {
    await unhandled.close();
  }
  return simulation.tally;
}

class Simulation {
  readonly tally = emptyTally();
  readonly #random: () => number;
  readonly #onTrace: (line: string) => void;
  readonly #program: Program;
  readonly #isChanging: boolean;
  readonly #around: Surroundings;
  readonly #senders: readonly Sender[]; // to journals
  #plan: Plan;

  constructor(all: readonly Program[], { seed, set, onTrace }: Required<SimulationOptions>) {
    const random = createRandom(`simulation ${seed}`);
    this.#random = random;
    this.#onTrace = onTrace;
    this.#program = this.#pick(all);
    this.#plan = this.#program.plan;
    this.#isChanging = this.#program.others.length > 0 && random() < 0.4;
    this.#around = {
      world: new World(random, onTrace),
      random,
      disk: new FakeDisk({ random, step: async () => {} }),
      locks: new Locks(),
      logs: drawLogs(this.#plan, random),
      arrivals: new Arrivals(),
      isFromJournals: random() < 0.25,
      stores: createStores(this.#plan),
      rejected: [],
      tally: this.tally,
      inputs: set === 'plants' ? drawInputs(this.#plan, random) : null,
    };
    const { logs, isFromJournals } = this.#around;
    this.#senders = isFromJournals
      ? [...logs].map(([stream, { entries }]) => new Sender({ ...this.#around, stream, entries }))
      : [];
  }

  async run(): Promise<void> {
    const { disk, world } = this.#around;
    this.tally.runs++;
    this.#onTrace(`program ${this.#program.name}${this.#isChanging ? ', with other rules now and then' : ''}`);
    await disk.makeFolder('/rules');
    await disk.syncFolder('/');
    await this.#lives(Math.floor(this.#random() * MAX_DISTURBED_LIVES));
    const counts = this.#isChanging ? null : await lastCounts(disk, STATE_FOLDER);
    const { plan } = this.#program;
    const undisturbed = await runUndisturbed(plan, this.#around);
    await expectSame({ plan, isNamed: namedIn(plan), undisturbed, disturbed: { ...this.#around, counts } });
    this.tally.steps += world.stepCount;
    this.tally.journals += this.#senders.length;
    for (const log of this.#around.logs.values()) this.tally.clockSteps += log.clockStepCount;
  }

  /** Some that may end in any way, until one comes to the end of the input; then one, or two, that are left in peace. */
  async #lives(count: number): Promise<void> {
    for (let life = 0; life < count; life++) {
      if ((await this.#live(this.#drawLife())).kind === 'completed') break;
      await this.#betweenLives();
    }
    await this.#sendTheRest();
    const isTwice = this.#random() < 0.2;
    for (let left = isTwice ? 2 : 1; left > 0; left--) {
      const undisturbed = { troubles: NO_TROUBLES, ending: null, isDrained: true, areInputsStill: true };
      const end = await this.#live({ ...this.#drawLife(), ...undisturbed });
      if (end.kind !== 'completed') throw new Error(`a life that was left in peace ${end.kind}`);
    }
  }

  async #sendTheRest(): Promise<void> {
    for (const sender of this.#senders) sender.start();
    await this.#around.world.run(() => this.#senders.every(sender => sender.isDone));
  }

  async #live(options: LifeOptions): Promise<LifeEnd> {
    const { world } = this.#around;
    const startStep = world.stepCount;
    this.#onTrace(`a life with ${options.workerCount} workers, ${JSON.stringify(options.troubles)}`);
    for (const sender of this.#senders) sender.start();
    const end = await live(this.#around, options);
    this.#onTrace(
      `it ${end.kind}${end.kind === 'failed' ? ` with ${end.code}` : ''} after ${world.stepCount - startStep} steps`,
    );
    if (end.kind === 'stopped') this.tally.stops++;
    if (end.kind === 'failed') this.tally.failures++;
    if (end.kind === 'killed') this.#afterKill();
    return end;
  }

  #drawLife(): LifeOptions {
    const kind = this.#pick(['kill', 'kill', 'kill', 'stop', 'worker-death'] as const);
    return {
      plan: this.#plan,
      workerCount: Math.floor(this.#random() * (MAX_WORKERS + 1)),
      stateDirectory: STATE_FOLDER,
      areInputsStill: false,
      checkpointEveryMs: this.#pick([1, 10, 50, 400]),
      maxMessages: this.#pick([1, 10, 200]),
      troubles: this.#random() < 0.5 ? drawTroubles(this.#random) : NO_TROUBLES,
      ending: { kind, afterSteps: Math.ceil(SHORTEST_LIFE_STEPS * LIFE_STEPS_RATIO ** this.#random()) },
      isDrained: !this.#around.isFromJournals,
    };
  }

  /** The machine goes down with the process, or only the process. */
  #afterKill(): void {
    if (this.#random() < 0.5) {
      this.tally.kills++;
      return;
    }
    this.#onTrace('a power cut');
    this.tally.powerCuts++;
    for (const sender of this.#senders) sender.kill();
    this.#around.disk.crash();
  }

  async #betweenLives(): Promise<void> {
    for (const sender of this.#senders) if (this.#random() < 0.3) sender.kill();
    if (this.#random() < 0.2) {
      const damaged = await damageCheckpoint(this.#around.disk, STATE_FOLDER, this.#random);
      if (damaged !== null) this.tally.damagedFiles++;
      this.#onTrace(damaged === null ? 'no file may be damaged' : `${damaged} is damaged`);
    }
    if (!this.#isChanging || this.#random() < 0.5) return;
    this.#plan = this.#pick([this.#program.plan, ...this.#program.others]);
    this.tally.planChanges++;
    this.#onTrace('other rules');
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

const MAX_DISTURBED_LIVES = 8;
const SHORTEST_LIFE_STEPS = 10;
const LIFE_STEPS_RATIO = 1_000; // of the longest to the shortest

function drawInputs(plan: Plan, random: () => number): SharedInputs {
  const tables = plan.nodes.filter(node => node.kind === 'table');
  return {
    tables: new Map(tables.map(({ id }) => [id, new SharedTable(random)])),
    operators: new OperatorRecord(random),
  };
}

/** The input of all sources: all of them have an end, or none. */
function drawLogs(plan: Plan, random: () => number): Map<string, RecordedLog> {
  const hasEnd = random() < 0.7;
  const arrivalClock = random() < 0.7 ? 'recorded' : 'as-read';
  const sources = plan.nodes.filter(node => node.kind === 'source');
  return new Map(
    sources.map(source => {
      const entries = generateLog(source, random, arrivalClock === 'recorded');
      return [source.id, new RecordedLog({ entries, arrivalClock, hasEnd })];
    }),
  );
}

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../engine/scenario/random.ts';
import { KillDraw } from './draw-kill.ts';
import { OUTPUTS, RULES } from './motors.ts';
import { type Comparison, compareOutputs } from './outputs.ts';
import { phaseOf } from './phase.ts';
import { Producer } from './producer.ts';
import type { KillPlan } from './kill-plan.ts';
import { WatchedProcess } from './watched-process.ts';

export type KillOptions = {
  /** Empty; for the journal, the state and the outputs. */
  readonly folder: string;
  readonly events: number;
  /** Of the run. */
  readonly kills: number;
  /** Of `ingest`, about so many. */
  readonly ingestKills: number;
  readonly seed: string;
  readonly onKill?: (kill: { readonly number: number; readonly phase: string }) => void;
};

export type KillReport = {
  readonly kills: number;
  readonly ingestKills: number;
  /** How often each was what the run was doing. */
  readonly phases: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, Comparison>>;
};

/**
 * Kills a run, and the process that feeds its journal, again and again; every run has another number of workers than the
 * one before. Then one run ends by itself, and what all of them wrote is compared with what one undisturbed run over the
 * same journal writes.
 */
export async function killScenario(options: KillOptions): Promise<KillReport> {
  return await new KillScenario(options).run();
}

class KillScenario {
  readonly #options: KillOptions;
  readonly #random: () => number;
  readonly #draw: KillDraw;
  readonly #phases: Record<string, number> = {};
  #workers = 0;

  constructor(options: KillOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#draw = new KillDraw({
      random: this.#random,
      kinds: ['byte', 'time', 'place', 'place', 'byte', 'time', 'place', 'start'],
      longestMs: LONGEST_RUN_MS,
      bytes: 2e6,
    });
    for (const run of ['killed', 'undisturbed']) {
      mkdirSync(join(options.folder, run));
      writeFileSync(join(options.folder, run, 'rules.mill'), RULES);
    }
  }

  async run(): Promise<KillReport> {
    const { folder, kills } = this.#options;
    const producer = this.#createProducer();
    const producing = producer.run();
    producing.catch(() => {}); // told below
    try {
      for (let kill = 0; kill < kills; kill++)
        await Promise.race([this.#liveAndDie(kill, producer), failed(producing)]);
      producer.allow(this.#options.events);
      await producing;
    } finally {
      producer.stop();
      await producing.catch(() => {}); // the first error is told
    }
    await this.#runToEnd('killed', { workers: this.#nextWorkers(), options: ['--state', this.#stateFolder] });
    await this.#runToEnd('undisturbed', { workers: 0, options: [] });
    const folders = { expected: join(folder, 'undisturbed'), found: join(folder, 'killed') };
    const outputs: Record<string, Comparison> = {};
    for (const file of OUTPUTS) outputs[file] = await compareOutputs(file, folders);
    return { kills, ingestKills: producer.kills, phases: this.#phases, outputs };
  }

  #createProducer(): Producer {
    const { folder, events, kills, ingestKills } = this.#options;
    const draw = new KillDraw({
      random: this.#random,
      kinds: ['byte', 'place'],
      longestMs: Infinity,
      // Twice of what is written between two kills: half of it, on average, is reached.
      bytes: (2 * events * BYTES_OF_MESSAGE) / ingestKills,
    });
    return new Producer({ folder, events, chunk: Math.ceil(events / kills / CHUNKS_OF_RUN), kills: ingestKills, draw });
  }

  async #liveAndDie(kill: number, producer: Producer): Promise<void> {
    const { events, kills, onKill } = this.#options;
    producer.allow(Math.ceil((events * (kill + 1)) / kills));
    const drawn = this.#draw.next();
    const options = ['--state', this.#stateFolder, '--checkpoint-every', CHECKPOINT_EVERY];
    const process = this.#start('killed', { plan: drawn.plan, workers: this.#nextWorkers(), options });
    await process.killAfter(drawn);
    const { code, errors, traces } = await process.ended;
    assert.deepEqual({ code, errors }, { code: null, errors: '' }, 'a run goes on until it is killed');
    const phase = phaseOf(traces, this.#stateFolder);
    this.#draw.saw(traces);
    this.#phases[phase] = (this.#phases[phase] ?? 0) + 1;
    onKill?.({ number: kill + 1, phase });
  }

  async #runToEnd(name: string, run: { readonly workers: number; readonly options: readonly string[] }): Promise<void> {
    const process = this.#start(name, {
      plan: { kind: 'never' },
      workers: run.workers,
      options: ['--once', ...run.options],
    });
    const { code, errors } = await process.ended;
    assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  }

  #start(
    name: string,
    {
      plan,
      workers,
      options,
    }: { readonly plan: KillPlan; readonly workers: number; readonly options: readonly string[] },
  ): WatchedProcess {
    const { folder } = this.#options;
    const rules = join(folder, name, 'rules.mill');
    const process = new WatchedProcess(['run', rules, '--json', '--workers', String(workers), ...options], {
      folder,
      plan,
      logFile: join(folder, `${name}.log`),
    });
    process.child.stdout!.resume(); // alerts, that are in a file as well
    return process;
  }

  get #stateFolder(): string {
    return join(this.#options.folder, 'state');
  }

  #nextWorkers(): number {
    this.#workers = (this.#workers + 1 + Math.floor(this.#random() * MAX_WORKERS)) % (MAX_WORKERS + 1);
    return this.#workers;
  }
}

async function failed(promise: Promise<unknown>): Promise<never> {
  await promise;
  return await new Promise<never>(() => {}); // it has succeeded
}

const CHECKPOINT_EVERY = '0.2s';
const LONGEST_RUN_MS = 1_200; // since its first file operation
const MAX_WORKERS = 4;
const CHUNKS_OF_RUN = 25;
const BYTES_OF_MESSAGE = 110; // with its header

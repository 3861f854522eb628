import type { Plan, SourceNode, TestCase } from '../../dsl/plan.ts';
import type { EngineCounters } from '../engine.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';
import { FedBatches } from './fed-batches.ts';
import type { FedEvent } from './fed-events.ts';
import type { ScenarioMode } from './modes.ts';
import { OutputRecord } from './output-record.ts';
import { type ScenarioEngine, startEngine } from './scenario-engine.ts';
import { type ScenarioInput, scenarioInput, type TableRows } from './scenario-input.ts';
import { START_US } from './virtual-clock.ts';

const CHECKPOINT_EVERY_US = 10_000_000;

export type Played = {
  readonly outputs: OutputRecord;
  readonly counters: EngineCounters;
  /** By pattern: its events that any row was bound to, bit by bit. */
  readonly reachedEvents: ReadonlyMap<string, number>;
};

export type PlayOptions = {
  readonly plan: Plan;
  readonly test: TestCase;
  readonly mode: ScenarioMode;
  readonly tables: TableRows;
  /** That rules may call beside those of the language. */
  readonly functions?: OwnFunctions | undefined;
  /** Told of each event, tick and end when it has been taken; in batches of 1 the counters are those just behind it. */
  readonly onTaken?: ((input: ScenarioInput, counters: EngineCounters) => void) | undefined;
};

/** Runs the events of a test through an engine, and stops and restores it where the test or the mode says so. */
export function playScenario({ plan, test, mode, tables, functions, onTaken }: PlayOptions): Played {
  const player = new Player({ plan: asTested(plan), mode, functions, onTaken });
  const input = scenarioInput(plan, test, { mode, tables });
  const restarts = test.steps.flatMap(step => (step.kind === 'restart' ? [step.atUs] : []));
  let checkpoint: Checkpoint | undefined;
  let at = 0;
  for (const restartUs of restarts.sort((a, b) => a - b)) {
    const from = firstArriving(input, checkpointBeforeUs(restartUs));
    if (checkpoint?.at !== from) {
      player.play(input.slice(at, from));
      checkpoint = { at: from, state: player.checkpoint() };
      at = from;
    }
    const until = firstArriving(input, START_US + restartUs);
    player.play(input.slice(at, until));
    player.restore(checkpoint.state);
    at = from;
  }
  player.play(input.slice(at));
  return player.end();
}

type Checkpoint = { readonly at: number; readonly state: PlayerCheckpoint };
type PlayerCheckpoint = {
  readonly resume: () => ScenarioEngine;
  readonly heard: ReadonlyMap<string, number>;
};

class Player {
  readonly #sources: readonly SourceNode[];
  readonly #mode: ScenarioMode;
  readonly #onTaken: PlayOptions['onTaken'];
  readonly #outputs = new OutputRecord();
  #running: ScenarioEngine;
  #batches: ReadonlyMap<string, FedBatches>;
  #filling: string | undefined; // the stream whose batch is being filled
  #inputs = 0;
  #checkpoints = 0;
  readonly #reached = new Map<string, number>();

  constructor({ plan, mode, functions, onTaken }: Omit<PlayOptions, 'test' | 'tables'>) {
    this.#sources = plan.nodes.filter(node => node.kind === 'source');
    this.#mode = mode;
    this.#onTaken = onTaken;
    this.#running = startEngine({ plan, mode, rowStreams: streamsOf(plan), outputs: this.#outputs, functions });
    this.#batches = this.#createBatches();
  }

  play(input: readonly ScenarioInput[]): void {
    for (const next of input) {
      this.#take(next);
      this.#onTaken?.(next, this.#running.engine.counters());
      this.#inputs++;
      const { checkpointEvery } = this.#mode;
      if (checkpointEvery !== null && this.#inputs % checkpointEvery === 0) this.#interrupt();
    }
    this.#push();
  }

  /** Between two batches. */
  checkpoint(): PlayerCheckpoint {
    return { resume: this.#running.checkpoint(), heard: this.#outputs.position() };
  }

  /** A crash: nothing goes on but what the checkpoint holds, copied as if from a disk. */
  restore({ resume, heard }: PlayerCheckpoint): void {
    this.#noteReached();
    this.#running = resume();
    this.#batches = this.#createBatches();
    this.#outputs.rewind(heard);
  }

  end(): Played {
    this.#outputs.close();
    this.#noteReached();
    return { outputs: this.#outputs, counters: this.#running.engine.counters(), reachedEvents: this.#reached };
  }

  /** Of the engine that ends. */
  #noteReached(): void {
    for (const [pattern, events] of this.#running.engine.reachedEvents()) {
      this.#reached.set(pattern, (this.#reached.get(pattern) ?? 0) | events);
    }
  }

  #take(next: ScenarioInput): void {
    const stream = next.kind === 'event' ? next.event.stream : undefined;
    if (this.#filling !== stream) this.#push();
    const { engine } = this.#running;
    switch (next.kind) {
      case 'event':
        return this.#add(next.event);
      case 'entry':
        return this.#running.hear(next.entry);
      case 'tick':
        return engine.tick(next.stream, next.arrivalUs);
      case 'finish':
        return engine.finish(next.stream);
    }
  }

  #add(event: FedEvent): void {
    this.#filling = event.stream;
    const batches = this.#batches.get(event.stream)!;
    batches.add(event);
    if (batches.size === this.#mode.batchEvents) this.#push();
  }

  /** Hands over what there is of a batch. */
  #push(): void {
    if (this.#filling === undefined) return;
    this.#running.engine.push(this.#batches.get(this.#filling)!.take());
    this.#filling = undefined;
  }

  #interrupt(): void {
    this.#push();
    const checkpoint = this.checkpoint();
    this.#checkpoints++;
    if (this.#checkpoints % this.#mode.restoreEveryCheckpoints === 0) this.restore(checkpoint);
  }

  #createBatches(): ReadonlyMap<string, FedBatches> {
    const { symbols } = this.#running.engine;
    return new Map(this.#sources.map(source => [source.id, new FedBatches(source, symbols)]));
  }
}

function firstArriving(input: readonly ScenarioInput[], fromUs: number): number {
  const index = input.findIndex(next => next.arrivalUs >= fromUs || next.kind === 'finish');
  return index === -1 ? input.length : index;
}

/** The last checkpoint before a restart: they come every 10 s, and one of the same instant has not become durable. */
function checkpointBeforeUs(restartUs: number): number {
  return START_US + Math.max(0, Math.ceil(restartUs / CHECKPOINT_EVERY_US) - 1) * CHECKPOINT_EVERY_US;
}

/** Every stream that the file names is listened to. */
function streamsOf(plan: Plan): string[] {
  const others = ['table', 'rule', 'route', 'store'];
  return plan.nodes.flatMap(({ kind, id }) => (others.includes(kind) || id.includes('#') ? [] : [id]));
}

/** Nothing is stored, so events need nothing to be told apart by; a source that is listened to has all its fields as columns. */
function asTested(plan: Plan): Plan {
  const nodes = plan.nodes.filter(node => node.kind !== 'store');
  return { ...plan, nodes: nodes.map(node => (node.kind === 'source' ? { ...node, fields: fedFields(node) } : node)) };
}

function fedFields({ fields }: SourceNode): SourceNode['fields'] {
  const ofEvents = fields.filter(({ from }) => from.kind !== 'identity');
  return ofEvents.map(field => ({ ...field, isNeeded: true }));
}

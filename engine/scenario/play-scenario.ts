import type { Plan, TestCase } from '../../dsl/plan.ts';
import { Engine, type EngineCounters } from '../engine.ts';
import type { Snapshot } from '../operator.ts';
import { FedBatches } from './fed-batches.ts';
import type { ScenarioMode } from './modes.ts';
import { OutputRecord } from './output-record.ts';
import { type ScenarioInput, scenarioInput } from './scenario-input.ts';
import { START_US } from './virtual-clock.ts';

const CHECKPOINT_EVERY_US = 10_000_000;

export type Played = { readonly outputs: OutputRecord; readonly counters: EngineCounters };

/** Runs the events of a test through an engine, and stops and restores it where the test or the mode says so. */
export function playScenario({ plan, test, mode }: { plan: Plan; test: TestCase; mode: ScenarioMode }): Played {
  const player = new Player(withAllFields(plan), mode);
  const input = scenarioInput(plan, test, mode);
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

type Checkpoint = { readonly at: number; readonly state: EngineCheckpoint };
type EngineCheckpoint = { readonly engine: Snapshot; readonly heard: ReadonlyMap<string, number> };

class Player {
  readonly #plan: Plan;
  readonly #mode: ScenarioMode;
  readonly #outputs = new OutputRecord();
  readonly #streams: readonly string[];
  #engine: Engine;
  #batches: ReadonlyMap<string, FedBatches>;

  constructor(plan: Plan, mode: ScenarioMode) {
    this.#plan = plan;
    this.#mode = mode;
    this.#streams = streamsOf(plan);
    this.#engine = this.#createEngine();
    this.#batches = this.#createBatches();
  }

  play(input: readonly ScenarioInput[]): void {
    let filling: string | undefined;
    for (const next of input) {
      const stream = next.kind === 'event' ? next.event.stream : undefined;
      if (filling !== undefined && filling !== stream) this.#push(filling);
      filling = stream;
      if (next.kind === 'event') this.#add(next.event);
      else if (next.kind === 'tick') this.#engine.tick(next.stream, next.arrivalUs);
      else this.#engine.finish(next.stream);
      if (this.#mode.isRestoredAfterEveryEvent) this.restore(this.checkpoint());
    }
    if (filling !== undefined) this.#push(filling);
  }

  checkpoint(): EngineCheckpoint {
    return { engine: this.#engine.snapshot(), heard: this.#outputs.position() };
  }

  /** A crash: nothing goes on but what the checkpoint holds, copied as if from a disk. */
  restore({ engine, heard }: EngineCheckpoint): void {
    this.#engine = this.#createEngine(structuredClone(engine));
    this.#batches = this.#createBatches();
    this.#outputs.rewind(heard);
  }

  end(): Played {
    this.#outputs.close();
    return { outputs: this.#outputs, counters: this.#engine.counters() };
  }

  #add(event: Extract<ScenarioInput, { kind: 'event' }>['event']): void {
    const batches = this.#batches.get(event.stream)!;
    batches.add(event);
    if (batches.size === this.#mode.batchEvents) this.#push(event.stream);
  }

  #push(stream: string): void {
    const batches = this.#batches.get(stream)!;
    if (batches.size > 0) this.#engine.push(batches.take());
  }

  #createEngine(snapshot?: Snapshot): Engine {
    const outputs = this.#outputs;
    return new Engine(this.#plan, {
      rowStreams: this.#streams,
      ...(snapshot === undefined ? {} : { snapshot }),
      onRows: batch => {
        for (const row of batch.rows) outputs.add({ kind: 'row', name: batch.stream, row });
      },
      onAlert: alert => outputs.add({ kind: 'alert', name: alert.rule, alert }),
      // Where in its batch a rejected event stood is no result.
      onRejected: ({ atIndex: _, ...rejection }) =>
        outputs.add({ kind: 'rejected', name: rejection.stream, rejection }),
    });
  }

  #createBatches(): ReadonlyMap<string, FedBatches> {
    const sources = this.#plan.nodes.filter(node => node.kind === 'source');
    return new Map(sources.map(source => [source.id, new FedBatches(source, this.#engine.symbols)]));
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
  const streams = plan.nodes.filter(node => node.kind !== 'rule' && node.kind !== 'route' && node.kind !== 'store');
  return streams.map(node => node.id).filter(id => !id.includes('#'));
}

/** A source that is listened to has all its fields as columns. */
function withAllFields(plan: Plan): Plan {
  const nodes = plan.nodes.map(node =>
    node.kind === 'source' ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) } : node,
  );
  return { ...plan, nodes };
}

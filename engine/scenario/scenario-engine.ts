import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../engine.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';
import type { Snapshot } from '../operator.ts';
import type { InputEntry } from '../recorded-input.ts';
import type { ScenarioMode } from './modes.ts';
import type { OutputRecord } from './output-record.ts';
import { type EngineListeners, type PartitionedCheckpoint, PartitionedEngine } from './partitioned-engine.ts';

/** What a scenario runs on, from a start to the next restore. */
export type ScenarioEngine = {
  readonly engine: Pick<Engine, 'symbols' | 'push' | 'tick' | 'finish' | 'counters'> & {
    /** By pattern: its events that any row was bound to, bit by bit; a pattern may be there several times. */
    reachedEvents(): Iterable<readonly [pattern: string, events: number]>;
  };
  /** An entry of a recorded input, which every later engine is given again. */
  hear(entry: InputEntry): void;
  /** The state as it is now: another engine goes on from it, as often as it is asked for. */
  checkpoint(): () => ScenarioEngine;
};

export type ScenarioEngineOptions = {
  readonly plan: Plan;
  readonly mode: ScenarioMode;
  readonly rowStreams: readonly string[];
  readonly outputs: OutputRecord;
  /** That rules may call beside those of the language. */
  readonly functions?: OwnFunctions | undefined;
};

export function startEngine(options: ScenarioEngineOptions): ScenarioEngine {
  const { workerCounts } = options.mode;
  return workerCounts === null ? startSingle(options) : startWorkers(options, { workerCounts, restores: 0 });
}

function startSingle(
  options: ScenarioEngineOptions,
  snapshot?: Snapshot,
  before: readonly InputEntry[] = [],
): ScenarioEngine {
  const { plan, rowStreams, functions } = options;
  const from = snapshot === undefined ? {} : { snapshot: structuredClone(snapshot) };
  const engine = new Engine(plan, { rowStreams, functions: functions?.functions, ...from, ...listenersOf(options) });
  const heard = [...before];
  engine.hear(before);
  const hear = (entry: InputEntry) => {
    heard.push(entry);
    engine.hear([entry]);
  };
  const checkpoint = () => {
    const taken = engine.snapshot();
    const entries = [...heard];
    return () => startSingle(options, taken, entries);
  };
  return { engine, hear, checkpoint };
}

/** After each restore there are as many workers as the next count says. */
function startWorkers(
  options: ScenarioEngineOptions,
  life: { readonly workerCounts: readonly number[]; restores: number },
  checkpoint?: PartitionedCheckpoint,
): ScenarioEngine {
  const { plan, rowStreams } = options;
  const engine = new PartitionedEngine({
    plan,
    workerCount: life.workerCounts[life.restores % life.workerCounts.length]!,
    rowStreams,
    arrivalClock: 'recorded',
    functions: options.functions,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...listenersOf(options),
  });
  const take = () => {
    const taken = engine.checkpoint();
    return () => {
      life.restores++;
      return startWorkers(options, life, taken);
    };
  };
  return { engine, hear: entry => engine.hear([entry]), checkpoint: take };
}

function listenersOf({ outputs }: ScenarioEngineOptions): Required<EngineListeners> {
  return {
    onRows: batch => {
      for (const row of batch.rows) outputs.add({ kind: 'row', name: batch.stream, row });
    },
    onAlert: alert => outputs.add({ kind: 'alert', name: alert.rule, alert }),
    // Where a rejected event stood is no result.
    onRejected: ({ atIndex: _, identity: _identity, ...rejection }) =>
      outputs.add({ kind: 'rejected', name: rejection.stream, rejection }),
  };
}

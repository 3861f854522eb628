import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { ACTION_KINDS, type Plan } from '../../dsl/plan.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { actionContent, ACTIONS } from '../../engine/operators/rule/operator-action.ts';
import { PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { type LifeAction, LIFE_RULE, LifeOfKey, lifeLine } from '../oracle/alert-life.ts';
import { batchOf } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = ['a', 'b', 'c'];
const START_US = 1_000_000;
const PLAN = withAllColumns(compile({ file: 'life.mill', text: LIFE_RULE }).plan!);

/** The clock, and the alerts of each key; an action waits until the clock has passed its place. */
class Model {
  nowUs = START_US;
  readonly lives = new Map(KEYS.map(key => [key, new LifeOfKey()]));
  #waiting: { readonly key: string; readonly action: LifeAction; readonly atUs: number }[] = [];

  moveTo(nowUs: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.atUs < nowUs) {
      const { key, action, atUs } = this.#waiting.shift()!;
      for (const life of this.lives.values()) life.moveTo(atUs);
      this.lives.get(key)!.act(action, atUs);
    }
    this.nowUs = nowUs;
    for (const life of this.lives.values()) life.moveTo(nowUs);
  }

  act(key: string, action: LifeAction): void {
    this.#waiting.push({ key, action, atUs: this.nowUs });
  }
}

/** The engine on some workers, which is restarted from its checkpoints with other numbers of them. */
class Real {
  readonly changes = new Map(KEYS.map(key => [key, [] as string[]]));
  #engine = this.#start(1);
  #sequence = 0;

  event(key: string, value: number | null, atUs: number): void {
    this.#engine.push(batchOf([{ key, timeUs: atUs, arrivalUs: atUs, value }], this.#engine.symbols));
  }

  tick(atUs: number): void {
    this.#engine.tick('s', atUs);
  }

  act(key: string, action: LifeAction, atUs: number): void {
    const content = actionContent({ ...action, rule: 'life', key: [key], alert: null, by: 'Eva', comment: null });
    this.#engine.hear([{ sequence: ++this.#sequence, input: ACTIONS, arrivalUs: atUs, ahead: {}, ...content }]);
  }

  restart(workerCount: number): void {
    this.#engine = this.#start(workerCount, this.#engine.checkpoint());
  }

  #start(workerCount: number, checkpoint?: ReturnType<PartitionedEngine['checkpoint']>): PartitionedEngine {
    return new PartitionedEngine({
      plan: PLAN,
      workerCount,
      rowStreams: [],
      arrivalClock: 'recorded',
      onAlert: change => this.#take(change),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
  }

  #take({ key, change, timeUs, level, state = [], values }: AlertChange): void {
    const value = values['value'] as number | null; // as: what the rule carries
    this.changes.get(String(key['device']))!.push(lifeLine({ change, timeUs, level, state, value }));
  }
}

abstract class Command implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.apply(model, real);
    for (const [key, life] of model.lives) expect(real.changes.get(key)).toEqual(life.changes);
  }

  abstract apply(model: Model, real: Real): void;
  abstract toString(): string;
}

class Event extends Command {
  readonly #event: { readonly key: string; readonly value: number | null; readonly afterUs: number };

  constructor(event: { readonly key: string; readonly value: number | null; readonly afterUs: number }) {
    super();
    this.#event = event;
  }

  apply(model: Model, real: Real): void {
    const { key, value, afterUs } = this.#event;
    model.moveTo(model.nowUs + afterUs);
    model.lives.get(key)!.event(value, model.nowUs);
    real.event(key, value, model.nowUs);
  }

  toString(): string {
    return `event ${JSON.stringify(this.#event)}`;
  }
}

class Act extends Command {
  readonly #key: string;
  readonly #action: LifeAction;

  constructor(key: string, action: LifeAction) {
    super();
    this.#key = key;
    this.#action = action;
  }

  apply(model: Model, real: Real): void {
    model.act(this.#key, this.#action);
    real.act(this.#key, this.#action, model.nowUs);
  }

  toString(): string {
    return `act ${this.#key} ${JSON.stringify(this.#action)}`;
  }
}

class Tick extends Command {
  readonly #afterUs: number;

  constructor(afterUs: number) {
    super();
    this.#afterUs = afterUs;
  }

  apply(model: Model, real: Real): void {
    model.moveTo(model.nowUs + this.#afterUs);
    real.tick(model.nowUs);
  }

  toString(): string {
    return `tick ${this.#afterUs}`;
  }
}

class Restart extends Command {
  readonly #workerCount: number;

  constructor(workerCount: number) {
    super();
    this.#workerCount = workerCount;
  }

  apply(_: Model, real: Real): void {
    real.restart(this.#workerCount);
  }

  toString(): string {
    return `restart with ${this.#workerCount} workers`;
  }
}

const keys = fc.constantFrom(...KEYS);
const waits = fc.constantFrom(0, 1_000, 3_000, 9_000, 11_000, 20_000, 31_000);
const actions = fc.record({
  action: fc.constantFrom(...ACTION_KINDS),
  durationUs: fc.constantFrom(null, 1_000, 10_000, 40_000),
});
const commands = fc.commands(
  [
    fc
      .record({ key: keys, value: fc.constantFrom(1, 1, 7, 11, 15, 21, 25, null), afterUs: waits })
      .map(event => new Event(event)),
    fc.tuple(keys, actions).map(([key, action]) => new Act(key, action)),
    keys.map(key => new Act(key, { action: 'acknowledge', durationUs: null })),
    waits.map(afterUs => new Tick(afterUs)),
    fc.integer({ min: 1, max: 4 }).map(workerCount => new Restart(workerCount)),
  ],
  { maxCommands: 60 },
);

it('the life of an alert is that of the model, through actions, silence and restarts', () => {
  fc.assert(
    fc.property(commands, given => fc.modelRun(() => ({ model: new Model(), real: new Real() }), given)),
    runs(),
  );
});

/** As `batchOf` gives them. */
function withAllColumns(plan: Plan): Plan {
  const nodes = plan.nodes.map(node =>
    node.kind === 'source' ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) } : node,
  );
  return { ...plan, nodes };
}

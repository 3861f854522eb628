import type { RecoveryStep } from '../recovery-step.ts';

const JOB = 'engine/runtime/job.ts';
const SINK_QUEUE = 'engine/runtime/sink-queue.ts';
const CHECKPOINTS = 'engine/runtime/checkpoint/checkpoints.ts';
const SIMULATION = { file: 'test/simulation/simulation.test.ts', title: 'that were drawn once and for all' };

/** All that a checkpoint says is of one place between two rounds, and what goes out has one order. */
export const BARRIERS: readonly RecoveryStep[] = [
  {
    name: 'a source has the position of the barrier, not a later one',
    file: JOB,
    text: 'const positions = readers.flatMap(({ stream, position }) => (position === null ? [] : [[stream, position]]));\n    return {\n      plan: this.#plan,\n      sources: Object.fromEntries(positions),',
    replacement:
      'return {\n      plan: this.#plan,\n      get sources() {\n        return Object.fromEntries(readers.flatMap(({ stream, position }) => (position === null ? [] : [[stream, position]])));\n      },',
    caughtBy: SIMULATION,
  },
  {
    name: 'what was read ahead is not behind the position',
    file: 'engine/runtime/reader.ts',
    text: 'this.#startsUs = startUs(await this.#pending);',
    replacement: 'this.#startsUs = startUs(await this.#pending);\n    this.#position = (await this.#pending).position;',
    caughtBy: SIMULATION,
  },
  {
    name: 'the arrival gate is as of the barrier',
    file: JOB,
    text: 'gates: Object.fromEntries(readers.map(reader => [reader.stream, reader.gateSnapshot()])),',
    replacement:
      'gates: Object.fromEntries(readers.map(reader => [reader.stream, { get nowUs() { return reader.gateSnapshot()["nowUs"]!; }, get held() { return reader.gateSnapshot()["held"]!; } }])),',
    caughtBy: SIMULATION,
  },
  {
    name: 'alerts that wait for their order are delivered before the barrier',
    file: CHECKPOINTS,
    text: 'await delivery.flush();',
    replacement: '',
    caughtBy: { file: 'test/engine/job-sinks.test.ts', title: 'alerts of several files are there once' },
  },
  {
    name: 'nothing is written to a sink before its position is taken',
    file: CHECKPOINTS,
    text: 'await sinks\n        .positions()',
    replacement: 'void sinks\n        .positions()',
    caughtBy: {
      file: 'test/engine/job-sinks.test.ts',
      title: 'nothing is written to a sink while it says where it stands',
    },
  },
  {
    name: 'the position of a sink is behind everything of the rounds before',
    file: CHECKPOINTS,
    text: 'rounds.then(async () => {\n      await delivery.flush();',
    replacement: 'void Promise.resolve().then(async () => {\n      await delivery.flush();',
    caughtBy: SIMULATION,
  },
  {
    name: 'what rounds give is delivered in their order',
    file: 'engine/runtime/rounds.ts',
    text: 'this.#delivered = this.#delivered.then(step);',
    replacement: 'this.#delivered = Promise.all([this.#delivered, step()]).then(() => {});',
    caughtBy: SIMULATION,
  },
  {
    name: 'a sink that takes nothing now is tried again',
    file: SINK_QUEUE,
    text: 'if (!isWorthRetrying(error) || this.#signal.aborted) return this.#endWith(error);',
    replacement: 'if (isWorthRetrying(error) || !this.#signal.aborted) return this.#endWith(error);',
    caughtBy: {
      file: 'test/engine/job-sinks.test.ts',
      title: 'a sink that takes nothing now is given everything later',
    },
  },
  {
    name: 'what is behind a write that failed waits until it is repeated',
    file: SINK_QUEUE,
    text: 'if (this.#failure !== null) return;',
    replacement: '',
    caughtBy: { file: 'test/engine/sink-queue.test.ts', title: 'is repeated with all behind it when it fails' },
  },
  {
    name: 'alerts behind a failure wait for those before them',
    file: 'connectors/nats/once-publisher.ts',
    text: ' && this.#heldBack === 0',
    replacement: '',
    caughtBy: { file: 'test/connectors/nats/publishing.test.ts', title: 'several writes under way' },
  },
  {
    name: 'a new sink is in a checkpoint before it is given anything',
    file: JOB,
    text: 'if (this.#sinks!.hasNew) await rounds.orFailed(this.#saveNow());',
    replacement: '',
    caughtBy: SIMULATION,
  },
  {
    name: 'all keys of a source that ends move on to the newest time of all workers',
    file: 'engine/runtime/workers/partition-host.ts',
    text: "if (typeof round.end === 'number') engine.finish(round.stream, round.end);",
    replacement: "if (typeof round.end === 'number') engine.finish(round.stream);",
    caughtBy: SIMULATION,
  },
  {
    name: 'a run that is stopped saves all that it did',
    file: JOB,
    text: 'this.#isUnsaved = false;\n    await this.#saveNow();',
    replacement: 'this.#isUnsaved = false;',
    caughtBy: { file: 'test/engine/job.test.ts', title: 'that is stopped several times' },
  },
  {
    name: 'what sources gave before they fell silent is saved',
    file: 'engine/runtime/checkpoint/quiet-checkpoints.ts',
    text: 'if (this.#isWaiting && !signal.aborted) begin();',
    replacement: '',
    caughtBy: { file: 'test/engine/job.test.ts', title: 'keeps what its sources gave before they fell silent' },
  },
  {
    name: 'a checkpoint that failed is tried again while sources are silent',
    file: JOB,
    text: 'this.#quietCheckpoints?.arm();\n        const hint',
    replacement: 'const hint',
    caughtBy: { file: 'test/engine/job.test.ts', title: 'tries again to keep it after a checkpoint that failed' },
  },
  {
    name: 'what a source gave before it failed for good is saved',
    file: JOB,
    text: 'await this.#finish(rounds).catch(error => failures.push(error));',
    replacement: 'if (failures.length === 0) await this.#finish(rounds).catch(error => failures.push(error));',
    caughtBy: { file: 'test/engine/job.test.ts', title: 'keeps what a source gave before it failed for good' },
  },
  {
    name: 'a worker that dies ends the run',
    file: 'engine/runtime/workers/workers.ts',
    text: 'port.onDeath(reason => this.#fail(diedError(workerIndex, reason)));',
    replacement: 'port.onDeath(() => {});',
    caughtBy: { file: 'test/engine/worker-death.test.ts', title: 'a worker that dies' },
  },
];

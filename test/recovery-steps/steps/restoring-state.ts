import type { RecoveryStep } from '../recovery-step.ts';

const SOURCE = 'engine/runtime/source-stream.ts';
const DICTIONARY = 'engine/state/key-dictionary.ts';
const STATE = 'engine/runtime/checkpoint/engine-state.ts';
const JOB = 'engine/runtime/job.ts';
const SLICES = {
  file: 'test/properties/state-slices.test.ts',
  title: 'is the state as it was when the part was begun',
};
const PARTS = { file: 'test/properties/state-parts.test.ts', title: 'goes on as if nothing had happened' };
const UNIQUE = {
  file: 'test/properties/unique.test.ts',
  title: 'leave what the same stream gives without them',
};
const STOPS = { file: 'test/engine/job.test.ts', title: 'that is stopped several times' };
const SIMULATION = { file: 'test/simulation/simulation.test.ts', title: 'that were drawn once and for all' };

/** A restart goes on with everything that a checkpoint has. */
export const RESTORING_STATE: readonly RecoveryStep[] = [
  {
    name: 'of a key, the newest part that has it counts',
    file: STATE,
    text: 'leaveOutTaken(ids[i]!, taken);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'keys that a newer part lists as forgotten are left out',
    file: STATE,
    text: 'isOwned(columns, row) && (gone === undefined || gone.find(columns, row) < 0);',
    replacement: 'isOwned(columns, row);',
    caughtBy: PARTS,
  },
  {
    name: 'operators take over their state',
    file: STATE,
    text: 'operator.restore(renamed(storedIn(rows) as Snapshot, kept), keyIds);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'each worker takes the keys of its partitions',
    file: 'engine/runtime/workers/partition-host.ts',
    text: 'ownerOf(partitions.partitionOf(columns, row), this.#options.workerCount) === this.#options.workerIndex;',
    replacement: 'partitions.partitionOf(columns, row) >= 0;',
    caughtBy: SIMULATION,
  },
  {
    name: 'clocks of keys are restored',
    file: SOURCE,
    text: "this.clock.restore(snapshot['clock'] as Snapshot, keyIds);",
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'waiting rows are restored',
    file: 'engine/runtime/event-order.ts',
    text: 'this.#waiting.restore(waitingOf(snapshot, this.#fields), keyIds);',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'waiting rows wait no longer than they would have',
    file: 'engine/state/reorder-buffer.ts',
    text: 'this.first = 0;',
    replacement: 'this.first = order.length;',
    caughtBy: PARTS,
  },
  {
    name: 'waiting rows wait in the order in which they came',
    file: 'engine/state/reorder-buffer.ts',
    text: '(a, b) => this.arrivalUs[a]! - this.arrivalUs[b]! || this.sequence[a]! - this.sequence[b]!,',
    replacement: '(a, b) => a - b,',
    caughtBy: {
      file: 'test/properties/state-parts.test.ts',
      title: 'rows of one instant keep their order behind any number of restarts',
    },
  },
  {
    name: 'events that may be repeated are remembered',
    file: SOURCE,
    text: "this.#taken?.restore(snapshot['named'] as Snapshot, keyIds);",
    replacement: '',
    caughtBy: UNIQUE,
  },
  {
    name: 'what came first is let go of first',
    file: 'engine/state/taken-events.ts',
    text: 'slots.sort((a, b) => this.#arrivalUs[a]! - this.#arrivalUs[b]! || a - b);',
    replacement: '',
    caughtBy: UNIQUE,
  },
  {
    name: 'silent keys are woken when they would have been',
    file: 'engine/runtime/source-stream/key-wakes.ts',
    text: 'this.#queue.set(keyId, this.#clock.lastArrivalUs(keyId) + this.leastUs);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'an instant that has been handled is not handled again',
    file: 'engine/runtime/source-stream/arrival-work.ts',
    text: "this.#wokenUs = snapshot['wokenUs'] as number;",
    replacement: '',
    caughtBy: {
      file: 'test/properties/state-parts.test.ts',
      title: 'an instant that was handled is not handled again behind a restart',
    },
  },
  {
    name: "a source's arrival clock is restored where its keys are",
    file: SOURCE,
    text: "this.#gate.restore(snapshot['gate'] as Snapshot);",
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'what an engine has counted is restored',
    file: SOURCE,
    text: "Object.assign(this.counters, snapshot['counters']);",
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'what was counted before is not counted by every worker again',
    file: 'engine/runtime/workers/partition-host.ts',
    text: 'this.#uncounted = this.#totals();',
    replacement: '',
    caughtBy: SIMULATION,
  },
  {
    name: 'keys keep the order in which they appeared',
    file: DICTIONARY,
    text: 'if (id >= 0) this.ordinals[id] = ordinals[row]!;',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'keys that appear come behind those that were there',
    file: DICTIONARY,
    text: "this.#nextOrdinal = Math.max(this.#nextOrdinal, snapshot['nextOrdinal'] as number);",
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'rows that come wait behind those that were there',
    file: 'engine/state/reorder-buffer.ts',
    text: "this.nextSequence = Math.max(this.nextSequence, snapshot['nextSequence'] as number);",
    replacement: '',
    caughtBy: {
      file: 'test/properties/state-parts.test.ts',
      title: 'rows of one instant keep their order behind any number of restarts',
    },
  },
  {
    name: 'the watermarks of sites are restored',
    file: 'engine/operators/rekey/site-times.ts',
    text: "scatterFloat64(snapshot['siteWatermarkUs'] as Float64Array, sites, this.watermarkUs);",
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'keys that hold their sites up go on to do so',
    file: 'engine/operators/rekey/active-keys.ts',
    text: "scatterUint8(snapshot['isActive'] as Uint8Array, keyIds, this.isActive);",
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'workers go on with the state of the checkpoint',
    file: JOB,
    text: 'restored: stored.forWorkers(this.#filled),',
    replacement: 'restored: null,',
    caughtBy: STOPS,
  },
  {
    name: 'a source is read on where the checkpoint left it',
    file: JOB,
    text: 'position: stored.positionOf(node.id),',
    replacement: 'position: stored.positionOf(node.id) && null,',
    caughtBy: STOPS,
  },
  {
    name: 'the arrival gate knows what it knew',
    file: 'engine/runtime/reader.ts',
    text: 'if (options.gate !== undefined) this.#gate.restore(options.gate);',
    replacement: '',
    caughtBy: { file: 'test/engine/reader.test.ts', title: 'goes on with what its arrival gate knew' },
  },
  {
    name: 'sinks go on where the checkpoint left them',
    file: JOB,
    text: 'positions: stored.sinks,',
    replacement: 'positions: {},',
    caughtBy: { file: 'test/engine/worker-death.test.ts', title: 'a worker that dies' },
  },
  {
    name: 'symbols keep their ids',
    file: JOB,
    text: 'this.#symbols = this.#options.symbols ?? SymbolTable.restore(stored.symbols);',
    replacement: 'this.#symbols = this.#options.symbols ?? this.#symbols;',
    caughtBy: STOPS,
  },
  {
    name: 'a text that was freed and came again has its new id',
    file: 'engine/batch/symbol-table.ts',
    text: 'if (freed !== NO_SYMBOL) {',
    replacement: 'if (freed < NO_SYMBOL) {',
    caughtBy: { file: 'test/engine/symbol-limits.test.ts', title: 'a text that was freed and came again' },
  },
  {
    name: 'counting goes on',
    file: JOB,
    text: 'counts: stored.counts,',
    replacement: 'counts: new StoredState(undefined, this.#plan).counts,',
    caughtBy: SIMULATION,
  },
  {
    name: 'a rule that was paused stays so',
    file: JOB,
    text: 'const paused = stored.pausedUnder(budgets ?? NO_BUDGETS);',
    replacement: 'const paused = {};',
    caughtBy: { file: 'test/engine/job.test.ts', title: 'a rule that was paused' },
  },
];

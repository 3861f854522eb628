import type { RecoveryStep } from '../recovery-step.ts';

const SOURCE = 'engine/runtime/source-stream.ts';
const SLICES = {
  file: 'test/properties/state-slices.test.ts',
  title: 'is the state as it was when the part was begun',
};
const PARTS = { file: 'test/properties/state-parts.test.ts', title: 'goes on as if nothing had happened' };

/** A part of a checkpoint has every key as it was at the barrier, and every key that changed since the part before. */
export const SAVING_KEYS: readonly RecoveryStep[] = [
  {
    name: 'keys of a batch are saved before they change',
    file: 'engine/state/changed-keys.ts',
    text: 'if (this.#unsavedCount > 0) this.#saveUnsaved(keyIds.subarray(from, until));',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'a single key is saved before it changes',
    file: 'engine/state/changed-keys.ts',
    text: 'if (this.#unsavedCount > 0 && this.#isUnsaved[keyId] === 1) this.#saveUnsaved(Uint32Array.of(keyId));',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'keys of a batch count as changed',
    file: 'engine/state/changed-keys.ts',
    text: 'for (let i = from; i < until; i++) isChanged[keyIds[i]!] = 1;',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'a single key counts as changed',
    file: 'engine/state/changed-keys.ts',
    text: 'this.#isChanged[keyId] = 1;',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'a chain begins with all keys',
    file: 'engine/state/changed-keys.ts',
    text: 'this.#isChanged.fill(1, 0, keyCount);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'keys that events change say so before',
    file: 'engine/runtime/source-stream/event-keys.ts',
    text: 'keys.changed.willChange(this.ids, start, end);',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'keys that events change say so before, where others of the batch are refused',
    file: 'engine/runtime/source-stream/event-keys.ts',
    text: 'keys.changed.willChange(known, 0, known.length);',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'a key that the arrival clock wakes says so before it changes',
    file: 'engine/runtime/source-stream/arrival-work.ts',
    text: 'this.#pipeline.keys.changed.oneWillChange(keyId);\n      woken.push(keyId);',
    replacement: 'woken.push(keyId);',
    caughtBy: PARTS,
  },
  {
    name: 'a key of which rows have waited long enough says so before it changes',
    file: 'engine/runtime/event-order.ts',
    text: 'changed.willChange(waiting.keyIds, waiting.first, waiting.slotBehind(untilUs - this.#clock.latenessUs));',
    replacement: '',
    caughtBy: SLICES,
  },
  {
    name: 'the keys of a source that ends say so before they change',
    file: SOURCE,
    text: 'this.pipeline.keys.changed.oneWillChange(keyId);\n      this.#order.release(keyId, this.#gate.nowUs, Infinity);',
    replacement: 'this.#order.release(keyId, this.#gate.nowUs, Infinity);',
    caughtBy: SLICES,
  },
  {
    name: 'sites of keys say so before they change',
    file: 'engine/runtime/frame-pipeline.ts',
    text: 'if (this.isOfSites) this.keys.changed.willChange(frame.keyIds, 0, frame.length);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'a key that no longer holds its sites up says so before',
    file: 'engine/operators/rekey.ts',
    text: 'this.#inputKeys.changed.oneWillChange(keyId); // nobody else sees it',
    replacement: '',
    caughtBy: {
      file: 'test/properties/state-parts.test.ts',
      title: 'a key that went idle does not hold its site up behind a restart',
    },
  },
  {
    name: 'events do not take the quick way past changed keys',
    file: SOURCE,
    text: 'if (!this.#gate.passesInOrder || keys.changed.isTracked) return 0;',
    replacement: 'if (!this.#gate.passesInOrder) return 0;',
    caughtBy: SLICES,
  },
  {
    name: 'where keys meet at sites, the state is saved at once',
    file: 'engine/runtime/checkpoint/state-part.ts',
    text: 'tables.every(table => table.isOfSingleKeys)',
    replacement: 'tables.length > 0',
    caughtBy: SLICES,
  },
  {
    name: 'what is left of a part that was given up does not count for the next one',
    file: 'engine/state/changed-keys.ts',
    text: 'this.#isUnsaved.fill(0);',
    replacement: '',
    caughtBy: { file: 'test/engine/changed-keys.test.ts', title: 'what is left when saving stops' },
  },
  {
    name: 'what is not of single keys is saved as it is at the barrier',
    file: 'engine/runtime/checkpoint/host-part.ts',
    text: "this.#saved.push({ kind: 'streams', lane, streams: engine.streamStates() });",
    replacement: "this.#saved.push({ kind: 'streams', lane, get streams() { return engine.streamStates(); } });",
    caughtBy: { file: 'test/engine/host-part.test.ts', title: 'what is not of single keys is in a part as it was' },
  },
  {
    name: 'forgotten keys are listed in the next part',
    file: 'engine/state/key-dictionary.ts',
    text: 'this.#forgotten.idOf(this.columns, keyId);',
    replacement: '',
    caughtBy: PARTS,
  },
  {
    name: 'the one key of a stream without a key is saved only by the worker that has its events',
    file: 'engine/runtime/checkpoint/state-part.ts',
    text: 'return keys.fields.length === 0 && !hasSeen(0) ? NO_KEYS : keyIds;',
    replacement: 'return keyIds;',
    caughtBy: { file: 'test/simulation/simulation.test.ts', title: 'that were drawn once and for all' },
  },
];

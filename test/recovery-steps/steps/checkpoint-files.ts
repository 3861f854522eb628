import type { RecoveryStep } from '../recovery-step.ts';

const STORE = 'engine/runtime/checkpoint/checkpoint-store.ts';
const CHECKPOINTER = 'engine/runtime/checkpoint/checkpointer.ts';
const FILE = 'engine/runtime/checkpoint/snapshot-file.ts';
const HEADER = 'engine/runtime/checkpoint/snapshot-header.ts';
const STORE_TEST = 'test/simulation/checkpoint-store.test.ts';
const CRASHES = { file: STORE_TEST, title: 'survives a crash at every step' };
const FLIPS = { file: STORE_TEST, title: 'gives exactly the one before where a bit of the newest is flipped' };
const BITS = { file: 'test/engine/snapshot-file.test.ts', title: 'finds every bit that was flipped' };
const CHAINS = 'test/simulation/checkpointer.test.ts';

/** A checkpoint is there as a whole or not at all, and a damaged one is passed over for one that shares nothing with it. */
export const CHECKPOINT_FILES: readonly RecoveryStep[] = [
  {
    name: 'parts and manifests are synced',
    file: FILE,
    text: 'await file.sync();',
    replacement: '',
    caughtBy: CRASHES,
  },
  {
    name: 'a manifest is written under another name',
    file: STORE,
    text: 'const temporary = `${path}.new`;',
    replacement: 'const temporary = path;',
    caughtBy: CRASHES,
  },
  {
    name: 'names of parts are durable before the manifest has its name',
    file: STORE,
    text: 'await this.#disk.syncFolder(this.#folder);\n    await this.#disk.rename(temporary, path);',
    replacement: 'await this.#disk.rename(temporary, path);',
    caughtBy: CRASHES,
  },
  {
    name: "the manifest's name is durable before anything older goes",
    file: STORE,
    text: 'await this.#disk.rename(temporary, path);\n    await this.#disk.syncFolder(this.#folder);',
    replacement: 'await this.#disk.rename(temporary, path);',
    caughtBy: CRASHES,
  },
  {
    name: 'old manifests are gone for good before parts go',
    file: STORE,
    text: 'if (manifests.length > 0) await this.#disk.syncFolder(this.#folder);',
    replacement: '',
    caughtBy: CRASHES,
  },
  {
    name: 'parts go only when no kept checkpoint names them',
    file: STORE,
    text: 'await this.#removeAll(parts.filter(path => !options.keptPartPaths.has(path)));',
    replacement: 'await this.#removeAll(parts);',
    caughtBy: CRASHES,
  },
  {
    name: 'what a crash left of a checkpoint is removed',
    file: STORE,
    text: 'await store.#removeLeftovers();',
    replacement: '',
    caughtBy: { file: STORE_TEST, title: 'removes what a crash left of a checkpoint' },
  },
  {
    name: 'a checkpoint that was given up leaves nothing behind',
    file: STORE,
    text: 'await this.#removeCheckpoints({ isMeant: name => name.id === id, keptPartPaths: new Set() });',
    replacement: '',
    caughtBy: { file: STORE_TEST, title: 'gives a full disk its room back' },
  },
  {
    name: 'the id of a checkpoint that was given up is never used again',
    file: STORE,
    text: 'this.#nextId = Math.max(this.#nextId, id + 1); // a part of it may still be being written',
    replacement: '',
    caughtBy: { file: STORE_TEST, title: 'gives a full disk its room back' },
  },
  {
    name: 'parts are verified at a restart',
    file: STORE,
    text: 'for (const part of manifest.parts) await this.#verifyPart(part, verified);',
    replacement: '',
    caughtBy: FLIPS,
  },
  {
    name: 'a damaged checkpoint is passed over for the one before',
    file: STORE,
    text: "if (error instanceof MillraceError && error.code === 'MR6003') return passedOverError(id, error);",
    replacement: '',
    caughtBy: FLIPS,
  },
  {
    name: 'a checkpoint that was passed over is never gone on from',
    file: STORE,
    text: 'await this.#removePassedOver(passedOver);',
    replacement: '',
    caughtBy: { file: STORE_TEST, title: 'passes over a damaged checkpoint' },
  },
  {
    name: 'a checkpoint that shares no file with the newest is kept',
    file: STORE,
    text: 'return apart === undefined || last.includes(apart) ? last : [...last, apart];',
    replacement: 'return last;',
    caughtBy: { file: CHAINS, title: 'any one damaged file' },
  },
  {
    name: 'sources are acknowledged only up to the oldest kept checkpoint',
    file: STORE,
    text: 'const oldest = this.#kept?.at(-1);',
    replacement: 'const oldest = this.#kept?.at(0);',
    caughtBy: { file: STORE_TEST, title: 'keeps the last few' },
  },
  {
    name: 'sources are acknowledged only when the checkpoint is durable',
    file: 'engine/runtime/job.ts',
    text: 'this.#options.onCheckpoint?.(times);\n        await this.#acknowledge(checkpointer);',
    replacement:
      'this.#options.onCheckpoint?.(times);\n        for (const reader of this.#readers.all) if (reader.position !== null) await reader.source.acknowledge(reader.position);',
    caughtBy: { file: 'test/simulation/simulation.test.ts', title: 'that were drawn once and for all' },
  },
  {
    name: 'a checkpoint that failed makes the next one whole',
    file: CHECKPOINTER,
    text: 'this.#isChainBroken = true;',
    replacement: '',
    caughtBy: { file: CHAINS, title: 'after one that failed' },
  },
  {
    name: 'a new chain has all symbols',
    file: 'engine/runtime/checkpoint/symbol-log.ts',
    text: 'const assigned = symbols.takeAssigned();',
    replacement: "const assigned = symbols.takeAssigned();\n    extent = 'changed';",
    caughtBy: { file: CHAINS, title: 'any one damaged file' },
  },
  {
    name: 'nothing of a checkpoint that failed is written behind its end',
    file: CHECKPOINTER,
    text: 'await Promise.allSettled(parts);',
    replacement: '',
    caughtBy: { file: CHAINS, title: 'after one that failed' },
  },
  {
    name: 'a part that a manifest names is that very file',
    file: FILE,
    text: 'if (reference !== undefined && (reference.bytes !== fileBytes || reference.checksum !== header.checksum)) {',
    replacement: 'if (reference === null) {',
    caughtBy: { file: 'test/engine/snapshot-file.test.ts', title: 'is not another file of the same form' },
  },
  {
    name: 'arrays have checksums, which are checked when they are read',
    file: FILE,
    text: "if (read !== checksum) throw damagedError(path, 'an array has another checksum');",
    replacement: 'if (read === -1) throw damagedError(path, String(checksum));',
    caughtBy: BITS,
  },
  {
    name: 'arrays have checksums, which are checked when a checkpoint is looked for',
    file: FILE,
    text: "if (found !== checksum) throw damagedError(path, 'an array has another checksum');",
    replacement: '',
    caughtBy: BITS,
  },
  {
    name: 'the structure of a file has a checksum',
    file: FILE,
    text: 'if ((await reader.read(bytes, header.structurePosition)) !== header.structureChecksum) {',
    replacement: 'if ((await reader.read(bytes, header.structurePosition)) === -1) {',
    caughtBy: BITS,
  },
  {
    name: 'the header of a file has a checksum',
    file: HEADER,
    text: 'if (crc32(bytes.subarray(0, AT.checksum)) !== checksum)',
    replacement: 'if (crc32(bytes.subarray(0, AT.checksum)) === -1)',
    caughtBy: BITS,
  },
  {
    name: 'a file has the bytes that it should have',
    file: FILE,
    text: 'if (header.structurePosition + paddedBytes(header.structureBytes) !== fileBytes) {',
    replacement: 'if (header.structurePosition + paddedBytes(header.structureBytes) === -1) {',
    caughtBy: BITS,
  },
  {
    name: 'a file of a newer format is refused, and not taken for damaged',
    file: HEADER,
    text: 'if (version > FORMAT_VERSION) throw newerError(path, version);',
    replacement: '',
    caughtBy: { file: 'test/engine/snapshot-file.test.ts', title: 'of a newer format is no damage' },
  },
  {
    name: 'one run at a time has a state folder',
    file: 'engine/runtime/state-lock.ts',
    text: 'if (!(taken instanceof ProcessLock)) {',
    replacement: 'if (!(taken instanceof ProcessLock) && taken.ownerProcessId < 0) {',
    caughtBy: { file: 'test/apps/hostile.test.ts', title: '' },
  },
];

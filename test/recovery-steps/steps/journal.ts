import type { RecoveryStep } from '../recovery-step.ts';

const FOLDER = 'connectors/journal';
const RECOVER = `${FOLDER}/recover-journal.ts`;
const SEGMENT = `${FOLDER}/segment-writer.ts`;
const WRITER = `${FOLDER}/journal-writer.ts`;
const READER = `${FOLDER}/journal-reader.ts`;
const MARK = `${FOLDER}/journal-mark.ts`;
const TESTS = 'test/connectors/journal.test.ts';
const POWER_CUTS = { file: 'test/simulation/journal.test.ts', title: 'keeps every acknowledged message' };
const UNSYNCED = { file: TESTS, title: 'never gives what was not synced' };
const BITS = { file: TESTS, title: 'any flipped bit but in the last record' };
const PIECES = { file: TESTS, title: 'a write that a power cut left in pieces is a torn tail' };
const FAILING_DISK = { file: TESTS, title: 'the append fails, may be repeated, and is there once' };

/** Every acknowledged message is there once and in order; what is damaged is told from what was never acknowledged. */
export const JOURNAL: readonly RecoveryStep[] = [
  {
    name: 'a torn tail is cut at the last whole record',
    file: RECOVER,
    text: 'await file.truncate(endBytes);',
    replacement: '',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'what is left of the last segment is made durable before it counts',
    file: RECOVER,
    text: 'await file.sync();',
    replacement: '',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'what nobody said is synced is written again before it counts',
    file: RECOVER,
    text: 'await file.write(bytes.subarray(unsyncedFrom, endBytes), unsyncedFrom);',
    replacement: '',
    caughtBy: { file: 'test/simulation/journal.test.ts', title: 'is written again where a sync had failed' },
  },
  {
    name: 'the name of the last segment is durable before it counts',
    file: RECOVER,
    text: 'await file.sync();\n    await disk.syncFolder(folder.path);',
    replacement: 'await file.sync();',
    caughtBy: {
      file: 'test/simulation/journal.test.ts',
      title: 'has a segment for good before a message in it is acknowledged',
    },
  },
  {
    name: 'a restart says up to where the journal is synced',
    file: RECOVER,
    text: 'await writeSynced(folder, { createdUs: header.createdUs, sequence: nextSequence });',
    replacement: '',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'a segment that was never made whole is removed',
    file: RECOVER,
    text: 'await folder.disk.remove(path);\n  await folder.disk.syncFolder(folder.path);',
    replacement: '',
    caughtBy: { file: 'test/simulation/journal.test.ts', title: 'goes on without the segment that was being made' },
  },
  {
    name: 'records have a checksum',
    file: `${FOLDER}/record-format.ts`,
    text: "if (crc32(bytes.subarray(at + 4, end), checksum) !== bytes.readUInt32LE(at)) return 'broken';",
    replacement: '',
    caughtBy: BITS,
  },
  {
    name: 'headers of segments have a checksum',
    file: `${FOLDER}/segment-header.ts`,
    text: 'if (checksum !== checksumOf(bytes)) return undefined;',
    replacement: '',
    caughtBy: BITS,
  },
  {
    name: 'a bad record is damage where a record of a later group follows',
    file: `${FOLDER}/scan-segment.ts`,
    text: 'if (bad.isSynced || record.groupSequence > bad.sequence) return true;',
    replacement: 'if (bad.isSynced) return true;',
    caughtBy: { file: TESTS, title: 'a bad record in front of a later group' },
  },
  {
    name: 'a bad record is a torn tail where only records of its group follow',
    file: `${FOLDER}/scan-segment.ts`,
    text: 'if (bad.isSynced || record.groupSequence > bad.sequence) return true;',
    replacement: 'return true;',
    caughtBy: PIECES,
  },
  {
    name: 'a bad record is damage where it is known to have been synced',
    file: `${FOLDER}/scan-segment.ts`,
    text: 'isSynced: sequence < syncedSequence',
    replacement: 'isSynced: false',
    caughtBy: PIECES,
  },
  {
    name: 'a message is synced before it is acknowledged',
    file: SEGMENT,
    text: 'await this.#file.write(bytes, this.#syncedBytes);\n      await this.#file.sync();',
    replacement: 'await this.#file.write(bytes, this.#syncedBytes);',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'the header of a segment is synced before a record is written',
    file: SEGMENT,
    text: 'await file.write(bytes, 0);\n      await file.sync();',
    replacement: 'await file.write(bytes, 0);',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'the name of a segment is durable before a record is acknowledged',
    file: SEGMENT,
    text: 'await folder.disk.syncFolder(folder.path);',
    replacement: '',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'a segment of which a write or sync failed is cut before it is written to',
    file: SEGMENT,
    text: 'this.#isCutNeeded = true;',
    replacement: '',
    caughtBy: FAILING_DISK,
  },
  {
    name: 'what an append refused is gone when the journal is closed',
    file: SEGMENT,
    text: 'if (this.#isCutNeeded) await this.#cut();\n    } finally {',
    replacement: '} finally {',
    caughtBy: FAILING_DISK,
  },
  {
    name: 'readers are told of records only when these are synced',
    file: WRITER,
    text: 'await active.append(encodeGroup(records, { checksum, firstSequence: this.#nextSequence, arrivalUs }));',
    replacement:
      'await writeSynced(this.#folder, { createdUs: this.#createdUs, sequence: this.#nextSequence + records.length });\n    await active.append(encodeGroup(records, { checksum, firstSequence: this.#nextSequence, arrivalUs }));',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'a reader reads only what is synced',
    file: READER,
    text: 'return this.#sequence < (this.#synced?.sequence ?? 0);',
    replacement: 'return this.#sequence <= (this.#synced?.sequence ?? 0);',
    caughtBy: UNSYNCED,
  },
  {
    name: 'a reader lets go of bytes that may have been written anew',
    file: READER,
    text: 'if (this.#segment !== undefined) this.#segment.readBytes -= this.#end - this.#start;\n    this.#start = this.#end;',
    replacement: '',
    caughtBy: UNSYNCED,
  },
  {
    name: 'a reader checks that sequences have no gap',
    file: READER,
    text: 'throw this.#damaged(segment, `the record with sequence ${segment.nextSequence} is missing`);',
    replacement: 'this.#sequence = firstSequences.find(first => first > segment.nextSequence)!;',
    caughtBy: { file: TESTS, title: 'a segment that is missing is damage' },
  },
  {
    name: 'a journal that was made anew is not read on in',
    file: READER,
    text: 'if (this.#createdUs !== null && synced.createdUs !== this.#createdUs) {',
    replacement: 'if (this.#createdUs === undefined) {',
    caughtBy: { file: TESTS, title: 'a journal that was made anew is not the one of a position' },
  },
  {
    name: 'sequences go on behind those that were there',
    file: WRITER,
    text: 'this.#nextSequence = recovered?.nextSequence ?? 1;',
    replacement: 'this.#nextSequence = 1;',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'arrivals never fall within a run',
    file: WRITER,
    text: 'const arrivalUs = Math.max(this.#lastArrivalUs, nowUs);',
    replacement: 'const arrivalUs = nowUs;',
    caughtBy: { file: TESTS, title: 'gives messages back in order, with their arrivals' },
  },
  {
    name: 'arrivals never fall from one run to the next',
    file: WRITER,
    text: 'this.#lastArrivalUs = recovered?.lastArrivalUs ?? 0;',
    replacement: 'this.#lastArrivalUs = 0;',
    caughtBy: { file: TESTS, title: 'has arrivals that do not fall from one run to the next' },
  },
  {
    name: 'a journal has one writer',
    file: WRITER,
    text: 'const taken = options.takeLock(folder.lockPath);',
    replacement: 'const taken: ReturnType<JournalOptions["takeLock"]> = { release: () => {} };',
    caughtBy: { file: TESTS, title: 'has one writer' },
  },
  {
    name: 'a journal that has a writer is not put in order by a reader',
    file: `${FOLDER}/journal-source.ts`,
    text: "if (!('release' in taken)) return false;",
    replacement: "if (!('release' in taken)) return await recoverJournal(folder).then(() => true);",
    caughtBy: { file: 'test/simulation/journal.test.ts', title: 'is not put in order by a reader while it is written' },
  },
  {
    name: 'a reader waits for the writer that puts its journal in order',
    file: `${FOLDER}/journal-source.ts`,
    text: 'if (isInOrder || waitedMs >= MAX_PLACE_WAIT_MS)',
    replacement: 'if (isInOrder || waitedMs >= 1_000)',
    caughtBy: { file: TESTS, title: 'waits for a writer that takes its time to put the journal in order' },
  },
  {
    name: 'only segments that all streams have acknowledged are removed',
    file: `${FOLDER}/retention.ts`,
    text: 'segments[1]!.firstSequence <= (acknowledged?.sequence ?? 0)',
    replacement: 'acknowledged?.sequence !== -1',
    caughtBy: { file: TESTS, title: 'remove what is acknowledged and too old, and keep what is not' },
  },
  {
    name: 'segments are removed one by one',
    file: `${FOLDER}/retention.ts`,
    text: 'await this.#folder.disk.syncFolder(this.#folder.path); // one by one: a crash must not leave a hole',
    replacement: '',
    caughtBy: { file: 'test/simulation/journal.test.ts', title: 'has no hole where segments were removed' },
  },
  {
    name: 'a damaged mark counts as none',
    file: MARK,
    text: 'if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4)) || bytes.readUInt32LE(4) !== FORMAT_VERSION) return undefined;',
    replacement: '',
    caughtBy: { file: TESTS, title: 'a mark that is being written says nothing' },
  },
];

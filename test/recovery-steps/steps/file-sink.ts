import type { RecoveryStep } from '../recovery-step.ts';

const SINK = 'connectors/file/file-sink.ts';
const SINKS = 'test/connectors/sinks.test.ts';
const OTHER_FILE = { file: SINKS, title: 'does not go on with a file that is not that of its checkpoint' };
const POWER_CUTS = { file: SINKS, title: 'keeps through power cuts what a checkpoint knows' };

/** Each row is in a file once. */
export const FILE_SINK: readonly RecoveryStep[] = [
  {
    name: 'lines are synced before the position is taken',
    file: SINK,
    text: 'async position(): Promise<Position | null> {\n    await this.#sync();',
    replacement: 'async position(): Promise<Position | null> {',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'the name of a new file is durable',
    file: SINK,
    text: 'if (position === null) await disk.syncFolder(dirname(path));',
    replacement: '',
    caughtBy: POWER_CUTS,
  },
  {
    name: 'a file is cut at a restart to what the checkpoint knows',
    file: SINK,
    text: 'if (keptBytes < sizeBytes) await file.truncate(keptBytes);',
    replacement: '',
    caughtBy: { file: SINKS, title: 'takes back what was written after a checkpoint' },
  },
  {
    name: 'a file that is not there any more is not begun anew',
    file: SINK,
    text: "if (position !== null && !isThere) throw otherFile(address, 'it is not there');",
    replacement: '',
    caughtBy: OTHER_FILE,
  },
  {
    name: 'a file in the place of another is not gone on with',
    file: SINK,
    text: "if (position['identity'] !== identity) throw otherFile(address, 'another file has taken its place');",
    replacement: '',
    caughtBy: OTHER_FILE,
  },
  {
    name: 'a file that is shorter than the checkpoint knows is not gone on with',
    file: SINK,
    text: 'if (keptBytes > sizeBytes) throw otherFile(address, `it holds ${sizeBytes} bytes of ${keptBytes}`);',
    replacement: '',
    caughtBy: OTHER_FILE,
  },
  {
    name: 'lines that did not fit are taken back',
    file: SINK,
    text: 'await this.#file.truncate(this.#sizeBytes).catch(() => {}); // the write is repeated at the same place anyway',
    replacement: '',
    caughtBy: { file: SINKS, title: 'takes back what it wrote of lines that did not fit' },
  },
  {
    name: 'a file of which a sync failed is in no later checkpoint',
    file: SINK,
    text: 'this.#syncFailure = syncError(error, this.#address);\n      throw this.#syncFailure;',
    replacement: 'throw syncError(error, this.#address);',
    caughtBy: { file: SINKS, title: 'is in no checkpoint after a sync that failed' },
  },
];

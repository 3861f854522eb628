import type { RecoveryStep } from '../recovery-step.ts';

const MEMBER = { file: 'test/cluster/member.test.ts', title: 'write one at a time, lose nothing that was saved' };
const FOLDER = 'test/cluster/shared-folder.test.ts';
const SHARES = { file: 'test/engine/shares.test.ts', title: 'give together what all keys give' };

/** Several processes: one at a time has a share, and goes on from where the one before was. */
export const SHARED_WORK: readonly RecoveryStep[] = [
  {
    name: 'events of other shares are left out',
    file: 'engine/runtime/reader.ts',
    text: 'return this.#own === null ? batch : this.#own.of(batch);',
    replacement: 'return batch;',
    caughtBy: SHARES,
  },
  {
    name: 'what is refused before its key is known is told by one share',
    file: 'engine/runtime/job.ts',
    text: '(this.#shares?.share.index ?? 0) === 0 ? rejected : []',
    replacement: 'rejected',
    caughtBy: SHARES,
  },
  {
    name: 'a sink is written to only while the lease is held',
    file: 'apps/server/cluster/guarded-connector.ts',
    text: 'await mayWrite();',
    replacement: '',
    caughtBy: MEMBER,
  },
  {
    name: 'a lease is taken when nothing was heard for longer than it is held',
    file: 'apps/server/cluster/observed-entries.ts',
    text: '>= TAKEN_AFTER_MS',
    replacement: '>= TAKEN_AFTER_MS / 3',
    caughtBy: MEMBER,
  },
  {
    name: 'a lease whose answer was lost is looked for',
    file: 'apps/server/cluster/lease.ts',
    text: 'this.#revision = found.revision;',
    replacement: '',
    caughtBy: MEMBER,
  },
  {
    name: 'what a checkpoint names is looked at again when an answer was lost',
    file: 'apps/server/cluster/shared-folder.ts',
    text: 'if (this.#isUncertain) await this.#lookAgain();',
    replacement: '',
    caughtBy: { file: FOLDER, title: 'finds out what became of a write whose answer was lost' },
  },
  {
    name: 'a checkpoint counts when the store has it',
    file: 'apps/server/cluster/shared-disk.ts',
    text: 'if (isOurs) await',
    replacement: 'if (false) await',
    caughtBy: MEMBER,
  },
  {
    name: 'nobody who had the lease before can name files',
    file: 'apps/server/cluster/shared-folder.ts',
    text: 'if (revision === null) throw lease.lostError();',
    replacement: '',
    caughtBy: { file: FOLDER, title: 'is not touched any more by whoever had it before' },
  },
  {
    name: 'who was stopped while it took a share over does not take its files for lost',
    file: 'apps/server/cluster/shared-folder.ts',
    text: 'await this.#requireOwn();',
    replacement: '',
    caughtBy: {
      file: FOLDER,
      title: 'has lost its lease, and nothing is damaged, where the next owner has removed what it was about to read',
    },
  },
  {
    name: 'files of the next owner are not removed',
    file: 'apps/server/cluster/shared-folder.ts',
    text: '< lease.epoch;',
    replacement: '!== lease.epoch;',
    caughtBy: { file: FOLDER, title: 'is not touched any more by whoever had it before' },
  },
  {
    name: 'state of newer rules is left to others',
    file: 'apps/server/cluster/shared-folder.ts',
    text: 'if (found.version > version)',
    replacement: 'if (false)',
    caughtBy: { file: FOLDER, title: 'is refused to older rules' },
  },
];

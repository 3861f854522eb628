import type { Connector } from '../../../engine/connector.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { RunningJob } from '../../../engine/runtime/job.ts';
import type { Platform } from '../../../engine/runtime/platform.ts';
import type { SharedStore } from '../../../engine/shared-store.ts';
import type { KeyShare } from '../../../engine/state/key-share.ts';
import { ENTRY_KEYS } from './entry-keys.ts';
import { guardedConnector } from './guarded-connector.ts';
import type { Lease, LeaseDetails } from './lease.ts';
import { SharedDisk } from './shared-disk.ts';
import { SharedFolder } from './shared-folder.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/** What the job of a share has to be started with. */
export type ShareContext = {
  readonly share: KeyShare;
  readonly platform: Platform;
  readonly stateDirectory: string;
  /** Every connector of the job goes through it. */
  readonly guard: (connector: Connector) => Connector;
  /** What others can see of it. */
  readonly describe: (details: LeaseDetails) => void;
  readonly signal: AbortSignal;
};

export type ShareRunOptions = {
  readonly share: KeyShare;
  readonly lease: Lease;
  readonly store: SharedStore;
  readonly platform: Platform;
  /** On this machine, of this share. */
  readonly stateDirectory: string;
  /** Of the rules. */
  readonly version: number;
  readonly startJob: (context: ShareContext) => RunningJob;
  /** It is started again in a while. */
  readonly onTrouble: (error: MillraceError) => void;
};

/** One share while its lease is held: from the state in the store to the final checkpoint there. */
export class ShareRun {
  /** Rejects with what ended it, where nobody asked it to end. */
  readonly done: Promise<void>;
  /** Resolves when it reads for the first time; rejects when it ends before. */
  readonly opened: Promise<void>;
  readonly #options: ShareRunOptions;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #opening = Promise.withResolvers<void>();

  constructor(options: ShareRunOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([this.#stopping.signal, options.lease.lost]);
    this.done = this.#run();
    this.done.catch(() => {}); // whoever has started it looks when it has ended
    this.opened = this.#opening.promise;
    this.done.then(this.#opening.resolve, this.#opening.reject);
    this.opened.catch(() => {}); // `done` tells it
  }

  /** What was handled is durable when `done` has resolved. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !this.#signal.aborted; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await this.#runOnce();
      } catch (error) {
        const isWorthRetrying = error instanceof MillraceError && error.retry === 'backoff';
        if (!isWorthRetrying || this.#signal.aborted) throw error;
        this.#options.onTrouble(error);
        await this.#options.platform.clock.sleep(waitMs, this.#signal);
      }
    }
  }

  async #runOnce(): Promise<void> {
    const { share, lease, store, platform, stateDirectory, version, startJob } = this.#options;
    const { disk, clock } = platform;
    const folder = new SharedFolder({
      store,
      lease,
      key: ENTRY_KEYS.checkpoint(share.index),
      disk,
      folder: stateDirectory,
      prefix: String(share.index),
      version,
      nowUs: () => clock.nowUs(),
      signal: this.#signal,
    });
    await folder.open();
    folder.removeLeftovers().catch(() => {}); // the next owner finds them
    if (this.#signal.aborted) return;
    const job = startJob({
      share,
      platform: { ...platform, disk: new SharedDisk(disk, stateDirectory, folder) },
      stateDirectory,
      describe: details => lease.describe(details),
      guard: connector => guardedConnector(connector, () => lease.require(this.#signal)),
      signal: this.#signal,
    });
    job.opened.then(this.#opening.resolve, () => {}); // `done` tells it
    await job.done;
  }
}

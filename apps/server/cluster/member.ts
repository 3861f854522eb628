import { join } from 'node:path';
import { MillraceError } from '../../../engine/errors.ts';
import type { JobWarning, RunningJob } from '../../../engine/runtime/job.ts';
import type { Platform } from '../../../engine/runtime/platform.ts';
import type { SharedEntries, SharedEntry, SharedStore } from '../../../engine/shared-store.ts';
import { balance } from './balance.ts';
import { ENTRY_KEYS, PROCESS_PREFIX } from './entry-keys.ts';
import { Lease, leaseValue } from './lease.ts';
import { ObservedEntries } from './observed-entries.ts';
import { folderValue } from './shared-folder.ts';
import { type ShareContext, ShareRun } from './share-run.ts';

/** How often the others are looked at. */
const LOOK_EVERY_MS = 500;
const RENEWALS_EVERY_MS = 200;
/** How often a process says that it is there, and for how long others leave it what is free. */
const PRESENT_EVERY_MS = 1_000;
const PRESENT_FOR_MS = 2_000;

export type MemberOptions = {
  /** Of this process, and of no other one at the same time. */
  readonly name: string;
  /** Of this run of it. */
  readonly session: string;
  readonly shareCount: number;
  /** Of the rules: `planIdentity`. */
  readonly plan: string;
  /** The rules are newer than all that the cluster has seen, also where it has seen these before. */
  readonly isChosen: boolean;
  readonly store: SharedStore;
  readonly platform: Platform;
  /** Where the working copies of the shares' states are. */
  readonly stateDirectory: string;
  readonly startJob: (context: ShareContext) => RunningJob;
  readonly onWarning: (warning: JobWarning) => void;
  readonly onShare?: (change: ShareChange) => void;
  /** Somebody wants this process to leave: it does. */
  readonly onDrain: () => void;
  /** Gives all shares up, and ends. */
  readonly signal: AbortSignal;
};

export type ShareChange = { readonly share: number; readonly change: 'taken' | 'given up' | 'lost' };

/**
 * One of several processes that run the same rules. The shares of all keys are leased: a process runs a job for each share that it
 * has, and takes or gives up some when others come and go. `run` ends when it was asked to leave, by the signal or by an entry that
 * somebody wrote, or when something fails for good; then every share that it had is given up with a final checkpoint, where
 * that was possible.
 *
 * Errors: MR6032 another process has the name · MR6033 another number of shares · what ends a job. Warnings: MR5140 the store does
 * not answer · MR6031 a lease was lost · MR6034 shares are of newer rules · those that a share is started again for.
 */
export class Member {
  readonly #options: MemberOptions;
  readonly #observed = new ObservedEntries();
  readonly #shares = new Map<number, OwnShare>();
  readonly #renewing = new Set<Lease>();
  readonly #told = new Set<string>(); // warnings, until it is over
  readonly #opening = Promise.withResolvers<void>();
  #presence: Lease | undefined;
  #version = 0;
  #isLeaving = false;
  #failure: unknown;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#opening.promise.catch(() => {}); // `run` tells it
  }

  /** Resolves when it has taken the shares that were free, and those read; rejects when one of them does not. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  async run(): Promise<void> {
    const { signal, platform } = this.#options;
    await this.#join();
    const renewing = this.#renewAll();
    const leave = () => (this.#isLeaving = true);
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    while (!this.#isLeaving) {
      if (await this.#look()) this.#nowOpening();
      await platform.clock.sleep(LOOK_EVERY_MS, signal);
    }
    const leaving = [...this.#shares.values()].map(({ ended }) => ended);
    for (const index of this.#shares.keys()) this.#giveUp(index);
    await Promise.all(leaving);
    signal.removeEventListener('abort', leave);
    await this.#presence!.release();
    await renewing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #join(): Promise<void> {
    const { store, shareCount, plan, isChosen, name } = this.#options;
    const { entries } = store;
    const agreed = await firstValue(store, ENTRY_KEYS.cluster, JSON.stringify({ shares: shareCount }));
    const { shares } = JSON.parse(agreed.value) as { shares: number }; // as: what the first process wrote
    if (shares !== shareCount) throw otherShareCount(shares, shareCount);
    this.#version = isChosen
      ? await newValue(entries, ENTRY_KEYS.plan(plan), plan)
      : (await firstValue(store, ENTRY_KEYS.plan(plan), plan)).revision;
    const key = ENTRY_KEYS.process(name);
    for (let isTaken = false; !isTaken; isTaken = this.#presence !== undefined) {
      const options = { ...this.#leaseOptions(key), renewEveryMs: PRESENT_EVERY_MS };
      const lease = await Lease.take(options, await entries.read(key), this.#details());
      if (lease !== null) this.#presence = lease;
    }
    this.#presence!.lost.addEventListener('abort', () => {
      if (!this.#isLeaving) this.#fail(nameTaken(name));
    });
  }

  /** Whether the others could be seen. */
  async #look(): Promise<boolean> {
    const { store, platform } = this.#options;
    try {
      const entries = await store.entries.readAll();
      this.#observed.update(entries, platform.clock.monotonicMs());
      this.#told.delete('MR5140');
    } catch (error) {
      this.#tellTrouble(error);
      return false;
    }
    this.#readOwnEntries();
    if (!this.#isLeaving) await this.#balance();
    return true;
  }

  /** The shares that are there are those that it begins with. */
  #nowOpening(): void {
    const { resolve, reject } = this.#opening;
    Promise.all([...this.#shares.values()].map(({ run }) => run.opened)).then(() => resolve(), reject);
  }

  async #balance(): Promise<void> {
    const { name } = this.#options;
    const { take, giveUp } = balance({
      name,
      processes: this.#processes(),
      owners: this.#indices.map(index => this.#ownerOf(index)),
      isFit: index => this.#isFit(index),
    });
    for (const index of giveUp) this.#giveUp(index);
    for (const index of take) await this.#take(index);
  }

  /** That are there, are not leaving, and whose rules are not older than those here: others cannot take what these give up. */
  #processes(): string[] {
    const { name, platform } = this.#options;
    const present = { nowMs: platform.clock.monotonicMs(), withinMs: PRESENT_FOR_MS };
    const names = [name];
    for (const key of this.#observed.keys()) {
      if (!key.startsWith(PROCESS_PREFIX) || !this.#observed.isRenewed(key, present)) continue;
      const { owner, details } = leaseValue(this.#observed.get(key)!);
      const isStaying = details['isLeaving'] !== true && Number(details['version']) >= this.#version;
      if (owner !== null && owner !== name && isStaying) names.push(owner);
    }
    return names;
  }

  /** A share that runs here counts until it has ended. */
  #ownerOf(index: number): string | null {
    const { name, session, platform } = this.#options;
    if (this.#shares.has(index)) return name;
    const key = ENTRY_KEYS.share(index);
    if (this.#observed.isFree(key, platform.clock.monotonicMs())) return null;
    const { owner, session: ofOwner } = leaseValue(this.#observed.get(key)!);
    if (ofOwner === session) return null; // taken, and the answer was lost
    return owner === name ? ofOwner : owner; // a former life of this process is another one
  }

  #isFit(index: number): boolean {
    const checkpoint = this.#observed.get(ENTRY_KEYS.checkpoint(index));
    if (checkpoint === null || folderValue(checkpoint).version <= this.#version) return true;
    this.#warnOnce({
      code: 'MR6034',
      message: 'there are shares whose state is of newer rules than those of this process: it leaves them to others',
      hint: 'start it with the newer rules; to go back to these, see the page',
    });
    return false;
  }

  async #take(index: number): Promise<void> {
    const { store, platform, stateDirectory, shareCount, startJob, onWarning } = this.#options;
    const key = ENTRY_KEYS.share(index);
    const lease = await Lease.take(this.#leaseOptions(key), this.#observed.get(key)).catch(error =>
      this.#tellTrouble(error),
    );
    if (lease === null || lease === undefined) return;
    this.#options.onShare?.({ share: index, change: 'taken' });
    const run = new ShareRun({
      share: { index, count: shareCount },
      lease,
      store,
      platform,
      stateDirectory: join(stateDirectory, `share-${index}-of-${shareCount}`),
      version: this.#version,
      startJob,
      onTrouble: ({ code, message, hint }) =>
        onWarning({ code, message: `share ${index}: ${message}`, ...(hint === undefined ? {} : { hint }) }),
    });
    const ended = run.done.then(
      () => null,
      error => ({ error }),
    );
    const own: OwnShare = { lease, run, isGivenUp: false, ended: ended.then(async how => await this.#end(index, how)) };
    this.#shares.set(index, own);
  }

  #giveUp(index: number): void {
    const own = this.#shares.get(index)!;
    if (own.isGivenUp) return;
    own.isGivenUp = true;
    own.run.stop();
  }

  async #end(index: number, ended: { readonly error: unknown } | null): Promise<void> {
    const { lease, isGivenUp } = this.#shares.get(index)!;
    const wasLost = lease.isLost || isLoss(ended?.error);
    const change = wasLost ? 'lost' : 'given up';
    if (wasLost) this.#warn(lease.lostError());
    else if (ended !== null && !isGivenUp) this.#fail(ended.error);
    else if (ended !== null) this.#warn(ended.error);
    await lease.release();
    this.#shares.delete(index);
    this.#options.onShare?.({ share: index, change });
    if (!wasLost && ended === null && !isGivenUp) this.#fail(endedByItself(index));
  }

  /** Beside everything else, as a lease is lost when this is late. */
  async #renewAll(): Promise<void> {
    const { clock } = this.#options.platform;
    while (!this.#presence!.isLost || this.#shares.size > 0) {
      for (const lease of [this.#presence!, ...[...this.#shares.values()].map(({ lease }) => lease)])
        this.#renew(lease);
      await clock.sleep(RENEWALS_EVERY_MS);
    }
  }

  #renew(lease: Lease): void {
    if (!lease.isDue || this.#renewing.has(lease)) return;
    this.#renewing.add(lease);
    if (lease === this.#presence) lease.describe(this.#details());
    lease
      .renew()
      .catch(error => this.#tellTrouble(error))
      .finally(() => this.#renewing.delete(lease));
  }

  /** What others say to this process. */
  #readOwnEntries(): void {
    const { name, session, plan } = this.#options;
    if (!this.#isLeaving && this.#observed.get(ENTRY_KEYS.drain(name))?.value === session) {
      this.#isLeaving = true;
      this.#options.onDrain();
    }
    this.#version = Math.max(this.#version, this.#observed.get(ENTRY_KEYS.plan(plan))?.revision ?? 0);
  }

  #details() {
    return { version: this.#version, isLeaving: this.#isLeaving };
  }

  get #indices(): readonly number[] {
    return Array.from({ length: this.#options.shareCount }, (_, index) => index);
  }

  #leaseOptions(key: string) {
    const { store, platform, name, session } = this.#options;
    return { entries: store.entries, clock: platform.clock, key, owner: name, session };
  }

  /** The first counts. All that runs here ends as if it were asked to. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#isLeaving = true;
  }

  #tellTrouble(error: unknown): void {
    if (!(error instanceof MillraceError) || error.retry !== 'backoff') return this.#fail(error);
    const { code, message, hint } = error;
    this.#warnOnce({ code, message, ...(hint === undefined ? {} : { hint }) });
  }

  #warnOnce(warning: JobWarning): void {
    if (this.#told.has(warning.code)) return;
    this.#told.add(warning.code);
    this.#options.onWarning(warning);
  }

  #warn(error: unknown): void {
    if (!(error instanceof MillraceError)) return this.#fail(error);
    const { code, message, hint } = error;
    this.#options.onWarning({ code, message, ...(hint === undefined ? {} : { hint }) });
  }
}

type OwnShare = {
  readonly lease: Lease;
  readonly run: ShareRun;
  isGivenUp: boolean;
  readonly ended: Promise<void>;
};

/** The checkpoint's entry may be another's before it is heard that the lease is. */
function isLoss(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MR6031';
}

/** The entry as it is, or as it is from now on. */
async function firstValue({ entries }: SharedStore, key: string, value: string): Promise<FirstValue> {
  for (;;) {
    const found = await entries.read(key);
    if (found !== null) return found;
    const revision = await entries.write(key, value, 0);
    if (revision !== null) return { revision, value };
  }
}

type FirstValue = Pick<SharedEntry, 'revision' | 'value'>;

/** Written anew, so that its revision is the newest. */
export async function newValue(entries: SharedEntries, key: string, value: string): Promise<number> {
  for (;;) {
    const revision = await entries.write(key, value, (await entries.read(key))?.revision ?? 0);
    if (revision !== null) return revision;
  }
}

function otherShareCount(there: number, here: number): MillraceError {
  return new MillraceError('MR6033', `the cluster has ${there} shares, and this process would run ${here}`, {
    hint: 'give all processes the same `shares`; rules that need all keys together have one share: give them a cluster of their own',
  });
}

function nameTaken(name: string): MillraceError {
  return new MillraceError('MR6032', `another process has the name ${name} now`, {
    hint: 'give each process of the cluster a `name` of its own',
  });
}

function endedByItself(index: number): MillraceError {
  return new MillraceError('MR6035', `the sources of share ${index} have an end`, {
    hint: 'a cluster runs live sources: streams of NATS',
  });
}

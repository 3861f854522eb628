import { Member } from '../../apps/server/cluster/member.ts';
import { leaseValue } from '../../apps/server/cluster/lease.ts';
import { ENTRY_KEYS } from '../../apps/server/cluster/entry-keys.ts';
import type { ShareContext } from '../../apps/server/cluster/share-run.ts';
import type { Connector } from '../../engine/connector.ts';
import type { SharedEntry } from '../../engine/shared-store.ts';
import type { RunningJob, Summary } from '../../engine/runtime/job.ts';
import { NO_COUNTS } from '../../engine/runtime/delivery.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { SimulatedStore, type Weather } from './simulated-store.ts';
import { Machine, VirtualTime } from './virtual-time.ts';

/** One thing that happens to one process, or to the server. */
export type Blow = {
  readonly atMs: number;
  readonly process: number;
  /**
   * `upgrade`: it leaves, and comes back with new rules, as all others in the end. `away`: the server does not answer. `clock back`: its
   * clock is set back.
   */
  readonly kind: 'stop' | 'kill' | 'leave' | 'upgrade' | 'away' | 'clock back';
  readonly forMs: number;
};

export type SimulationOptions = {
  readonly shares: number;
  /** Of the clock of each process. */
  readonly rates: readonly number[];
  readonly weather: Weather;
  readonly blows: readonly Blow[];
  /** The server is away when all leave in the end. */
  readonly endsAway: boolean;
  readonly random: () => number;
};

/** What was wrong; and that something happened at all. */
export type SimulationResult = {
  readonly wrongs: readonly string[];
  readonly writes: number;
  readonly owners: number;
  readonly files: number;
  /** The longest time for which nobody took a share whose process was killed, or stopped for long. */
  readonly longestPauseMs: number;
};

/**
 * Members of a cluster on machines whose clocks go at different paces, that are stopped, killed and leave, over a network that loses
 * requests and answers. In the place of a share's job is a counter: it writes numbers, and keeps checkpoints of how far it is.
 */
export class SimulatedCluster {
  readonly #options: SimulationOptions;
  readonly #time = new VirtualTime();
  readonly #store: SimulatedStore;
  readonly #disks: readonly FakeDisk[];
  readonly #lives: (Life | null)[];
  readonly #rules: ('old' | 'new')[]; // by process, from its next start on
  readonly #shares: ShareRecord[];
  readonly #wrongs: string[] = [];
  #sessions = 0;
  #owners = 0;
  #longestPauseMs = 0;

  constructor(options: SimulationOptions) {
    const { weather, random, rates, shares } = options;
    this.#options = options;
    this.#store = new SimulatedStore(weather, random, (key, entry) => this.#noteWritten(key, entry));
    this.#disks = rates.map(() => new FakeDisk({ random, step: async () => {} }));
    this.#lives = rates.map(() => null);
    this.#rules = rates.map(() => 'old');
    this.#shares = Array.from({ length: shares }, () => ({
      writer: null,
      former: new Set(),
      saved: 0,
      written: 0,
      hasNewRules: false,
      session: null,
      dead: null,
    }));
  }

  async play(): Promise<SimulationResult> {
    const { blows, rates } = this.#options;
    rates.forEach((_, process) => this.#time.at(process * 700, () => this.#start(process)));
    for (const blow of blows) this.#time.at(blow.atMs, () => this.#strike(blow));
    const overMs = Math.max(0, ...blows.map(({ atMs, forMs }) => atMs + forMs)) + QUIET_MS;
    this.#time.at(overMs - QUIET_MS, () => (this.#store.isCalm = true));
    rates.forEach((_, process) =>
      this.#time.at(overMs - QUIET_MS + 3_000 * process, () => this.#upgradeWithOthers(process)),
    );
    await this.#time.passUntil(overMs - STEADY_MS);
    const before = this.#running();
    await this.#time.passUntil(overMs);
    this.#requireEven(this.#running(), before);
    this.#store.isAway = this.#options.endsAway;
    for (const life of this.#lives) life!.leaving.abort();
    await this.#time.passUntil(overMs + LEAVING_MS);
    this.#requireEnded();
    const writes = this.#shares.reduce((sum, { written }) => sum + written, 0);
    const { fileCount: files } = this.#store;
    return { wrongs: this.#wrongs, writes, owners: this.#owners, files, longestPauseMs: this.#longestPauseMs };
  }

  #start(process: number): void {
    const machine = new Machine(this.#time, this.#options.rates[process]!);
    const leaving = new AbortController();
    const rules = this.#rules[process]!;
    const session = String(++this.#sessions);
    const life: Life = { machine, leaving, rules, session, jobs: new Map(), hasEnded: false };
    this.#lives[process] = life;
    const member = new Member({
      name: `p${process}`,
      session,
      shareCount: this.#options.shares,
      plan: rules,
      isChosen: false,
      onDrain: () => {},
      store: this.#store.of(machine),
      platform: {
        disk: this.#disks[process]!,
        clock: machine.clock,
        startWorker: notHere,
        startInline: notHere,
        lockFolder: notHere,
      },
      stateDirectory: '/state',
      startJob: context => this.#startJob(life, context),
      onWarning: () => {},
      signal: leaving.signal,
    });
    this.#join(life, member);
  }

  /** Where the server is away when a process starts, it is started again. */
  #join(life: Life, member: Member): void {
    member.run().then(
      () => (life.hasEnded = true),
      error => {
        if (error.code !== 'MR5140') return this.#wrong(`a member ended with ${error.stack}`);
        const process = this.#lives.indexOf(life);
        if (process < 0 || life.leaving.signal.aborted) life.hasEnded = true;
        else life.machine.after(500, () => this.#start(process));
      },
    );
  }

  #upgradeWithOthers(process: number): void {
    if (!this.#rules.includes('new') || this.#lives[process]!.rules === 'new') return;
    this.#rules[process] = 'new'; // also where it is leaving already
    this.#strike({ atMs: this.#time.nowMs, process, kind: 'upgrade', forMs: 0 });
  }

  #strike({ process, kind, forMs }: Blow): void {
    const life = this.#lives[process];
    const endMs = this.#time.nowMs + forMs;
    if (kind === 'clock back') {
      this.#store.clockBackMs += forMs;
      return;
    }
    if (kind === 'away') {
      this.#store.isAway = true;
      return this.#time.at(endMs, () => (this.#store.isAway = false));
    }
    if (life === null || life === undefined || !life.machine.isRunning || life.leaving.signal.aborted) return;
    if (kind === 'upgrade') this.#rules[process] = 'new';
    if (kind === 'stop') {
      life.machine.stop();
      if (forMs > 10_000) this.#noteDead(life);
      this.#time.at(endMs, () => life.machine.goOn());
    } else {
      if (kind === 'kill') {
        life.machine.kill();
        this.#noteDead(life);
      } else life.leaving.abort();
      const restart = () => {
        if (kind === 'kill' || life.hasEnded) this.#start(process);
        else this.#time.at(this.#time.nowMs + 500, restart);
      };
      this.#time.at(endMs, restart);
    }
  }

  #noteDead(life: Life): void {
    const dead = { sinceMs: this.#time.nowMs, life };
    for (const record of this.#shares) if (record.session === life.session) record.dead = dead;
  }

  #noteWritten(key: string, entry: SharedEntry): void {
    const record = this.#shares.find((_, index) => ENTRY_KEYS.share(index) === key);
    if (record === undefined) return;
    const { owner, session } = leaseValue(entry);
    record.session = owner === null ? null : session;
    const { dead } = record;
    if (dead === null || (session === dead.life.session && !dead.life.machine.isRunning)) return; // it had been on its way
    this.#longestPauseMs = Math.max(this.#longestPauseMs, this.#time.nowMs - dead.sinceMs);
    record.dead = null;
  }

  #startJob(life: Life, context: ShareContext): RunningJob {
    const { index } = context.share;
    const job = Symbol(`share ${index}`);
    life.jobs.set(index, job);
    this.#owners++;
    const done = this.#count({ job, rules: life.rules }, context).finally(() => {
      if (life.jobs.get(index) === job) life.jobs.delete(index);
    });
    done.catch(() => {}); // the member hears of it
    return { opened: Promise.resolve(), done, metrics: notHere };
  }

  async #count(
    { job, rules }: { readonly job: symbol; readonly rules: 'old' | 'new' },
    { share, platform, stateDirectory, guard, signal }: ShareContext,
  ): Promise<Summary> {
    const { disk, clock } = platform;
    const record = this.#shares[share.index]!;
    let number = await lastCheckpoint(disk, stateDirectory);
    const start = { number, rules };
    const connector: Connector = {
      name: 'numbers',
      openSink: async () => ({
        maxInFlight: 1,
        write: async () => this.#write(job, share.index, start),
        position: async () => null,
        close: async () => {},
      }),
    };
    const sink = await guard(connector).openSink!({
      target: { connector: 'numbers', address: null, directory: '' },
      position: null,
    });
    const save = async () => {
      const path = `${stateDirectory}/checkpoint-${String(number).padStart(10, '0')}`;
      const file = await disk.open(`${path}.new`, 'create');
      await file.write(Buffer.from(String(number)), 0);
      await file.sync();
      await file.close();
      await disk.rename(`${path}.new`, path);
      record.saved = Math.max(record.saved, number);
      if (rules === 'new') record.hasNewRules = true;
      for (const old of await disk.list(stateDirectory))
        if (`${stateDirectory}/${old}` !== path) await disk.remove(`${stateDirectory}/${old}`);
    };
    while (!signal.aborted) {
      await clock.sleep(50 + this.#options.random() * 200, signal);
      await sink.write({ kind: 'alerts', changes: [] });
      number++;
      if (number % 7 === 0) await save().catch(rethrowUnlessPassing);
    }
    await save();
    return NO_COUNTS;
  }

  /** Nobody writes any more once another one has, and who writes has begun with what was saved by then. */
  #write(job: symbol, index: number, start: { readonly number: number; readonly rules: 'old' | 'new' }): void {
    const record = this.#shares[index]!;
    record.written++;
    if (record.writer !== job) {
      const { saved, hasNewRules } = record;
      if (start.number < saved) this.#wrong(`share ${index} goes on from ${start.number}, and ${saved} was saved`);
      if (start.rules === 'old' && hasNewRules) this.#wrong(`share ${index} goes back to old rules`);
    }
    if (record.former.has(job)) this.#wrong(`share ${index} is written by two at ${this.#time.nowMs}`);
    if (record.writer !== null && record.writer !== job) record.former.add(record.writer);
    record.writer = job;
  }

  /** By process, in one text: the shares that run. */
  #running(): string[] {
    return this.#lives.map(life => [...(life?.jobs.keys() ?? [])].sort().join(' '));
  }

  #requireEven(now: readonly string[], before: readonly string[]): void {
    const counts = now.map(shares => (shares === '' ? 0 : shares.split(' ').length));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const isEven = total === this.#options.shares && Math.max(...counts) - Math.min(...counts) <= 1;
    if (!isEven || now.join() !== before.join())
      this.#wrong(`in the end there are ${now.join(' | ')}, before ${before.join(' | ')}`);
  }

  #requireEnded(): void {
    this.#lives.forEach((life, process) => {
      if (!life!.hasEnded) this.#wrong(`p${process} does not end`);
    });
  }

  #wrong(what: string): void {
    this.#wrongs.push(what);
  }
}

type Life = {
  readonly machine: Machine;
  readonly leaving: AbortController;
  readonly rules: 'old' | 'new';
  readonly session: string;
  readonly jobs: Map<number, symbol>;
  hasEnded: boolean;
};

type ShareRecord = {
  writer: symbol | null;
  readonly former: Set<symbol>;
  /** As its job was told. */
  saved: number;
  written: number;
  hasNewRules: boolean;
  /** That has its lease. */
  session: string | null;
  /** Its process was killed, or stopped for long, and nobody has it yet. */
  dead: { readonly sinceMs: number; readonly life: Life } | null;
};

async function lastCheckpoint(disk: ShareContext['platform']['disk'], folder: string): Promise<number> {
  const names = (await disk.list(folder)).filter(name => /^checkpoint-\d+$/.test(name));
  return Math.max(0, ...names.map(name => Number(name.slice('checkpoint-'.length))));
}

function rethrowUnlessPassing(error: { readonly retry?: string }): void {
  if (error.retry !== 'backoff') throw error;
}

function notHere(): never {
  throw new Error('a simulated job does not ask for it');
}

/** Behind the last blow; nothing moves in the last part of it. */
const QUIET_MS = 60_000;
const STEADY_MS = 15_000;
const LEAVING_MS = 30_000;

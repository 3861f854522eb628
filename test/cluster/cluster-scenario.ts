import { setTimeout as delay } from 'node:timers/promises';
import { type Outcome, outcomeOf } from '../outages/outcome.ts';
import { Plant } from '../outages/plant.ts';
import { query } from '../outages/stored-series.ts';
import { MemberProcesses } from './member-processes.ts';

/** SIGKILL; SIGSTOP, and SIGCONT in a while; `millrace cluster drain`. What has ended is started again. */
export type Disturbance = 'kill' | 'stop' | 'drain';

export type ClusterOptions = {
  readonly folder: string;
  readonly processes: number;
  readonly shares: number;
  readonly backlog: number;
  readonly eventsPerSecond: number;
  /** What comes next; null: nothing more. */
  readonly next: () => Disturbance | null;
  readonly stopMs: number;
  /** Between one and the next. */
  readonly pauseMs: number;
  readonly random: () => number;
};

export type ClusterOutcome = Outcome & {
  readonly said: string;
  /** How long it took until somebody had a share of one that was killed or stopped, in milliseconds. */
  readonly moveMs: readonly number[];
  readonly counts: Readonly<Record<Disturbance, number>>;
  /** As `millrace cluster` showed them before the first disturbance. */
  readonly listedOwners: readonly (string | null)[];
};

/**
 * Several processes share what one would read, and one after the other is killed, stopped for longer than its leases last, or
 * drained. Then what was stored and published is compared: `differencesOf`.
 */
export async function clusterScenario(options: ClusterOptions): Promise<ClusterOutcome> {
  const { folder, processes, shares, backlog, eventsPerSecond, next, pauseMs } = options;
  const plant = await Plant.start({ folder });
  const { telemetry, servers } = plant;
  const members = new MemberProcesses({ folder, shares, nats: servers.nats.url, questDb: servers.questDb.url });
  let listedOwners: readonly (string | null)[] = [];
  const struck = new StruckMembers(members, options);
  try {
    const published = telemetry.publish({ atLeast: backlog, perSecond: eventsPerSecond });
    const acted = (async () => {
      for (let i = 0; i < processes; i++) members.start(`p${i}`);
      await members.balanced();
      listedOwners = await members.listedOwners();
      for (let disturbance = next(); disturbance !== null; disturbance = next()) {
        await members.allTaken();
        await delay(pauseMs);
        await struck.strike(disturbance);
      }
      await struck.recovered();
      telemetry.end();
    })();
    await Promise.all([published, acted]);
    const last = await telemetry.lastSequence();
    while ((await storedRows(servers.questDb.url)) < last) await delay(200);
    await Promise.all(members.names.map(async name => await members.stop(name)));
    const { moveMs, counts } = struck;
    return { ...(await outcomeOf(plant)), said: members.said, moveMs, counts, listedOwners };
  } finally {
    telemetry.end();
    await members.killAll();
    await plant.close();
  }
}

class StruckMembers {
  readonly #watched: { readonly share: number; readonly sinceMs: number }[] = [];
  readonly counts = { kill: 0, stop: 0, drain: 0 };
  readonly #members: MemberProcesses;
  readonly #options: Pick<ClusterOptions, 'random' | 'stopMs'>;
  readonly #stopped = new Map<string, Promise<void>>();

  constructor(members: MemberProcesses, options: Pick<ClusterOptions, 'random' | 'stopMs'>) {
    this.#members = members;
    this.#options = options;
  }

  /** One that has some shares; the last one that runs is not stopped. */
  async strike(disturbance: Disturbance): Promise<void> {
    const owners = () =>
      [...new Set(this.#members.owners())].filter(owner => owner !== null && !this.#stopped.has(owner));
    while (owners().length === 0) await delay(50);
    const name = owners()[Math.floor(this.#options.random() * owners().length)]!;
    const isLast = this.#members.names.length - this.#stopped.size === 1;
    const kind = isLast && disturbance === 'stop' ? 'kill' : disturbance;
    this.counts[kind]++;
    await this.#acts[kind](name);
  }

  async recovered(): Promise<void> {
    await Promise.all(this.#stopped.values());
    await this.#members.allTaken();
  }

  readonly #acts: Readonly<Record<Disturbance, (name: string) => Promise<void>>> = {
    kill: async name => {
      this.#watchMove(name);
      await this.#members.kill(name);
      this.#members.start(name);
    },
    stop: async name => {
      this.#watchMove(name);
      this.#members.freeze(name);
      const over = delay(this.#options.stopMs).then(() => {
        this.#members.thaw(name);
        this.#stopped.delete(name);
      });
      this.#stopped.set(name, over);
    },
    drain: async name => {
      await this.#members.drain(name);
      this.#members.start(name);
    },
  };

  /** Of what was stopped for too short a time, nothing is another's. */
  get moveMs(): number[] {
    return this.#watched.flatMap(({ share, sinceMs }) => {
      const atMs = this.#members.takenAt(share, sinceMs);
      return atMs === undefined ? [] : [atMs - sinceMs];
    });
  }

  #watchMove(name: string): void {
    const sinceMs = Date.now();
    this.#members.owners().forEach((owner, share) => {
      if (owner === name) this.#watched.push({ share, sinceMs });
    });
  }
}

async function storedRows(url: string): Promise<number> {
  try {
    const [[rows]] = await query(url, 'select count() from motor');
    return rows;
  } catch {
    return 0; // there is no table yet
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../repository/tree.ts';

export type ShareLine = {
  readonly process: string;
  readonly share: number;
  readonly change: 'taken' | 'given up' | 'lost';
  readonly atMs: number;
};

/** The processes of a cluster: each may be ended, stopped and started again. */
export class MemberProcesses {
  readonly lines: ShareLine[] = [];
  /** What all of them said besides. */
  said = '';
  readonly #folder: string;
  readonly #shares: number;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Map<string, ChildProcess>();

  constructor(options: {
    readonly folder: string;
    readonly shares: number;
    readonly nats: string;
    readonly questDb: string;
  }) {
    this.#folder = options.folder;
    this.#shares = options.shares;
    this.#environment = { ...process.env, MILLRACE_NATS_URL: options.nats, MILLRACE_QUESTDB_URL: options.questDb };
  }

  get names(): string[] {
    return [...this.#running.keys()];
  }

  start(name: string): void {
    const program = join(root, 'test/cluster/member-process.ts');
    const child = spawn(process.execPath, [program, name, 'plant.mill', String(this.#shares)], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stdout }).on('line', line => this.#take(name, line));
    child.stderr.on('data', text => {
      this.said += `${name}: ${text}`;
    });
    this.#running.set(name, child);
  }

  /** By share; null: nobody has it, as far as they said. */
  owners(): (string | null)[] {
    const owners: (string | null)[] = new Array(this.#shares).fill(null);
    for (const { process, share, change } of this.lines) {
      if (change === 'taken') owners[share] = process;
      else if (owners[share] === process) owners[share] = null;
    }
    return owners;
  }

  async allTaken(): Promise<void> {
    while (this.owners().includes(null)) {
      this.#requireRunning();
      await delay(50);
    }
  }

  /** When somebody took the share, after this. */
  async taken(share: number, sinceMs: number): Promise<number> {
    for (;;) {
      const line = this.lines.find(line => line.share === share && line.change === 'taken' && line.atMs > sinceMs);
      if (line !== undefined) return line.atMs;
      this.#requireRunning();
      await delay(50);
    }
  }

  freeze(name: string): void {
    this.#running.get(name)!.kill('SIGSTOP');
  }

  thaw(name: string): void {
    this.#running.get(name)!.kill('SIGCONT');
  }

  async kill(name: string): Promise<void> {
    await this.#end(name, 'SIGKILL');
  }

  /** All that it has is given up before it ends. One that was just started may have nothing to say to the signal. */
  async drain(name: string): Promise<void> {
    const { exitCode, signalCode } = await this.#end(name, 'SIGTERM');
    if (exitCode !== 0 && signalCode === null) throw new Error(`${name} ended with ${exitCode}: ${this.said}`);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.names.map(async name => await this.kill(name)));
  }

  /** None ends by itself. */
  #requireRunning(): void {
    for (const [name, { exitCode }] of this.#running) {
      if (exitCode !== null) throw new Error(`${name} has ended with ${exitCode}: ${this.said}`);
    }
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<ChildProcess> {
    const child = this.#running.get(name)!;
    this.#running.delete(name);
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    }
    return child;
  }

  #take(name: string, line: string): void {
    if (!line.endsWith('}')) return; // of one that was killed
    const said = JSON.parse(line);
    if (said.type === 'share') this.lines.push({ process: name, ...said });
    else this.said += `${name}: ${line}\n`;
  }
}

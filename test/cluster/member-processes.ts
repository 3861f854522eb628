import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { RULES } from '../outages/rules.ts';
import { root } from '../repository/tree.ts';

export type ShareLine = {
  readonly process: string;
  readonly share: number;
  readonly change: 'taken' | 'given up' | 'lost';
  readonly atMs: number;
};

/** `millrace serve` as the processes of a cluster: each may be ended, stopped and started again. */
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
    const settings = {
      cluster: { name: 'plant', shares: options.shares },
      store: 'questdb',
      checkpoint: { every: '1s' },
      http: { port: 0 },
    };
    writeFileSync(join(options.folder, 'millrace.yaml'), JSON.stringify(settings));
    mkdirSync(join(options.folder, 'rules'), { recursive: true });
    writeFileSync(join(options.folder, 'rules', 'plant.mill'), RULES);
    this.#shares = options.shares;
    this.#environment = { ...process.env, MILLRACE_NATS_URL: options.nats, MILLRACE_QUESTDB_URL: options.questDb };
  }

  get names(): string[] {
    return [...this.#running.keys()];
  }

  start(name: string): void {
    const child = spawn(process.execPath, [join(root, 'bin/millrace.js'), 'serve'], {
      cwd: this.#folder,
      env: { ...this.#environment, MILLRACE_CLUSTER_PROCESS: name, MILLRACE_STATE: `state-${name}` },
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
    return this.#holders().map(names => names.at(-1) ?? null);
  }

  /** By share, whoever says that they have it: one that was stopped may say so long after it has lost it, and then that it has. */
  #holders(): string[][] {
    const holders: string[][] = Array.from({ length: this.#shares }, () => []);
    for (const { process, share, change } of this.lines) {
      holders[share] = holders[share]!.filter(name => name !== process);
      if (change === 'taken') holders[share]!.push(process);
    }
    return holders;
  }

  async allTaken(): Promise<void> {
    await this.#until(owners => !owners.includes(null));
  }

  /** Each has as many as the others, or one more. */
  async balanced(): Promise<void> {
    await this.#until(owners => {
      const counts = this.names.map(name => owners.filter(owner => owner === name).length);
      return !owners.includes(null) && Math.max(...counts) - Math.min(...counts) <= 1;
    });
  }

  async #until(isSo: (owners: readonly (string | null)[]) => boolean): Promise<void> {
    while (!isSo(this.owners())) {
      this.#requireRunning();
      await delay(50);
    }
  }

  /** When somebody took the share, after this; undefined: nobody did. */
  takenAt(share: number, sinceMs: number): number | undefined {
    return this.lines.find(line => line.share === share && line.change === 'taken' && line.atMs > sinceMs)?.atMs;
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

  /** All that it has is given up before it ends: by SIGTERM. One that was just started may have nothing to say to that. */
  async stop(name: string): Promise<void> {
    const { exitCode, signalCode } = await this.#end(name, 'SIGTERM');
    if (exitCode !== 0 && signalCode === null) throw new Error(`${name} ended with ${exitCode}: ${this.said}`);
  }

  /** The same by `millrace cluster drain`. */
  async drain(name: string): Promise<void> {
    const child = this.#running.get(name)!;
    const closed = once(child, 'close');
    await this.#command(['cluster', 'drain', name]);
    await closed;
    this.#running.delete(name);
    this.#forget(name);
    if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}: ${this.said}`);
  }

  /** By share, as `millrace cluster` has it. */
  async listedOwners(): Promise<(string | null)[]> {
    const lines = (await this.#command(['cluster', '--json'])).split('\n').filter(line => line !== '');
    return lines.map(line => JSON.parse(line)).flatMap(({ type, owner }) => (type === 'share' ? [owner] : []));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.names.map(async name => await this.kill(name)));
  }

  async #command(words: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, [join(root, 'bin/millrace.js'), ...words], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', text => (out += text));
    child.stderr.on('data', text => (out += text));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`millrace ${words.join(' ')} ended with ${code}: ${out}`);
    return out;
  }

  /** None ends by itself. */
  #requireRunning(): void {
    for (const [name, { exitCode }] of this.#running) {
      if (exitCode !== null && exitCode !== 0) throw new Error(`${name} has ended with ${exitCode}: ${this.said}`);
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
    this.#forget(name);
    return child;
  }

  /** What it had and did not give up. */
  #forget(name: string): void {
    const atMs = Date.now();
    this.#holders().forEach((names, share) => {
      if (names.includes(name)) this.lines.push({ process: name, share, change: 'lost', atMs });
    });
  }

  #take(name: string, line: string): void {
    if (!line.endsWith('}')) return; // of one that was killed
    const said = JSON.parse(line);
    const { share, change } = said;
    if (share !== undefined) this.lines.push({ process: name, share, change, atMs: Date.now() });
    else this.said += `${name}: ${line}\n`;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../repository/tree.ts';
import { measureProcess } from '../soak/measure.ts';
import type { Alert } from './telemetry.ts';

const LAUNCHER = join(root, 'bin/millrace.js');

/** `millrace run plant.mill --json` as a process in its folder: one at a time, which may be ended and started again. */
export class EngineProcess {
  /** Standard error of all of them. */
  said = '';
  /** Reasons of rejections that tell of messages that are gone, of all of them. */
  readonly removed: string[] = [];
  /** Messages that wait in the stream, as the newest progress line says; null: it does not know. */
  behind: number | null = 0;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #state = 'state';

  constructor(folder: string, servers: { readonly nats: string; readonly questDb: string }) {
    this.#folder = folder;
    this.#environment = { ...process.env, MILLRACE_NATS_URL: servers.nats, MILLRACE_QUESTDB_URL: servers.questDb };
  }

  start(more: readonly string[] = []): ChildProcess {
    const options = ['--json', '--store', 'questdb', '--state', this.#state, '--checkpoint-every', '300ms', ...more];
    const started = spawn(process.execPath, [LAUNCHER, 'run', 'plant.mill', ...options], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.stderr!.on('data', text => {
      this.said += text;
    });
    createInterface({ input: started.stdout! }).on('line', line => this.#take(line));
    this.#process = started;
    return started;
  }

  /** Where a server was away while it started, it ends with a coded error, and whoever watches over it starts it again. */
  startIfEnded(): void {
    if (!this.isRunning) this.start();
  }

  /** From the next start on nothing is known of before. */
  forgetState(): void {
    this.#state += '-new';
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** What was said since it was taken last. */
  takeSaid(): string {
    const { said } = this;
    this.said = '';
    return said;
  }

  get rssBytes(): number {
    return measureProcess(this.#process!.pid!).rssBytes;
  }

  /** Until `thaw` it gets no processor time, and its connections stay. */
  freeze(): void {
    this.#process!.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process!.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** The code with which it ends by itself. */
  async ended(): Promise<number | null> {
    const running = this.#process!;
    if (this.isRunning) await once(running, 'close');
    return running.exitCode;
  }

  async runToTheEnd(): Promise<void> {
    this.start(['--once']);
    const code = await this.ended();
    if (code !== 0) throw new Error(`the last run ended with ${code}: ${this.said}`);
  }

  /** Of a run that nothing disturbs, by the rules of a file in this folder, with the settings that are there. */
  async undisturbedAlerts(folder = this.#folder): Promise<Alert[]> {
    const words = ['run', 'undisturbed.mill', '--once', '--json'];
    // Not spawnSync: the networks are in this process.
    const child = spawn(process.execPath, [LAUNCHER, ...words], {
      cwd: folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const alerts: Alert[] = [];
    let errors = '';
    child.stderr!.on('data', text => (errors += text));
    createInterface({ input: child.stdout! }).on('line', line => {
      if (line.startsWith('{"type":"alert"')) alerts.push(JSON.parse(line) as Alert); // as: `--json` writes them so
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${errors}`);
    return alerts;
  }

  /** The last line of one that was killed may be cut. */
  #take(line: string): void {
    if (!line.endsWith('}')) return;
    if (line.startsWith('{"type":"progress"')) this.behind = JSON.parse(line).behind.motor;
    else if (line.includes('"MR5109"')) this.removed.push(JSON.parse(line).reason);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    if (running === undefined || !this.isRunning) return;
    const closed = once(running, 'close');
    running.kill(signal);
    await closed;
  }
}

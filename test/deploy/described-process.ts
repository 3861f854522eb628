import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { launcher } from '../apps/millrace.ts';

/** A process as a unit, an image or a pod describes it: absolute paths are those of its machine. */
export type DescribedProcess = {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
};

/** The same on this machine, below a folder that takes the place of its root. */
export function below(folder: string, { command, cwd, variables }: DescribedProcess): DescribedProcess {
  const here = (text: string) => text.replaceAll(/(?<![\w.])\/(?=(?:etc|opt|run|var)\/)/g, `${folder}/`);
  const PATH = [join(folder, 'usr/local/bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  return {
    command: command.map(here),
    cwd: join(folder, cwd),
    variables: { ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, here(value)])), PATH },
  };
}

/** Installs the command of this checkout there. */
export function installAt(folder: string, path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(launcher, join(folder, path));
}

/** Runs one to its end. */
export function runDescribed({ command, cwd, variables }: DescribedProcess) {
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    cwd,
    env: variables,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

/** A service that goes on until it is told to end, which the end of the test does at the latest. */
export class DescribedService {
  readonly child: ChildProcess;
  readonly #port: string;
  #out = '';

  private constructor({ command, cwd, variables }: DescribedProcess) {
    this.#port = variables['MILLRACE_HTTP_PORT']!;
    this.child = spawn(command[0]!, command.slice(1), { cwd, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) stream.on('data', chunk => (this.#out += chunk));
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
  }

  static async started(described: DescribedProcess): Promise<DescribedService> {
    const service = new DescribedService(described);
    const isReady = async () => {
      if (service.child.exitCode !== null) throw new Error(`it ended:\n${service.#out}`);
      return await fetch(`http://127.0.0.1:${service.#port}/health/ready`).then(
        ({ status }) => status,
        () => 0,
      );
    };
    await expect.poll(isReady, { timeout: 60_000, interval: 100 }).toBe(200);
    return service;
  }

  get out(): string {
    return this.#out;
  }

  /** Its exit code. */
  async ended(signal: NodeJS.Signals): Promise<number | null> {
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
    return this.child.exitCode;
  }
}

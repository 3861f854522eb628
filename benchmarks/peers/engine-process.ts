import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { tellGuard } from '../../scripts/services/guarded.js';
import type { Answer, Entrance } from './answer.ts';

const KEPT_ERRORS = 4_000; // characters of standard error, the last ones
const ANSWER_TIMEOUT_MS = 10 * 60_000; // it takes seconds, and minutes on a busy machine where a thousand rules are compiled

type CommandLine = readonly [string, ...string[]];
type Environment = Readonly<Record<string, string>>;

/** One engine in a process of its own, which takes commands (answer.ts). It ends with this one, however that ends. */
export class EngineProcess {
  readonly title: string;
  readonly commandLine: readonly string[];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #errors = '';
  #version = '';

  private constructor(title: string, commandLine: CommandLine, environment: Environment) {
    const [program, ...words] = commandLine;
    this.title = title;
    this.commandLine = commandLine;
    this.#child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.stderr.on('data', chunk => (this.#errors = (this.#errors + chunk).slice(-KEPT_ERRORS)));
    this.#child.stdin.on('error', () => {}); // as below
    this.#child.on('error', error => (this.#errors += error.message)); // its output ends, and that is what is told
    const { pid } = this.#child;
    if (pid !== undefined) {
      tellGuard({ change: 'started', pid });
      this.#child.on('exit', () => tellGuard({ change: 'ended', pid }));
    }
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits until it is ready. */
  static async start(title: string, commandLine: CommandLine, environment: Environment): Promise<EngineProcess> {
    const started = new EngineProcess(title, commandLine, environment);
    const { version } = await started.#answer<{ readonly version: string }>('start');
    started.#version = version;
    return started;
  }

  get version(): string {
    return this.#version;
  }

  async ask(
    kind: 'check' | 'pass',
    run: { readonly question: string; readonly entrance: Entrance; readonly events: number },
  ): Promise<Exclude<Answer, { readonly error: string }>> {
    const command = `${kind} ${run.question} ${run.entrance} ${run.events}`;
    this.#child.stdin.write(`${command}\n`);
    const answer = await this.#answer<Answer>(command);
    if ('error' in answer) throw this.#failed(`${command}: ${answer.error}`);
    return answer;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL'); // it has nothing to lose
  }

  async #answer<T>(command: string): Promise<T> {
    let isTooLong = false;
    const timer = setTimeout(() => {
      isTooLong = true;
      this.stop();
    }, ANSWER_TIMEOUT_MS);
    const { done, value } = await this.#lines.next();
    clearTimeout(timer);
    if (isTooLong) throw this.#failed(`${command}: no answer within ${ANSWER_TIMEOUT_MS / 60_000} minutes`);
    if (done) throw this.#failed(`${command}: the process has ended`);
    return JSON.parse(value); // what the process says is described by answer.ts
  }

  #failed(what: string): Error {
    return new Error([`${this.title}: ${what}`, this.#errors.trimEnd()].filter(text => text !== '').join('\n'));
  }
}

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Answer, Entrance } from './answer.ts';

const KEPT_ERRORS = 4_000; // characters of standard error, the last ones

/** One engine in a process of its own, which takes commands (answer.ts). */
export class EngineProcess {
  readonly version: string;
  readonly commandLine: readonly string[];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: () => string;

  private constructor(options: {
    readonly version: string;
    readonly commandLine: readonly string[];
    readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
    readonly lines: AsyncIterator<string>;
    readonly errors: () => string;
  }) {
    this.version = options.version;
    this.commandLine = options.commandLine;
    this.#child = options.child;
    this.#lines = options.lines;
    this.#errors = options.errors;
  }

  /** Waits until it is ready. */
  static async start(commandLine: readonly [string, ...string[]]): Promise<EngineProcess> {
    const [program, ...words] = commandLine;
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', chunk => (text = (text + chunk).slice(-KEPT_ERRORS)));
    child.on('error', () => {}); // its output ends, and that is what is told
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const errors = () => text;
    const { version } = await nextAnswer<{ readonly version: string }>(lines, errors);
    return new EngineProcess({ version, commandLine, child, lines, errors });
  }

  async ask(
    kind: 'check' | 'pass',
    run: { readonly question: string; readonly entrance: Entrance; readonly events: number },
  ): Promise<Exclude<Answer, { readonly error: string }>> {
    this.#child.stdin.write(`${kind} ${run.question} ${run.entrance} ${run.events}\n`);
    const answer = await nextAnswer<Answer>(this.#lines, this.#errors);
    if ('error' in answer) throw new Error(`${run.question}: ${answer.error}\n${this.#errors()}`);
    return answer;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL'); // it has nothing to lose
  }
}

async function nextAnswer<T>(lines: AsyncIterator<string>, errors: () => string): Promise<T> {
  const { done, value } = await lines.next();
  if (done) throw new Error(`the process has ended\n${errors()}`);
  return JSON.parse(value); // what the process says is described by answer.ts
}

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const KEPT_ERRORS = 4_000; // characters of standard error, the last ones

/** Answers a question with the engine of a tree, in a process of its own. */
export class Answerer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(tree: string, question: string) {
    const script = join(tree, 'benchmarks/guard/answer-process.ts');
    this.#child = spawn(process.execPath, ['--expose-gc', script, question], {
      cwd: tree,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', chunk => (this.#errors = (this.#errors + chunk).slice(-KEPT_ERRORS)));
    this.#child.on('error', () => {}); // its output ends, and that is what is told
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Warmed up; throws where the tree's engine cannot answer, or gives other outputs than the loop by hand. */
  static async start(tree: string, question: string): Promise<Answerer> {
    const answerer = new Answerer(tree, question);
    await answerer.#nextLine();
    return answerer;
  }

  /** Processor time of one pass. */
  async passMs(): Promise<number> {
    this.#child.stdin.write('\n');
    return Number(await this.#nextLine());
  }

  stop(): void {
    this.#child.kill('SIGKILL'); // it has nothing to lose
  }

  async #nextLine(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (!done) return value;
    if (this.#child.exitCode === null) await new Promise(resolve => this.#child.once('close', resolve));
    throw new Error(/^\w*Error.*$/m.exec(this.#errors)?.[0] ?? (this.#errors.trim() || 'its process has ended'));
  }
}

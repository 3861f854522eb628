import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../repository/tree.ts';
import { deviceMessage } from './fleet.ts';

/**
 * Writes messages into the journal of a folder through `millrace ingest`, as fast as it takes them: when the journal is
 * full of what the run has not read, it waits, and so do we.
 */
export class Load {
  /** Times the journal was full. */
  waits = 0;
  readonly #devices: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #messages = 0; // acknowledged
  #isStopped = false;

  constructor(folder: string, options: { readonly devices: number }) {
    this.#devices = options.devices;
    this.#child = spawn(process.execPath, [join(root, 'bin/millrace.js'), 'ingest', 'motor', '--json'], {
      cwd: folder,
    });
    createInterface({ input: this.#child.stdout! }).on('line', line => {
      this.#messages = (JSON.parse(line) as { readonly messages: number }).messages; // as: what ingest prints
    });
    let errors = '';
    this.#child.stderr!.on('data', text => {
      errors += text;
      this.waits = errors.match(/^warning\[MR5031\]/gm)?.length ?? 0;
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      assert.equal(code, 0, errors);
      return this.#messages;
    });
    this.#ended.catch(() => {}); // told by `stop` and `run`
  }

  get processId(): number {
    return this.#child.pid!;
  }

  /** Resolves after `stop`, with the number of messages, all of them acknowledged. */
  async run(): Promise<number> {
    const stdin = this.#child.stdin!;
    for (let n = 0; !this.#isStopped; ) {
      const nowMs = Date.now();
      let lines = '';
      for (const end = n + MESSAGES_AT_ONCE; n < end; n++)
        lines += `${deviceMessage(n, { nowMs, devices: this.#devices })}\n`;
      if (!stdin.write(lines)) await Promise.race([once(stdin, 'drain'), this.#ended]);
    }
    stdin.end();
    return await this.#ended;
  }

  stop(): void {
    this.#isStopped = true;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const MESSAGES_AT_ONCE = 500;

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from '../repository/tree.ts';
import type { Kill } from './draw-kill.ts';
import { type KillPlan, WATCH_VARIABLE, type Watch } from './kill-plan.ts';
import { readTraces, type Traces } from './phase.ts';

export type Ended = {
  readonly code: number | null; // null: killed
  readonly errors: string; // standard error
  readonly traces: Traces;
};

/** A command line of Millrace as a process that kills itself as planned, or is killed from outside. */
export class WatchedProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #logFile: string;

  constructor(
    commandLine: readonly string[],
    options: { readonly folder: string; readonly plan: KillPlan; readonly logFile: string },
  ) {
    const { folder, plan, logFile } = options;
    writeFileSync(logFile, '');
    this.#logFile = logFile;
    const watch: Watch = { plan, logFile };
    this.child = spawn(process.execPath, ['--import', PRELOAD, LAUNCHER, ...commandLine], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1', [WATCH_VARIABLE]: JSON.stringify(watch) },
    });
    let errors = '';
    this.child.stderr!.on('data', text => (errors += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', code => resolve({ code, errors, traces: readTraces(logFile) }));
    });
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it after a time, if it has not ended before. */
  async killAfter({ since, afterMs }: Kill): Promise<void> {
    if (since === 'first operation') await this.#firstOperation();
    await Promise.race([this.ended, sleep(afterMs)]);
    this.child.kill('SIGKILL');
  }

  async #firstOperation(): Promise<void> {
    while (!this.isOver && isIdle(readTraces(this.#logFile))) await sleep(LOOK_MS);
  }
}

function isIdle({ operations }: Traces): boolean {
  return Object.keys(operations).length === 0;
}

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'kill-at-byte.ts')).href;
const LAUNCHER = join(root, 'bin/millrace.js');
const LOOK_MS = 10;

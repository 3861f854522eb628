import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tellGuard } from './guarded.js';
import { ServiceError } from './service-error.js';

const POLL_MS = 25;
const STOP_TIMEOUT_MS = 15_000;
const SHOWN_LINES = 15; // of the log, in an error

/**
 * @typedef {object} ServerOptions
 * @property {string} name as messages say it
 * @property {string} program
 * @property {readonly string[]} commandLine
 * @property {string} logFile what it writes is added here
 * @property {RegExp} readyLine in its log: that what answers at the address is this server and no other
 * @property {() => Promise<boolean>} answers
 * @property {number} readyTimeoutMs
 * @property {boolean} isDetached once it is ready, it outlives this process
 * @property {Readonly<Record<string, string | undefined>>} [env]
 */

/** One server that can be started, killed and started again. */
export class ServerProcess {
  /** @param {ServerOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {import('node:child_process').ChildProcess | null} */
    this.child = null;
    /** @type {Promise<void>} */
    this.ended = Promise.resolve();
    /** @type {string | null} */
    this.end = null;
  }

  /** @returns {number | null} null: not running */
  get pid() {
    return this.child === null ? null : this.child.pid;
  }

  /** Starts it and waits until it is ready; ended again where it does not get ready. */
  async start() {
    const { name, logFile, readyLine, answers, readyTimeoutMs } = this.options;
    const logStart = existsSync(logFile) ? statSync(logFile).size : 0;
    const log = () => readFileSync(logFile).subarray(logStart).toString();
    this.spawn();
    const endMs = Date.now() + readyTimeoutMs;
    for (;;) {
      if (this.child === null) throw notReady(`${name} ended before it was ready (${this.end})`, { logFile, log });
      if (readyLine.test(log()) && (await answers())) break;
      if (Date.now() > endMs) {
        await this.stop('SIGKILL');
        throw notReady(`${name} was not ready within ${readyTimeoutMs / 1000} s`, { logFile, log });
      }
      await delay(POLL_MS);
    }
    if (this.options.isDetached && this.child !== null) tellGuard({ change: 'ended', pid: this.child.pid });
  }

  spawn() {
    const { program, commandLine, logFile, isDetached, env } = this.options;
    const log = openSync(logFile, 'a');
    const child = spawn(program, commandLine, {
      stdio: ['ignore', log, log],
      detached: isDetached,
      windowsHide: true,
      env: env ?? process.env,
    });
    closeSync(log);
    child.unref();
    this.child = child;
    this.end = null;
    this.ended = new Promise(resolve => {
      const onEnd = reason => {
        if (this.child !== child) return;
        this.child = null;
        this.end = reason;
        if (child.pid !== undefined) tellGuard({ change: 'ended', pid: child.pid });
        resolve();
      };
      child.on('error', error => onEnd(error.message));
      child.on('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
    });
    if (child.pid !== undefined) tellGuard({ change: 'started', pid: child.pid });
  }

  /**
   * Ends it and waits until it is gone; one that does not heed the signal is killed.
   *
   * @param {NodeJS.Signals} [signal]
   */
  async stop(signal = 'SIGTERM') {
    const child = this.child;
    if (child === null) return;
    child.ref(); // a process that waits for this must not end meanwhile
    child.kill(signal);
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(killing);
  }
}

/** @param {{ logFile: string, log: () => string }} options */
function notReady(summary, { logFile, log }) {
  const lines = log().trimEnd().split('\n').slice(-SHOWN_LINES);
  return new ServiceError('not-ready', summary, { details: lines, advice: [`its log is ${logFile}`] });
}

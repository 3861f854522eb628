import { openSync, writeSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import type { FileOperation } from './file-operation.ts';
import { type KillPlan, SLOT_BYTES, type ThreadLog, type Watch } from './kill-plan.ts';

/** The file traffic of a process: counts it over all threads, says what is under way, and ends the process as planned. */
export class Traffic {
  readonly #plan: KillPlan;
  readonly #log: number; // file descriptor
  readonly #counts: Int32Array; // bytes and operations, shared by all threads
  readonly #underWay = new Set<FileOperation>();

  constructor({ plan, logFile }: Watch) {
    this.#plan = plan;
    this.#log = openSync(logFile, 'r+');
    this.#counts = sharedCounts();
    this.#say(null);
  }

  /** Does what is no write. */
  async pass<Result>(operation: FileOperation, act: () => Promise<Result>): Promise<Result> {
    const { firstByte, number } = this.#begin(operation, 1);
    const moment = this.#momentOf(number);
    if (this.#isByteIn(firstByte, 1) || moment === 'before' || moment === 'torn') this.#kill(operation);
    return await this.#finish(operation, act, moment);
  }

  /** Does a write; `actInPart` does so much of it at once. */
  async write<Result>(
    operation: FileOperation,
    bytes: number,
    { act, actInPart }: { readonly act: () => Promise<Result>; readonly actInPart: (bytes: number) => void },
  ): Promise<Result> {
    const { firstByte, number } = this.#begin(operation, bytes);
    const moment = this.#momentOf(number);
    if (this.#isByteIn(firstByte, bytes)) {
      actInPart((this.#plan as { at: number }).at - firstByte); // as: it is a plan of a byte
      this.#kill(operation);
    }
    if (moment === 'torn') actInPart(bytes >> 1);
    if (moment === 'before' || moment === 'torn') this.#kill(operation);
    return await this.#finish(operation, act, moment);
  }

  #begin(operation: FileOperation, bytes: number): { readonly firstByte: number; readonly number: number } {
    this.#underWay.add(operation);
    const counted = { firstByte: Atomics.add(this.#counts, 0, bytes), number: Atomics.add(this.#counts, 1, 1) };
    this.#say(null);
    return counted;
  }

  async #finish<Result>(operation: FileOperation, act: () => Promise<Result>, moment: string | null): Promise<Result> {
    try {
      return await act();
    } finally {
      if (moment === 'after') this.#kill(operation);
      this.#underWay.delete(operation);
      this.#say(null);
    }
  }

  #isByteIn(firstByte: number, bytes: number): boolean {
    const plan = this.#plan;
    return plan.kind === 'byte' && plan.at >= firstByte && plan.at < firstByte + bytes;
  }

  #momentOf(number: number): string | null {
    const plan = this.#plan;
    return plan.kind === 'operation' && plan.at === number ? plan.moment : null;
  }

  #kill(operation: FileOperation): never {
    this.#say(operation);
    process.kill(process.pid, 'SIGKILL');
    for (;;); // of a worker: until the signal is there
  }

  #say(killedIn: FileOperation | null): void {
    const [bytes, operations] = this.#counts as unknown as [number, number]; // as: it has two
    const log: ThreadLog = { underWay: [...this.#underWay].slice(0, MAX_SAID), killedIn, bytes, operations };
    const text = JSON.stringify(log);
    writeSync(this.#log, text.padEnd(SLOT_BYTES), threadId * SLOT_BYTES);
  }
}

/** Made by the main thread; threads that it starts get it. */
function sharedCounts(): Int32Array {
  const given = getEnvironmentData(COUNTS);
  if (given instanceof SharedArrayBuffer) return new Int32Array(given);
  const counts = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(COUNTS, counts);
  return new Int32Array(counts);
}

const COUNTS = 'millrace file traffic';
const MAX_SAID = 8; // that fit into a slot

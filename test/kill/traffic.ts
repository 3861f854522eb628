import { openSync, writeSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { type FileOperation, PLACES, placeOf } from './file-operation.ts';
import { type KillPlan, SLOT_BYTES, type ThreadLog, type Watch } from './kill-plan.ts';

/** A write: how much, and how to do so much of it at once. */
export type PartialWrite = { readonly bytes: number; readonly writeInPart: (bytes: number) => void };

/** The file traffic of a process: counts it over all threads, says what is under way, and ends the process as planned. */
export class Traffic {
  readonly #plan: KillPlan;
  readonly #log: number; // file descriptor
  readonly #counts: Int32Array; // bytes, then operations by place; shared by all threads
  readonly #underWay: string[] = [];

  constructor({ plan, logFile }: Watch) {
    this.#plan = plan;
    this.#log = openSync(logFile, 'r+');
    this.#counts = sharedCounts();
    this.#say(null);
  }

  async pass<Result>(
    operation: FileOperation,
    act: () => Promise<Result>,
    { bytes, writeInPart }: PartialWrite = NO_WRITE,
  ): Promise<Result> {
    const place = placeOf(operation);
    const firstByte = Atomics.add(this.#counts, 0, bytes);
    const number = Atomics.add(this.#counts, 1 + PLACES.indexOf(place), 1);
    this.#underWay.push(place);
    this.#say(null);
    const plannedByte = this.#plan.kind === 'byte' ? this.#plan.at - firstByte : -1;
    if (plannedByte >= 0 && plannedByte < bytes) this.#kill(place, () => writeInPart(plannedByte));
    const moment = this.#momentAt(place, number);
    if (moment === 'before') this.#kill(place);
    if (moment === 'torn') this.#kill(place, () => writeInPart(bytes >> 1));
    try {
      return await act();
    } finally {
      if (moment === 'after') this.#kill(place);
      this.#underWay.splice(this.#underWay.indexOf(place), 1);
      this.#say(null);
    }
  }

  #momentAt(place: string, number: number): string | null {
    const plan = this.#plan;
    return plan.kind === 'place' && plan.place === place && plan.at === number ? plan.moment : null;
  }

  #kill(place: string, lastAct: () => void = () => {}): never {
    this.#say(place);
    lastAct();
    process.kill(process.pid, 'SIGKILL');
    for (;;); // until the signal is there
  }

  #say(killedIn: string | null): void {
    const [bytes = 0, ...counts] = this.#counts;
    const operations = Object.fromEntries(
      PLACES.map((place, p) => [place, counts[p]!]).filter(([, count]) => count !== 0),
    );
    const log: ThreadLog = { underWay: this.#underWay.slice(0, MAX_SAID), killedIn, bytes, operations };
    writeSync(this.#log, JSON.stringify(log).padEnd(SLOT_BYTES), threadId * SLOT_BYTES);
  }
}

/** Made by the main thread; threads that it starts get it. */
function sharedCounts(): Int32Array {
  const given = getEnvironmentData(COUNTS);
  if (given instanceof SharedArrayBuffer) return new Int32Array(given);
  const counts = new SharedArrayBuffer((1 + PLACES.length) * Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(COUNTS, counts);
  return new Int32Array(counts);
}

const NO_WRITE: PartialWrite = { bytes: 0, writeInPart: () => {} };
const COUNTS = 'millrace file traffic';
const MAX_SAID = 16; // that fit into a slot

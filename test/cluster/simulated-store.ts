import { MillraceError } from '../../engine/errors.ts';
import type { SharedEntry, SharedStore } from '../../engine/shared-store.ts';
import type { Machine } from './virtual-time.ts';

/** What the network and the server do. */
export type Weather = {
  /** Of requests and answers, each. */
  readonly lossShare: number;
  readonly latencyMs: number;
  /** Of requests and answers, each: they arrive long after anybody waits for them. */
  readonly strayShare: number;
  /** Of readings of all entries that come from a replica that is behind. */
  readonly staleShare: number;
};

/** A server that all machines reach, over a network that loses and delays. */
export class SimulatedStore {
  isAway = false;
  /** Nothing is lost any more. */
  isCalm = false;
  /** By which its clock was set back. */
  clockBackMs = 0;
  readonly #weather: Weather;
  readonly #random: () => number;
  readonly #onWrite: (key: string, entry: SharedEntry) => void;
  #entries: ReadonlyMap<string, SharedEntry> = new Map();
  #before: ReadonlyMap<string, SharedEntry> = new Map(); // what a replica still has
  #revision = 0;
  readonly #files = new Map<string, readonly Uint8Array[]>();

  constructor(weather: Weather, random: () => number, onWrite: (key: string, entry: SharedEntry) => void = () => {}) {
    this.#weather = weather;
    this.#random = random;
    this.#onWrite = onWrite;
  }

  get fileCount(): number {
    return this.#files.size;
  }

  of(machine: Machine): SharedStore {
    const ask = async <Answer>(act: () => Answer) => await this.#ask(machine, act);
    const timeUs = () => (machine.time.nowMs - this.clockBackMs) * 1_000;
    return {
      entries: {
        readAll: async () =>
          await ask(() => (this.#random() < this.#weather.staleShare ? this.#before : this.#entries)),
        read: async key => await ask(() => this.#entries.get(key) ?? null),
        write: async (key, value, revision) => await ask(() => this.#write(key, { value, timeUs: timeUs() }, revision)),
        remove: async () => {},
      },
      files: {
        write: async (name, bytes) => {
          const pieces: Uint8Array[] = [];
          for await (const piece of bytes) pieces.push(piece.slice());
          await ask(() => void this.#files.set(name, pieces));
        },
        read: async name => {
          const pieces = await ask(() => this.#files.get(name));
          return pieces === undefined ? null : piecesOf(pieces);
        },
        remove: async name => await ask(() => void this.#files.delete(name)),
        list: async prefix => await ask(() => [...this.#files.keys()].filter(name => name.startsWith(prefix))),
      },
      close: async () => {},
    };
  }

  #write(key: string, content: Omit<SharedEntry, 'revision'>, revision: number): number | null {
    if ((this.#entries.get(key)?.revision ?? 0) !== revision) return null;
    this.#before = this.#entries;
    this.#revision++;
    const entry = { ...content, revision: this.#revision };
    this.#entries = new Map(this.#entries).set(key, entry);
    this.#onWrite(key, entry);
    return this.#revision;
  }

  /** What is lost, or too late, may have been done all the same. */
  async #ask<Answer>(machine: Machine, act: () => Answer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    machine.after(TIMEOUT_MS, () => reject(noAnswer()));
    if (!this.#isLost()) {
      machine.time.at(machine.time.nowMs + this.#delayMs(), () => {
        if (this.isAway) return;
        const answer = act();
        if (this.#isLost()) return;
        machine.time.at(machine.time.nowMs + this.#delayMs(), () => machine.do(() => resolve(answer)));
      });
    }
    return await promise;
  }

  #isLost(): boolean {
    return !this.isCalm && this.#random() < this.#weather.lossShare;
  }

  /** Most are quick, some very slow. */
  #delayMs(): number {
    if (!this.isCalm && this.#random() < this.#weather.strayShare) return STRAY_MS * this.#random();
    return this.#weather.latencyMs * this.#random() ** 4 * 10;
  }
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function noAnswer(): MillraceError {
  return new MillraceError('MR5140', 'no answer', { retry: 'backoff' });
}

const TIMEOUT_MS = 1_500;
const STRAY_MS = 20_000;

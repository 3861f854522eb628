import type { JournalOptions } from '../../connectors/journal/journal-options.ts';
import { JournalWriter } from '../../connectors/journal/journal-writer.ts';
import type { Disk } from '../../engine/disk.ts';
import { MillraceError } from '../../engine/errors.ts';
import { ActorDisk } from './actor-disk.ts';
import type { Arrivals } from './arrivals.ts';
import type { Locks } from './locks.ts';
import type { LogEntry } from './recorded-log.ts';
import { Temper } from './temper.ts';
import type { Actor, World } from './world.ts';

export const JOURNALS_FOLDER = '/journals';

export type SenderOptions = {
  readonly stream: string;
  readonly entries: readonly LogEntry[];
  readonly arrivals: Arrivals;
  readonly world: World;
  readonly random: () => number;
  readonly disk: Disk;
  readonly locks: Locks;
};

/**
 * Sends messages to the journal of a stream, as `millrace ingest` does, in a process of its own that may be killed. What
 * was not acknowledged is sent again by the next one, so the journal may have it twice: what is there is the input.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #messages: readonly Extract<LogEntry, { kind: 'message' }>[];
  #actor: Actor | undefined;
  #acknowledgedCount = 0;
  #isDone = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#messages = options.entries.filter(entry => entry.kind === 'message');
  }

  /** Everything is in the journal, and nobody writes to it any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  start(): void {
    if (this.#isDone || this.#actor?.isAlive === true) return;
    const actor = this.#options.world.actor(`sender of ${this.#options.stream}`);
    this.#actor = actor;
    void this.#sendAll(actor);
  }

  kill(): void {
    this.#actor?.kill();
  }

  /** What the disk does to it passes: it tries again. */
  async #sendAll(actor: Actor): Promise<void> {
    while (!this.#isDone) {
      try {
        await this.#send(actor);
      } catch (error) {
        if (!(error instanceof MillraceError) || !PASSING_CODES.has(error.code)) throw error;
      }
      await actor.sleep(RETRY_MS);
    }
  }

  async #send(actor: Actor): Promise<void> {
    const { stream, random } = this.#options;
    const writer = await JournalWriter.open({
      ...journalsOf(actor, this.#options),
      name: stream,
      nowUs: () => this.#nowUs(),
      segmentBytes: SEGMENT_BYTES,
    });
    try {
      while (this.#acknowledgedCount < this.#messages.length) {
        await actor.step('waits for input', random() < 0.2 ? random() * 30 : 0);
        const start = this.#acknowledgedCount;
        const group = this.#messages.slice(start, start + 1 + Math.floor(random() * 8));
        await writer.append(group.map(message => Buffer.from(message.text)));
        this.#acknowledgedCount += group.length;
      }
    } finally {
      await writer.close();
    }
    this.#isDone = true;
  }

  /** The clock of the machine that writes: it goes with what is sent, and is set back now and then. */
  #nowUs(): number {
    const { arrivalUs } = this.#messages[Math.min(this.#acknowledgedCount, this.#messages.length - 1)]!;
    this.#options.arrivals.note([arrivalUs]);
    return arrivalUs;
  }
}

/** Journals as one actor uses them. */
export function journalsOf(
  actor: Actor,
  { random, disk, locks }: Pick<SenderOptions, 'random' | 'disk' | 'locks'>,
): JournalOptions {
  return {
    disk: new ActorDisk({ disk, actor, random, temper: new Temper(random), fault: () => null }),
    root: JOURNALS_FOLDER,
    takeLock: path => locks.take(path, actor),
    sleep: (ms, signal) => actor.sleep(ms, signal),
  };
}

const RETRY_MS = 20;
const SEGMENT_BYTES = 4_000;

/** Another has the lock for a moment; the disk is full, or fails. */
const PASSING_CODES: ReadonlySet<string> = new Set(['MR5032', 'MR5034']);

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { JournalFolder } from '../../connectors/journal/journal-folder.ts';
import { JournalReader } from '../../connectors/journal/journal-reader.ts';
import { JournalWriter } from '../../connectors/journal/journal-writer.ts';
import { MillraceError } from '../../engine/errors.ts';
import { journalsIn, sleep } from '../../apps/cli/journals.ts';
import type { KillDraw } from './draw-kill.ts';
import { motorMessage, numberOf } from './motors.ts';
import { WatchedProcess } from './watched-process.ts';

export type ProducerOptions = {
  readonly folder: string;
  readonly events: number;
  /** So many are sent at once, a few times a second. */
  readonly chunk: number;
  /** `ingest` is killed so often, if the messages last so long. */
  readonly kills: number;
  readonly draw: KillDraw;
};

/**
 * Sends messages into the journal through `millrace ingest`, which is killed now and then. What is not acknowledged then
 * may be there or not: the producer asks the journal how far it got, and goes on behind that, so that nothing is doubled.
 */
export class Producer {
  kills = 0;
  readonly #options: ProducerOptions;
  readonly #journals: ReturnType<typeof journalsIn>;
  readonly #reader: JournalReader;
  #allowed = 0;
  #number = 0; // of the last message in the journal that the reader has seen
  #acknowledged = 0;
  #isStopped = false;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#journals = journalsIn(join(options.folder, '.millrace/journal'));
    const folder = new JournalFolder({ ...this.#journals, name: 'motor' });
    this.#reader = new JournalReader(folder, { sequence: 0, createdUs: null });
  }

  /** Messages up to this one may be sent. */
  allow(number: number): void {
    this.#allowed = number;
  }

  /** Ends `run` without waiting for the rest. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when all messages are acknowledged, and in the journal once and in order. */
  async run(): Promise<void> {
    try {
      while (this.#acknowledged < this.#options.events && !this.#isStopped) {
        await this.#lookIntoJournal();
        await this.#ingest();
      }
      await this.#lookIntoJournal();
      if (!this.#isStopped) assert.equal(this.#number, this.#options.events);
    } finally {
      await this.#reader.close();
    }
  }

  async #lookIntoJournal(): Promise<void> {
    await this.#recover();
    while (await this.#reader.ready()) {
      const { kind, payload } = this.#reader.peek();
      if (kind === 'message') assert.equal(numberOf(payload.toString()), ++this.#number, 'the next message, once');
      this.#reader.advance();
    }
    assert.ok(this.#number >= this.#acknowledged, `${this.#acknowledged} were acknowledged, ${this.#number} are there`);
    this.#acknowledged = this.#number;
  }

  /** A run that is just starting may be doing the same. */
  async #recover(): Promise<void> {
    const options = { ...this.#journals, name: 'motor', nowUs: () => Date.now() * 1000 };
    const writer = await withoutOther(() => JournalWriter.open(options));
    await writer.close();
  }

  async #ingest(): Promise<void> {
    const { folder, events, chunk, kills, draw } = this.#options;
    const before = this.#acknowledged;
    const process = new WatchedProcess(['ingest', 'motor', '--json'], {
      folder,
      plan: this.kills < kills ? draw.next().plan : { kind: 'never' },
      logFile: join(folder, 'ingest.log'),
    });
    const { stdin, stdout } = process.child;
    stdin!.on('error', () => {}); // it is killed while we write
    createInterface({ input: stdout! }).on('line', line => {
      this.#acknowledged = before + (JSON.parse(line) as { readonly messages: number }).messages;
    });
    let next = before + 1;
    while (!process.isOver && next <= events && !this.#isStopped) {
      const last = Math.min(next + chunk - 1, this.#allowed);
      let lines = '';
      for (; next <= last; next++) lines += `${motorMessage(next)}\n`;
      if (lines !== '') stdin!.write(lines);
      await sleep(CHUNK_EVERY_MS);
    }
    stdin!.end();
    const { code, errors, traces } = await process.ended;
    draw.saw(traces);
    if (code === null) this.kills++;
    else if (!errors.includes('MR5032')) assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  }
}

/** What the action gives, once no other process holds the journal. */
async function withoutOther<Result>(action: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MR5032') throw error;
      await sleep(10);
    }
  }
}

const CHUNK_EVERY_MS = 20;

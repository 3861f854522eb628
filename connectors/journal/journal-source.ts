import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { createMessageDecoder, isMessageCodec, type MessageDecoder } from '../codecs/message-decoder.ts';
import { gapReason, notRead, notWritten, otherJournal, wrongCodec } from './journal-errors.ts';
import { JournalFolder } from './journal-folder.ts';
import { replaceMark } from './journal-mark.ts';
import type { JournalOptions } from './journal-options.ts';
import { JournalReader } from './journal-reader.ts';
import type { JournalRecord } from './record-format.ts';
import { recoverJournal } from './recover-journal.ts';

/**
 * Opens a journal for reading; it need not be there yet. One that nobody writes to is put in order first, as a writer
 * would.
 *
 * Errors: MR5030 damage · MR5035 not the journal of the position · MR5036 the codec · MR5037 the name.
 */
export async function openJournalSource(journals: JournalOptions, options: SourceOptions): Promise<Source> {
  const { source, position } = options;
  const { codec } = source;
  if (codec !== null && !isMessageCodec(codec, journals.codecs)) throw wrongCodec(source.address, codec);
  const folder = new JournalFolder({ ...journals, name: source.address });
  const place = {
    sequence: Number(position?.['sequence'] ?? 0),
    createdUs: position === null ? null : (position['createdUs'] as number | null),
  };
  const reader = new JournalReader(folder, place);
  try {
    await requirePlace(reader, folder, journals);
  } catch (error) {
    throw notRead(folder.name, error);
  }
  const decoder = createMessageDecoder({ codec, own: journals.codecs, builder: options.builder });
  return new JournalSource({ folder, reader, sleep: journals.sleep, builder: options.builder, decoder });
}

/** Hands over one message's events at a time; a position is always between messages. */
class JournalSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #folder: JournalFolder;
  readonly #reader: JournalReader;
  readonly #sleep: JournalOptions['sleep'];
  readonly #builder: BatchBuilder;
  readonly #decoder: MessageDecoder;
  #deliveredSequence: number; // what `read` has handed over lies before it
  #acknowledgedSequence = 0;

  constructor(opened: {
    readonly folder: JournalFolder;
    readonly reader: JournalReader;
    readonly sleep: JournalOptions['sleep'];
    readonly builder: BatchBuilder;
    readonly decoder: MessageDecoder;
  }) {
    this.#folder = opened.folder;
    this.#reader = opened.reader;
    this.#sleep = opened.sleep;
    this.#builder = opened.builder;
    this.#decoder = opened.decoder;
    this.#deliveredSequence = opened.reader.place.sequence;
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents });
    while (!signal.aborted && builder.hasRoom) {
      const isReady = this.#reader.isReady() || (await this.#isReady());
      if (isReady && this.#reader.peek().kind === 'message') this.#take();
      else if (builder.size > 0) break;
      else if (isReady) return this.#takeTick();
      else await this.#sleep(POLL_MS, signal);
    }
    return { kind: 'batch', batch: builder.build(), position: this.#position() };
  }

  /** A small file, replaced: the writer removes nothing that it does not name. */
  async acknowledge(position: Position): Promise<void> {
    const { sequence, createdUs } = position;
    if (typeof sequence !== 'number' || typeof createdUs !== 'number' || sequence === this.#acknowledgedSequence)
      return;
    try {
      await replaceMark(this.#folder.disk, this.#folder.acknowledgedPath(this.#builder.source.id), {
        sequence,
        createdUs,
      });
    } catch (error) {
      throw notWritten(this.#folder.name, error);
    }
    this.#acknowledgedSequence = sequence;
  }

  async hasMore(): Promise<boolean> {
    return (await this.backlog()) > 0;
  }

  async backlog(): Promise<number> {
    try {
      return await this.#reader.countFrom(this.#deliveredSequence);
    } catch (error) {
      throw notRead(this.#folder.name, error);
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  /** Whether a record is there. What was found before a damaged one counts. */
  async #isReady(): Promise<boolean> {
    try {
      if (!(await this.#reader.ready())) return false;
      const gap = this.#reader.takeGap();
      if (gap !== undefined) {
        this.#builder.arrivalUs = this.#reader.peek().arrivalUs;
        this.#builder.startMessage(gap.from); // none has that sequence any more
        this.#builder.reject({ code: 'MR5033', reason: gapReason(gap), raw: '' });
      }
      return true;
    } catch (error) {
      if (this.#builder.size > 0) return false; // it is found again by the next read
      throw notRead(this.#folder.name, error);
    }
  }

  #take(): void {
    const record = this.#reader.peek();
    this.#builder.arrivalUs = record.arrivalUs;
    this.#builder.startMessage(record.sequence);
    this.#decoder.take(record.payload, record);
    this.#reader.advance();
  }

  #takeTick(): SourceRead {
    const { arrivalUs }: JournalRecord = this.#reader.peek();
    this.#reader.advance();
    return { kind: 'tick', arrivalUs, position: this.#position() };
  }

  /** Of what is handed over now. */
  #position(): Position {
    this.#deliveredSequence = this.#reader.place.sequence;
    return this.#reader.place;
  }
}

/** A writer that is just starting puts it in order first, and says only then what is synced. */
async function requirePlace(reader: JournalReader, folder: JournalFolder, journals: JournalOptions): Promise<void> {
  const { sequence } = reader.place;
  for (let waitedMs = 0; ; waitedMs += PLACE_WAIT_MS) {
    const isInOrder = await recoverIfIdle(folder, journals);
    if ((await reader.syncedSequence()) >= sequence) return;
    if (isInOrder || waitedMs >= MAX_PLACE_WAIT_MS) {
      throw otherJournal(reader.name, `it ends before sequence ${sequence}`);
    }
    await journals.sleep(PLACE_WAIT_MS);
  }
}

/** False: it has a writer. */
async function recoverIfIdle(folder: JournalFolder, { takeLock }: JournalOptions): Promise<boolean> {
  if ((await folder.segments()).length === 0) return true;
  const taken = takeLock(folder.lockPath);
  if (!('release' in taken)) return false;
  try {
    await recoverJournal(folder);
  } finally {
    taken.release();
  }
  return true;
}

const POLL_MS = 20;
const PLACE_WAIT_MS = 50;
const MAX_PLACE_WAIT_MS = 30_000;

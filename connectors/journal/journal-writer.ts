import { assert } from '../../engine/errors.ts';
import { full, groupTooLarge, inUse, notWritten } from './journal-errors.ts';
import { JournalFolder } from './journal-folder.ts';
import { writeSynced } from './journal-mark.ts';
import type { JournalLock, JournalOptions } from './journal-options.ts';
import { encodeGroup, groupBytes, MAX_PAYLOAD_BYTES, type NewRecord } from './record-format.ts';
import { recoverJournal, type RecoveredJournal, type Segment } from './recover-journal.ts';
import { type Acknowledged, type Bounds, Retention } from './retention.ts';
import { HEADER_BYTES } from './segment-header.ts';
import { SegmentWriter } from './segment-writer.ts';

export type JournalWriterOptions = JournalOptions &
  Partial<Bounds> & {
    /** Of the journal: the name of its folder. */
    readonly name: string;
    readonly nowUs: () => number;
    /** A segment that is greater is followed by a new one. */
    readonly segmentBytes?: number;
  };

/**
 * Writes a journal: one writer at a time, in one process. Sequences begin at 1 and have no gaps; arrivals never fall,
 * whatever the clock does. While nothing comes, a tick a second records that time goes on, so that a replay knows it.
 *
 * Errors of `open`: MR5030 damage · MR5032 another writer · MR5034 the disk · MR5037 the name · MR5038 the format.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #folder: JournalFolder;
  readonly #lock: JournalLock;
  readonly #bounds: Bounds;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  readonly #createdUs: number;
  readonly #retention: Retention;
  readonly #closing = new AbortController();
  readonly #ticking: Promise<void>;
  #active: SegmentWriter | null;
  #nextSequence: number;
  #lastArrivalUs: number;
  #writtenUs: number; // by the clock, for ticks
  #waiting: Append[] = [];
  #committing: Promise<void> | null = null;

  private constructor(
    options: JournalWriterOptions,
    opened: {
      readonly folder: JournalFolder;
      readonly lock: JournalLock;
      readonly recovered: RecoveredJournal | null;
      readonly active: SegmentWriter | null;
    },
  ) {
    const { recovered } = opened;
    this.#options = options;
    this.#folder = opened.folder;
    this.#lock = opened.lock;
    this.#bounds = { maxBytes: options.maxBytes ?? DEFAULT_BYTES, maxAgeUs: options.maxAgeUs ?? DEFAULT_AGE_US };
    // Several segments within the bound, so that something can be removed before it is reached.
    this.#segmentBytes = options.segmentBytes ?? Math.min(SEGMENT_BYTES, Math.ceil(this.#bounds.maxBytes / 8));
    this.#segments = [...(recovered?.segments ?? [])];
    this.#createdUs = recovered?.createdUs ?? options.nowUs();
    this.#retention = new Retention(this.#folder, { bounds: this.#bounds, createdUs: this.#createdUs });
    this.#active = opened.active;
    this.#nextSequence = recovered?.nextSequence ?? 1;
    this.#lastArrivalUs = recovered?.lastArrivalUs ?? 0;
    this.#writtenUs = options.nowUs();
    this.#ticking = this.#keepTime();
  }

  static async open(options: JournalWriterOptions): Promise<JournalWriter> {
    const folder = new JournalFolder(options);
    try {
      await folder.disk.makeFolder(folder.path);
      const lock = await takeLock(folder, options);
      try {
        const recovered = await recoverJournal(folder);
        const active = recovered === null ? null : await SegmentWriter.open(folder, lastOf(recovered));
        return new JournalWriter(options, { folder, lock, recovered, active });
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      throw notWritten(options.name, error);
    }
  }

  /** Of the last record that is synced, ticks included; 0: there is none. */
  get lastSequence(): number {
    return this.#nextSequence - 1;
  }

  /**
   * Adds a message for each payload of at most 16 MB, which it may keep until then. Resolves when they are synced, with the
   * sequence of the last one. Appends that wait are written in order and synced together; what waits is the callers'
   * to bound. After a failure nothing of the append is there; one with `retry: 'backoff'` may be repeated.
   *
   * Errors: MR5031 the journal is full of what is not acknowledged · MR5034 the disk.
   */
  async append(payloads: readonly Uint8Array[]): Promise<number> {
    assert(!this.#closing.signal.aborted, 'an append to a journal that is closed');
    for (const { length } of payloads) assert(length <= MAX_PAYLOAD_BYTES, `a message of ${length} bytes`);
    return await this.#add(payloads.map(payload => ({ kind: 'message', payload })));
  }

  /** Waits for what was appended, and lets the next writer in. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#ticking;
    await this.#committing;
    try {
      await this.#active?.close();
    } catch (error) {
      throw notWritten(this.#folder.name, error);
    } finally {
      this.#lock.release();
    }
  }

  #add(records: readonly NewRecord[]): Promise<number> {
    if (records.length === 0) return Promise.resolve(this.lastSequence);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ records, bytes: groupBytes(records), resolve, reject });
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = null;
    });
    return promise;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        let sequence = this.#nextSequence - 1;
        await this.#commit(group.flatMap(append => append.records));
        for (const append of group) append.resolve((sequence += append.records.length));
      } catch (error) {
        for (const append of group) append.reject(notWritten(this.#folder.name, error));
      }
    }
  }

  /** What waits goes with one sync, up to a bound that keeps a group within a segment. */
  #takeGroup(): Append[] {
    let bytes = 0;
    let count = 0;
    for (const append of this.#waiting) {
      bytes += append.bytes;
      if (count > 0 && bytes > Math.min(GROUP_BYTES, this.#segmentBytes)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(records: readonly NewRecord[]): Promise<void> {
    const nowUs = this.#options.nowUs();
    const arrivalUs = Math.max(this.#lastArrivalUs, nowUs);
    const bytes = groupBytes(records);
    await this.#makeRoom(bytes, nowUs);
    const active = await this.#segmentFor(bytes, arrivalUs);
    const { checksum } = active.header;
    await active.append(encodeGroup(records, { checksum, firstSequence: this.#nextSequence, arrivalUs }));
    this.#segments.at(-1)!.sizeBytes = active.sizeBytes;
    this.#nextSequence += records.length;
    this.#lastArrivalUs = arrivalUs;
    this.#writtenUs = nowUs;
    // A failure here is none of the append, which is durable: the next one, a tick at the latest, says it again.
    await writeSynced(this.#folder, { createdUs: this.#createdUs, sequence: this.#nextSequence }).catch(() => {});
  }

  async #makeRoom(bytes: number, nowUs: number): Promise<void> {
    const { name } = this.#folder;
    const { maxBytes } = this.#bounds;
    const moreBytes = bytes + HEADER_BYTES; // it may take a new segment
    if (moreBytes > maxBytes) throw groupTooLarge({ name, maxBytes });
    await this.#retention.apply(this.#segments, { moreBytes, nowUs });
    if (!this.#retention.isFull(this.#segments, moreBytes)) return;
    const behind: Acknowledged = await this.#retention.acknowledged();
    throw full({ name, maxBytes, behind, lastSequence: this.lastSequence });
  }

  async #segmentFor(bytes: number, arrivalUs: number): Promise<SegmentWriter> {
    const active = this.#active;
    if (active !== null && active.sizeBytes > HEADER_BYTES && active.sizeBytes + bytes > this.#segmentBytes) {
      await active.close();
      this.#active = null;
    }
    if (this.#active !== null) return this.#active;
    const header = { createdUs: this.#createdUs, firstSequence: this.#nextSequence, openedUs: arrivalUs };
    const created = await SegmentWriter.create(this.#folder, header);
    this.#segments.push({ firstSequence: header.firstSequence, openedUs: arrivalUs, sizeBytes: HEADER_BYTES });
    this.#active = created;
    return created;
  }

  async #keepTime(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const quietUs = this.#options.nowUs() - this.#writtenUs;
      if (quietUs >= TICK_US) await this.#add([TICK]).catch(() => {}); // an append would say what is wrong
      const waitUs = quietUs >= TICK_US || quietUs < 0 ? TICK_US : TICK_US - quietUs;
      await this.#options.sleep(Math.ceil(waitUs / 1000), signal);
    }
  }
}

type Append = {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (lastSequence: number) => void;
  readonly reject: (error: unknown) => void;
};

/** Waits a little: a reader that puts a journal in order has it for a moment. */
async function takeLock(folder: JournalFolder, options: JournalWriterOptions): Promise<JournalLock> {
  for (let attempt = 1; ; attempt++) {
    const taken = options.takeLock(folder.lockPath);
    if ('release' in taken) return taken;
    if (attempt === LOCK_ATTEMPTS) {
      const { ownerProcessId } = taken;
      throw inUse({ name: folder.name, processId: ownerProcessId, lockPath: folder.lockPath });
    }
    await options.sleep(LOCK_WAIT_MS);
  }
}

function lastOf({ header, segments }: RecoveredJournal): { header: RecoveredJournal['header']; sizeBytes: number } {
  return { header, sizeBytes: segments.at(-1)!.sizeBytes };
}

const TICK: NewRecord = { kind: 'tick', payload: new Uint8Array(0) };
const TICK_US = 1_000_000;
const DEFAULT_BYTES = 2 ** 30;
const DEFAULT_AGE_US = 7 * 86_400_000_000;
const SEGMENT_BYTES = 64 * 2 ** 20;
const GROUP_BYTES = 8 * 2 ** 20;
const LOCK_ATTEMPTS = 20;
const LOCK_WAIT_MS = 50;

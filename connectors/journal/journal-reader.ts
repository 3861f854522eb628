import type { DiskFile } from '../../engine/disk.ts';
import { damaged, otherJournal } from './journal-errors.ts';
import type { JournalFolder } from './journal-folder.ts';
import { type JournalMark, readMark } from './journal-mark.ts';
import { decodeRecord, type JournalRecord, sizeOf } from './record-format.ts';
import { noHeader, readSegmentHeader } from './recover-journal.ts';
import { HEADER_BYTES, type SegmentHeader } from './segment-header.ts';

/** Records that were removed before they were read: from … up to, and without, to. */
export type JournalGap = { readonly from: number; readonly to: number };

/**
 * Goes through the records of a journal in order, while a writer adds to it. It sees only what the writer said is
 * synced: what is not may be cut by a crash or a failing disk, and its sequences given to others.
 *
 * `ready` looks for the next record; then `peek` has it, and `advance` goes behind it.
 */
export class JournalReader {
  readonly #folder: JournalFolder;
  #sequence: number; // of the next record
  #createdUs: number | null; // null: of whichever journal is there first
  #synced: JournalMark | undefined;
  #segment: OpenSegment | undefined;
  // Of the segment, read and not yet decoded: buffer[start, end).
  #buffer = Buffer.alloc(CHUNK_BYTES);
  #start = 0;
  #end = 0;
  #record: JournalRecord | undefined;
  #gap: JournalGap | undefined;

  constructor(folder: JournalFolder, place: { readonly sequence: number; readonly createdUs: number | null }) {
    this.#folder = folder;
    this.#sequence = place.sequence;
    this.#createdUs = place.createdUs;
  }

  get place(): { readonly sequence: number; readonly createdUs: number | null } {
    return { sequence: this.#sequence, createdUs: this.#createdUs };
  }

  get name(): string {
    return this.#folder.name;
  }

  /** The next record. A view of a buffer: good until the next call of `ready`. */
  peek(): JournalRecord {
    return this.#record!;
  }

  advance(): void {
    this.#start += sizeOf(this.#record!);
    this.#sequence++;
    this.#record = undefined;
  }

  /** What was found to be missing since the last call. */
  takeGap(): JournalGap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }

  /** Of the first record that is not known to be synced; 0: there is no journal yet. */
  async syncedSequence(): Promise<number> {
    await this.#refresh();
    return this.#synced?.sequence ?? 0;
  }

  /** Records that are synced, from this one on. May be called while `ready` is under way. */
  async countFrom(sequence: number): Promise<number> {
    const synced = await readMark(this.#folder.disk, this.#folder.syncedPath);
    const [oldest = 0] = await this.#folder.segments();
    return Math.max((synced?.sequence ?? 0) - Math.max(sequence, oldest), 0);
  }

  /** Whether the next record is in memory: saves the wait for `ready`, which is asked otherwise. */
  isReady(): boolean {
    if (this.#record !== undefined) return true;
    if (this.#segment?.nextSequence !== this.#sequence || !this.#isSynced()) return false;
    const { checksum } = this.#segment.header;
    const record = decodeRecord(this.#buffer, { at: this.#start, to: this.#end }, checksum);
    if (typeof record === 'string' || record.sequence !== this.#sequence) return false;
    this.#segment.nextSequence++;
    this.#record = record;
    return true;
  }

  /** False: nothing more is there yet. Errors: MR5030 damage, MR5035 another journal, MR5038 its format. */
  async ready(): Promise<boolean> {
    if (this.#record !== undefined) return true;
    if (!this.#isSynced() && !(await this.#refresh())) return false;
    for (;;) {
      this.#segment ??= await this.#openSegment();
      if (this.#segment === undefined) return false;
      if (!this.#isSynced()) return false; // the first one kept is the one to read, and has nothing yet
      const found = this.#decode(this.#segment);
      if (found === 'record') return true;
      if (found === 'cut' && !(await this.#fill(this.#segment))) await this.#leave(this.#segment);
    }
  }

  async close(): Promise<void> {
    await this.#segment?.file.close();
    this.#segment = undefined;
  }

  #isSynced(): boolean {
    return this.#sequence < (this.#synced?.sequence ?? 0);
  }

  /** Whether there is something to read now. Bytes read before are let go: they may have been written anew since. */
  async #refresh(): Promise<boolean> {
    const synced = await readMark(this.#folder.disk, this.#folder.syncedPath);
    if (synced === undefined) return this.#isSynced(); // being written, or not there yet
    if (this.#createdUs !== null && synced.createdUs !== this.#createdUs) {
      throw otherJournal(this.#folder.name, 'it was made anew');
    }
    this.#createdUs = synced.createdUs;
    this.#synced = synced;
    if (this.#segment !== undefined) this.#segment.readBytes -= this.#end - this.#start;
    this.#start = this.#end;
    return this.#isSynced();
  }

  #decode(segment: OpenSegment): 'record' | 'skipped' | 'cut' {
    const record = decodeRecord(this.#buffer, { at: this.#start, to: this.#end }, segment.header.checksum);
    if (record === 'cut') return 'cut';
    if (record === 'broken') throw this.#damaged(segment, 'a record fails its checksum');
    if (record.sequence !== segment.nextSequence) {
      throw this.#damaged(segment, `sequence ${record.sequence} stands where ${segment.nextSequence} is expected`);
    }
    segment.nextSequence++;
    if (record.sequence >= this.#sequence) {
      this.#record = record;
      return 'record';
    }
    this.#start += sizeOf(record);
    return 'skipped';
  }

  /** Reads more of the segment; false: that is all of it. */
  async #fill(segment: OpenSegment): Promise<boolean> {
    const left = this.#end - this.#start;
    const buffer = left * 2 > this.#buffer.length ? Buffer.alloc(this.#buffer.length * 2) : this.#buffer;
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = left;
    const bytes = await segment.file.read(buffer.subarray(left), segment.readBytes);
    this.#end += bytes;
    segment.readBytes += bytes;
    return bytes > 0;
  }

  /** A segment's last record is followed by the first one of the next segment. */
  async #leave(segment: OpenSegment): Promise<void> {
    if (this.#start < this.#end) throw this.#damaged(segment, 'a record is cut off');
    const firstSequences = await this.#folder.segments();
    const isRemoved = firstSequences.length > 0 && firstSequences[0]! > segment.nextSequence;
    if (!isRemoved && !firstSequences.includes(segment.nextSequence)) {
      throw this.#damaged(segment, `the record with sequence ${segment.nextSequence} is missing`);
    }
    await this.close();
  }

  /** The segment that has the next record; where that was removed, the first one kept. */
  async #openSegment(): Promise<OpenSegment | undefined> {
    const firstSequences = await this.#folder.segments();
    const oldest = firstSequences[0];
    if (oldest === undefined) return undefined; // its first one is being made
    if (oldest > this.#sequence) {
      if (this.#sequence > 0) this.#gap = { from: this.#gap?.from ?? this.#sequence, to: oldest };
      this.#sequence = oldest;
    }
    const first = firstSequences.findLast(sequence => sequence <= this.#sequence)!;
    const path = this.#folder.segmentPath(first);
    try {
      const { header } = await readSegmentHeader(this.#folder, first);
      if (header?.createdUs !== this.#createdUs) throw noHeader(path);
      const file = await this.#folder.disk.open(path, 'read');
      this.#start = this.#end;
      return { file, path, header: header!, nextSequence: first, readBytes: HEADER_BYTES };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // just removed: the next call looks again
      throw error;
    }
  }

  #damaged(segment: OpenSegment, what: string): Error {
    return damaged({ path: segment.path, offset: segment.readBytes - (this.#end - this.#start), what });
  }
}

type OpenSegment = {
  readonly file: DiskFile;
  readonly path: string;
  readonly header: SegmentHeader;
  nextSequence: number; // of the record at buffer[start]
  readBytes: number; // up to buffer[end]
};

const CHUNK_BYTES = 256 * 1024;

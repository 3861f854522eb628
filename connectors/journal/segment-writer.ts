import type { DiskFile } from '../../engine/disk.ts';
import type { JournalFolder } from './journal-folder.ts';
import { encodeHeader, HEADER_BYTES, type SegmentHeader, decodeHeader } from './segment-header.ts';

/**
 * The segment that is written to. After a failure the file is cut back to what was synced before anything else is
 * written: a disk that failed a sync may have dropped the pages, and takes them for clean from then on.
 */
export class SegmentWriter {
  readonly header: SegmentHeader;
  readonly #folder: JournalFolder;
  #file: DiskFile;
  #syncedBytes: number;
  #isCutNeeded = false;

  private constructor(
    folder: JournalFolder,
    opened: { readonly header: SegmentHeader; readonly file: DiskFile; readonly syncedBytes: number },
  ) {
    this.#folder = folder;
    this.header = opened.header;
    this.#file = opened.file;
    this.#syncedBytes = opened.syncedBytes;
  }

  /** Makes it: a record is written only when the header and the name are durable. */
  static async create(folder: JournalFolder, header: Omit<SegmentHeader, 'checksum'>): Promise<SegmentWriter> {
    const bytes = encodeHeader(header);
    const file = await folder.disk.open(folder.segmentPath(header.firstSequence), 'create');
    try {
      await file.write(bytes, 0);
      await file.sync();
      await folder.disk.syncFolder(folder.path);
    } catch (error) {
      await file.close().catch(() => {}); // the first failure says more
      throw error;
    }
    const decoded = decodeHeader(bytes) as SegmentHeader; // as just encoded
    return new SegmentWriter(folder, { header: decoded, file, syncedBytes: HEADER_BYTES });
  }

  /** Goes on behind what was recovered. */
  static async open(
    folder: JournalFolder,
    recovered: { readonly header: SegmentHeader; readonly sizeBytes: number },
  ): Promise<SegmentWriter> {
    const { header, sizeBytes } = recovered;
    const file = await folder.disk.open(folder.segmentPath(header.firstSequence), 'write');
    return new SegmentWriter(folder, { header, file, syncedBytes: sizeBytes });
  }

  get sizeBytes(): number {
    return this.#syncedBytes;
  }

  /** Resolves when the bytes are durable; after a failure they are as if never written. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#isCutNeeded) await this.#cut();
    try {
      await this.#file.write(bytes, this.#syncedBytes);
      await this.#file.sync();
    } catch (error) {
      this.#isCutNeeded = true;
      throw error;
    }
    this.#syncedBytes += bytes.length;
  }

  /** What an append refused must not be there when the journal is opened again. */
  async close(): Promise<void> {
    try {
      if (this.#isCutNeeded) await this.#cut();
    } finally {
      await this.#file.close();
    }
  }

  async #cut(): Promise<void> {
    const file = await this.#folder.disk.open(this.#folder.segmentPath(this.header.firstSequence), 'write');
    await this.#file.close().catch(() => {}); // it has failed already
    this.#file = file;
    await file.truncate(this.#syncedBytes);
    await file.sync();
    this.#isCutNeeded = false;
  }
}

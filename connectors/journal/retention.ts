import type { JournalFolder } from './journal-folder.ts';
import { readMark } from './journal-mark.ts';
import type { Segment } from './recover-journal.ts';

export type Bounds = {
  readonly maxBytes: number;
  readonly maxAgeUs: number;
};

/** The stream that has acknowledged least; null: none has acknowledged anything. */
export type Acknowledged = { readonly stream: string; readonly sequence: number } | null;

/**
 * Removes whole segments that all streams have acknowledged, oldest first, while the journal is over one of its bounds.
 * What is not acknowledged stays, whatever the bounds say.
 */
export class Retention {
  readonly #folder: JournalFolder;
  readonly #bounds: Bounds;
  readonly #createdUs: number;
  #ageCheckedUs = -Infinity;

  constructor(folder: JournalFolder, options: { readonly bounds: Bounds; readonly createdUs: number }) {
    this.#folder = folder;
    this.#bounds = options.bounds;
    this.#createdUs = options.createdUs;
  }

  /** Makes room for more bytes, and takes out of `segments` what it removes. */
  async apply(
    segments: Segment[],
    { moreBytes, nowUs }: { readonly moreBytes: number; readonly nowUs: number },
  ): Promise<void> {
    if (!this.isFull(segments, moreBytes) && !this.#isAgeDue(segments, nowUs)) return;
    const acknowledged = await this.acknowledged();
    while (segments.length > 1 && segments[1]!.firstSequence <= (acknowledged?.sequence ?? 0)) {
      if (!this.isFull(segments, moreBytes) && !this.#isAged(segments, nowUs)) return;
      await this.#folder.disk.remove(this.#folder.segmentPath(segments[0]!.firstSequence));
      await this.#folder.disk.syncFolder(this.#folder.path); // one by one: a crash must not leave a hole
      segments.shift();
    }
  }

  isFull(segments: readonly Segment[], moreBytes: number): boolean {
    return segments.reduce((sum, segment) => sum + segment.sizeBytes, moreBytes) > this.#bounds.maxBytes;
  }

  /** What is damaged counts as nothing, until the stream acknowledges again. */
  async acknowledged(): Promise<Acknowledged> {
    let least: Acknowledged = null;
    for (const stream of await this.#folder.acknowledgingStreams()) {
      const mark = await readMark(this.#folder.disk, this.#folder.acknowledgedPath(stream));
      const sequence = mark?.createdUs === this.#createdUs ? mark.sequence : 1;
      if (least === null || sequence < least.sequence) least = { stream, sequence };
    }
    return least;
  }

  /** Looked at once a second, as it reads files. */
  #isAgeDue(segments: readonly Segment[], nowUs: number): boolean {
    if (Math.abs(nowUs - this.#ageCheckedUs) < AGE_CHECK_US) return false;
    this.#ageCheckedUs = nowUs;
    return this.#isAged(segments, nowUs);
  }

  /** A segment is as old as its last record, which came before the next one was begun. */
  #isAged(segments: readonly Segment[], nowUs: number): boolean {
    return segments.length > 1 && segments[1]!.openedUs < nowUs - this.#bounds.maxAgeUs;
  }
}

const AGE_CHECK_US = 1_000_000;

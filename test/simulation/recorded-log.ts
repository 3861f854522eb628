import type { Position } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';

/** What a transport delivered: with duplicates and in any order, but recorded once and for all. */
export type LogEntry =
  | { readonly kind: 'message'; readonly arrivalUs: number; readonly text: string }
  | { readonly kind: 'tick'; readonly arrivalUs: number };

export type LogOptions = {
  readonly entries: readonly LogEntry[];
  /** Where arrivals are not recorded there are no ticks, and event times are the clock. */
  readonly arrivalClock: 'recorded' | 'as-read';
  /** The input ends here, as a file does; else it may go on, as a live stream. */
  readonly hasEnd: boolean;
};

/** The recorded input of one stream. It outlives the processes that read it; what was acknowledged may be gone. */
export class RecordedLog {
  readonly entries: readonly LogEntry[];
  readonly arrivalClock: 'recorded' | 'as-read';
  readonly hasEnd: boolean;
  #acknowledged = 0;

  constructor({ entries, arrivalClock, hasEnd }: LogOptions) {
    this.entries = entries;
    this.arrivalClock = arrivalClock;
    this.hasEnd = hasEnd;
  }

  /** How often the clock that dates the arrivals was set back. */
  get clockStepCount(): number {
    const { entries } = this;
    return entries.filter((entry, i) => i > 0 && entry.arrivalUs < entries[i - 1]!.arrivalUs).length;
  }

  /** The first entry to read from there; it must not have been let go of. */
  sequenceOf(position: Position | null): number {
    const sequence = Number(position?.['sequence'] ?? 0);
    assert(
      sequence >= this.#acknowledged,
      `reading goes on at ${sequence}, although all before ${this.#acknowledged} was acknowledged`,
    );
    return sequence;
  }

  /** Everything before is let go of, as a journal that is bounded does. */
  acknowledge(position: Position): void {
    this.#acknowledged = Math.max(this.#acknowledged, Number(position['sequence']));
  }

  /** The same input, read by somebody else. */
  copy(): RecordedLog {
    return new RecordedLog(this);
  }
}

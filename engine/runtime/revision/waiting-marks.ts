import { joinedMarks, type LateMark } from './late-marks.ts';
import { textOfKey } from './row-key.ts';

/** A mark that waits, since when, and since when nothing was added to it. */
type Waiting = { mark: LateMark; readonly sinceMs: number; lastMs: number };

/**
 * Keys whose past is to be computed again, each once: a key that late events still come of waits for the others of these.
 * At most MOST_MARKS; of what is more, late events stay late.
 */
export class WaitingMarks {
  readonly #waiting = new Map<string, Waiting>(); // the longest one first

  get size(): number {
    return this.#waiting.size;
  }

  get all(): readonly LateMark[] {
    return [...this.#waiting.values()].map(({ mark }) => mark);
  }

  /** How many of them wait for each window. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { mark } of this.#waiting.values()) counts.set(mark.window, (counts.get(mark.window) ?? 0) + 1);
    return counts;
  }

  /** False: there is no room for it. */
  add(mark: LateMark, nowMs: number): boolean {
    const name = `${mark.window}\n${textOfKey(mark.key)}`;
    const known = this.#waiting.get(name);
    if (known !== undefined) {
      known.mark = joinedMarks(known.mark, mark);
      known.lastMs = nowMs;
      return true;
    }
    if (this.#waiting.size >= MOST_MARKS) return false;
    this.#waiting.set(name, { mark, sinceMs: nowMs, lastMs: nowMs });
    return true;
  }

  /**
   * Takes some marks that have waited for long enough, of one window and with the same `groupOf`; none: there are none yet.
   * `isHurried`: nobody waits for more late events.
   */
  take(options: {
    readonly nowMs: number;
    readonly isHurried: boolean;
    readonly mostOf: (window: string) => number;
    readonly groupOf: (mark: LateMark) => number;
  }): LateMark[] {
    const { nowMs, isHurried, mostOf, groupOf } = options;
    const taken: LateMark[] = [];
    let group = -1;
    for (const [name, { mark, sinceMs, lastMs }] of this.#waiting) {
      if (!isHurried && nowMs - lastMs < QUIET_MS && nowMs - sinceMs < LONGEST_MS) continue;
      if (taken.length > 0 && (mark.window !== taken[0]!.window || groupOf(mark) !== group)) continue;
      if (taken.length === 0) group = groupOf(mark);
      taken.push(mark);
      this.#waiting.delete(name);
      if (taken.length >= mostOf(mark.window)) break;
    }
    return taken;
  }
}

/** A device that has been away sends what it has in one go. */
const QUIET_MS = 1_000;
/** One that sends late events only is revised so often. */
const LONGEST_MS = 30_000;
const MOST_MARKS = 200_000;

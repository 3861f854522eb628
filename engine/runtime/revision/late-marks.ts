import type { Scalar } from '../../batch.ts';
import type { KeyTable } from '../../operator.ts';

/** When an event came among those of its source. */
export type EventPlace = { readonly arrivalUs: number; readonly sequence: number; readonly item: number };

/** Late events of a key that are to revise a window. Plain data, kept in checkpoints. */
export type LateMark = {
  /** The id of its node. */
  readonly window: string;
  /** Values of the source's key, in the order of its fields. */
  readonly key: readonly Scalar[];
  /** The least of their times. */
  readonly fromUs: number;
  /** The first and the last of them to come. */
  readonly first: EventPlace;
  readonly last: EventPlace;
};

/** What two marks of one key and window ask for. */
export function joinedMarks(a: LateMark, b: LateMark): LateMark {
  return {
    ...a,
    fromUs: Math.min(a.fromUs, b.fromUs),
    first: comparePlaces(a.first, b.first) <= 0 ? a.first : b.first,
    last: comparePlaces(a.last, b.last) >= 0 ? a.last : b.last,
  };
}

export function comparePlaces(a: EventPlace, b: EventPlace): number {
  return a.arrivalUs - b.arrivalUs || a.sequence - b.sequence || a.item - b.item;
}

/** Marks since the last time they were taken: of a key and a window one. Bounded by what one round brings. */
export class LateMarks {
  readonly #windows: readonly { readonly id: string; readonly reviseUs: number }[];
  readonly #keys: KeyTable;
  #marks = new Map<string, Map<number, LateMark>>(); // by window and key id
  #tooLate = 0;

  constructor(windows: readonly { readonly id: string; readonly reviseUs: number }[], keys: KeyTable) {
    this.#windows = windows;
    this.#keys = keys;
  }

  /** An event has come late: its key's watermark was there. */
  note(
    keyId: number,
    event: { readonly timeUs: number; readonly watermarkUs: number; readonly place: EventPlace },
  ): void {
    const { timeUs, watermarkUs, place } = event;
    let isTaken = false;
    for (const { id, reviseUs } of this.#windows) {
      if (timeUs < watermarkUs - reviseUs) continue;
      isTaken = true;
      let marks = this.#marks.get(id);
      if (marks === undefined) this.#marks.set(id, (marks = new Map()));
      const mark = { window: id, key: [], fromUs: timeUs, first: place, last: place };
      const known = marks.get(keyId);
      marks.set(keyId, known === undefined ? { ...mark, key: this.#valuesOf(keyId) } : joinedMarks(known, mark));
    }
    if (!isTaken) this.#tooLate++;
  }

  take(): LateMark[] {
    if (this.#marks.size === 0) return [];
    const taken = [...this.#marks.values()].flatMap(marks => [...marks.values()]);
    this.#marks = new Map();
    return taken;
  }

  /** Events, since the last call, that were further behind than any window takes them. */
  takeTooLate(): number {
    const count = this.#tooLate;
    this.#tooLate = 0;
    return count;
  }

  #valuesOf(keyId: number): readonly Scalar[] {
    const values = this.#keys.values(keyId);
    return this.#keys.fields.map(name => values[name]!);
  }
}

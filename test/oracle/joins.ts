/** Joins as docs/language/joins.md says them, of all events at once and with no thought of speed. Times are in microseconds. */
export type JoinedEvent = {
  readonly key: string;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly value: number;
};

export type JoinedRow = {
  readonly key: string;
  readonly timeUs: number;
  readonly left: number;
  readonly right: number | null;
};

type Kind = 'inner' | 'left' | 'anti';
export type Direction = 'before' | 'after' | 'around';

/** `endUs`: how far the time of a key has come at the end. */
export function intervalJoin(
  left: readonly JoinedEvent[],
  right: readonly JoinedEvent[],
  {
    join,
    withinUs,
    direction,
    endUs,
  }: {
    readonly join: Kind;
    readonly withinUs: number;
    readonly direction: Direction;
    readonly endUs: (key: string) => number;
  },
): JoinedRow[] {
  const isNear = (l: JoinedEvent, r: JoinedEvent) => {
    const apartUs = r.timeUs - l.timeUs;
    if (l.key !== r.key || Math.abs(apartUs) >= withinUs) return false;
    return direction === 'around' || (direction === 'before' ? apartUs <= 0 : apartUs >= 0);
  };
  return left.flatMap((l): JoinedRow[] => {
    const partners = right.filter(r => isNear(l, r));
    if (partners.length > 0) {
      const pairOf = (r: JoinedEvent) => {
        return { key: l.key, timeUs: Math.max(l.timeUs, r.timeUs), left: l.value, right: r.value };
      };
      return join === 'anti' ? [] : partners.map(pairOf);
    }
    const isBefore = direction === 'before';
    const timeUs = isBefore ? l.timeUs : l.timeUs + withinUs;
    const isKnown = isBefore ? timeUs < endUs(l.key) : timeUs <= endUs(l.key);
    return join === 'inner' || !isKnown ? [] : [{ key: l.key, timeUs, left: l.value, right: null }];
  });
}

/** `isFirst`: whether events of the right side come first where time and arrival are the same. */
export function latestJoin(
  left: readonly JoinedEvent[],
  right: readonly JoinedEvent[],
  { join, withinUs, isFirst }: { readonly join: Kind; readonly withinUs: number | null; readonly isFirst: boolean },
): JoinedRow[] {
  return left.flatMap((l): JoinedRow[] => {
    const isBefore = (r: JoinedEvent) =>
      r.timeUs < l.timeUs ||
      (r.timeUs === l.timeUs && (r.arrivalUs < l.arrivalUs || (r.arrivalUs === l.arrivalUs && isFirst)));
    const last = right
      .filter(r => r.key === l.key && isBefore(r))
      .sort((a, b) => a.timeUs - b.timeUs || a.arrivalUs - b.arrivalUs) // stable
      .at(-1);
    const isThere = last !== undefined && (withinUs === null || l.timeUs - last.timeUs < withinUs);
    if (join === 'anti' ? isThere : join === 'inner' && !isThere) return [];
    return [{ key: l.key, timeUs: l.timeUs, left: l.value, right: isThere ? last.value : null }];
  });
}

import type { Snapshot, SnapshotValue } from '../../operator.ts';

/** Whether a rule says the same of a key in two snapshots of it: the alert that fires, and since when what is pending is so. */
export function isSameAlert(a: Snapshot, b: Snapshot): boolean {
  const [one, other] = [alertIn(a), alertIn(b)];
  return (
    one.raisedUs === other.raisedUs &&
    one.rank === other.rank &&
    one.pendingSinceUs.every((sinceUs, level) => sinceUs === (other.pendingSinceUs[level] ?? Infinity)) &&
    other.pendingSinceUs.every((sinceUs, level) => sinceUs === (one.pendingSinceUs[level] ?? Infinity))
  );
}

export function areSameStates(a: SnapshotValue | undefined, b: SnapshotValue | undefined): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b) || Array.isArray(a) || Array.isArray(b)) {
    const [one, other] = [a, b] as [ArrayLike<SnapshotValue>, ArrayLike<SnapshotValue>]; // as: what snapshots have of such
    if (one.length !== other.length) return false;
    for (let i = 0; i < one.length; i++) if (!areSameStates(one[i], other[i])) return false;
    return true;
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every(name => areSameStates((a as Snapshot)[name], (b as Snapshot)[name])); // as: no array
}

/** The state of a rule, with what operators have said of the alert, where it is the same, and of its key in any case. */
export function withLife(now: Snapshot, live: Snapshot): Snapshot {
  const life = lifeIn(live);
  if (life === null || now['state'] === undefined) return now;
  if (alertIn(now).raisedUs === alertIn(live).raisedUs) return { ...now, lives: [life] };
  const { shelvedUntilUs, isSuppressed, isOutOfService } = life;
  const own = lifeIn(now) ?? {};
  const ofKey = {
    shelvedUntilUs: shelvedUntilUs ?? null,
    isSuppressed: isSuppressed!,
    isOutOfService: isOutOfService!,
  };
  return { ...now, lives: [{ ...own, ...ofKey }] };
}

type Alert = { readonly rank: number; readonly raisedUs: number | null; readonly pendingSinceUs: Float64Array };

/** Of a snapshot of one key. */
function alertIn(snapshot: Snapshot): Alert {
  const state = snapshot['state'] as Snapshot | undefined;
  if (state === undefined) return NONE;
  const rank = (state['rank'] as Uint8Array)[0] ?? 0;
  const raisedUs = rank === 0 ? null : (state['raisedUs'] as Float64Array)[0]!;
  return { rank, raisedUs, pendingSinceUs: state['pendingSinceUs'] as Float64Array };
}

function lifeIn(snapshot: Snapshot): Snapshot | null {
  return ((snapshot['lives'] as readonly SnapshotValue[] | undefined)?.[0] ?? null) as Snapshot | null;
}

const NONE: Alert = { rank: 0, raisedUs: null, pendingSinceUs: new Float64Array(0) };

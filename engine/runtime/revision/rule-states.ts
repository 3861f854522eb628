import { SEVERITIES, type Severity } from '../../../dsl/plan.ts';
import type { Snapshot, SnapshotValue } from '../../operator.ts';

/**
 * Whether rows say the same of a key as what its rule has: the alert that fires, and since when what is pending is so. Nobody but
 * the arrival clock has escalated an alert.
 */
export function isSameAlert(live: Snapshot, ofRows: Snapshot): boolean {
  const [one, other] = [alertIn(live), alertIn(ofRows)];
  return (
    one.raisedUs === other.raisedUs &&
    (one.rank === other.rank || (isEscalated(live) && one.rank > other.rank && other.rank > 0)) &&
    one.pendingSinceUs.every((sinceUs, level) => sinceUs === (other.pendingSinceUs[level] ?? Infinity)) &&
    other.pendingSinceUs.every((sinceUs, level) => sinceUs === (one.pendingSinceUs[level] ?? Infinity))
  );
}

/** The alert that fires and was escalated: when it was raised, and its level. Null: there is none. */
export function escalatedAlert(live: Snapshot): { readonly raisedUs: number; readonly level: Severity } | null {
  const { rank, raisedUs } = alertIn(live);
  return raisedUs === null || !isEscalated(live) ? null : { raisedUs, level: SEVERITIES[rank - 1]! };
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

/**
 * The state of a rule, with what operators and the arrival clock have done to the alert, where it is the same, and with what operators
 * have said of its key in any case. Another alert waits to be acknowledged from `arrivalUs` on.
 */
export function withLife(now: Snapshot, live: Snapshot, arrivalUs: number): Snapshot {
  if (now['state'] === undefined) return now;
  const life = lifeIn(live);
  const isSame = alertIn(now).raisedUs === alertIn(live).raisedUs;
  if (life !== null && isSame)
    return isEscalated(live) ? asHighAs(live, { ...now, lives: [life] }) : { ...now, lives: [life] };
  const ofShadow = lifeIn(now);
  const own =
    ofShadow === null || alertIn(now).raisedUs === null ? ofShadow : { ...ofShadow, waitingSinceUs: arrivalUs };
  if (life === null) return { ...now, lives: [own] };
  const { shelvedUntilUs, isSuppressed, isOutOfService } = life;
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

function isEscalated(snapshot: Snapshot): boolean {
  return lifeIn(snapshot)?.['isEscalated'] === true;
}

/** What `escalate` has brought does not fall. */
function asHighAs(live: Snapshot, now: Snapshot): Snapshot {
  const rank = Math.max(alertIn(live).rank, alertIn(now).rank);
  const state = now['state'] as Snapshot; // as: what has an alert has one
  return alertIn(now).rank === 0 ? now : { ...now, state: { ...state, rank: Uint8Array.of(rank) } };
}

function lifeIn(snapshot: Snapshot): Snapshot | null {
  return ((snapshot['lives'] as readonly SnapshotValue[] | undefined)?.[0] ?? null) as Snapshot | null;
}

const NONE: Alert = { rank: 0, raisedUs: null, pendingSinceUs: new Float64Array(0) };

import type { RuleNode } from '../../../dsl/plan.ts';
import type { Snapshot } from '../../operator.ts';
import { growFloat64, growUint8 } from '../../state/growable.ts';

/**
 * What a rule knows of each key, in arrays by key id, or by key id × levels + level. Infinity stands for "not now" in
 * every time. The initial values are those of a key that nobody has seen. A key with `isWatched` 0 is quiet: nothing
 * of it is due (`dueUs` is Infinity), and that byte is all that the hot loop reads of it.
 */
export class AlertState {
  readonly #levelCount: number;
  readonly #isAlwaysOn: boolean;
  #size = 0;

  /** 1 while a level's condition holds or the alert fires: then every row matters. */
  isWatched: Uint8Array = new Uint8Array(0);
  watchedCount = 0;
  /** When a timer of this key is next due. */
  dueUs: Float64Array = new Float64Array(0);
  /** 0: no alert; else the severity's place in SEVERITIES, counted from 1. */
  rank: Uint8Array = new Uint8Array(0);
  raisedUs: Float64Array = new Float64Array(0);
  /** No raise before this: the cooldown's end, and the instant after the last raise. */
  notBeforeUs: Float64Array = new Float64Array(0);
  lastRowUs: Float64Array = new Float64Array(0);
  /** Since when the condition of `while` holds; without `while`, since ever. */
  whileSinceUs: Float64Array = new Float64Array(0);
  clearTruth: Uint8Array = new Uint8Array(0);
  /** Since when the clear condition holds and no level does. */
  clearSinceUs: Float64Array = new Float64Array(0);
  /** Of a firing alert: the last instant at which a level held; Infinity while one holds. */
  lastHeldUs: Float64Array = new Float64Array(0);

  truth: Uint8Array = new Uint8Array(0); // by level
  /** Since when the level is pending, or has come due and still holds. */
  pendingSinceUs: Float64Array = new Float64Array(0); // by level
  /** Of a firing alert: since when the level is known not to hold; −Infinity: not once since the alert was raised. */
  notHeldSinceUs: Float64Array = new Float64Array(0); // by level

  constructor(node: RuleNode) {
    this.#levelCount = node.levels.length;
    this.#isAlwaysOn = node.while === null;
  }

  get bytesPerKey(): number {
    return 3 + 7 * 8 + this.#levelCount * (1 + 2 * 8);
  }

  grow(size: number): void {
    if (size <= this.#size) return;
    this.#size = size;
    this.isWatched = growUint8(this.isWatched, size);
    this.dueUs = growFloat64(this.dueUs, size, Infinity);
    this.rank = growUint8(this.rank, size);
    this.raisedUs = growFloat64(this.raisedUs, size, -Infinity);
    this.notBeforeUs = growFloat64(this.notBeforeUs, size, -Infinity);
    this.lastRowUs = growFloat64(this.lastRowUs, size);
    this.whileSinceUs = growFloat64(this.whileSinceUs, size, this.#isAlwaysOn ? -Infinity : Infinity);
    this.clearTruth = growUint8(this.clearTruth, size);
    this.clearSinceUs = growFloat64(this.clearSinceUs, size, Infinity);
    this.lastHeldUs = growFloat64(this.lastHeldUs, size, Infinity);
    this.truth = growUint8(this.truth, size * this.#levelCount);
    this.pendingSinceUs = growFloat64(this.pendingSinceUs, size * this.#levelCount, Infinity);
    this.notHeldSinceUs = growFloat64(this.notHeldSinceUs, size * this.#levelCount, Infinity);
  }

  watch(keyId: number, isWatched: boolean): void {
    const now = isWatched ? 1 : 0;
    this.watchedCount += now - this.isWatched[keyId]!;
    this.isWatched[keyId] = now;
  }

  nextDueUs(keyId: number): number {
    return keyId < this.#size ? this.dueUs[keyId]! : Infinity;
  }

  snapshot(): Snapshot {
    const keys = this.#size;
    const levels = keys * this.#levelCount;
    return {
      size: keys,
      isWatched: this.isWatched.slice(0, keys),
      dueUs: this.dueUs.slice(0, keys),
      rank: this.rank.slice(0, keys),
      raisedUs: this.raisedUs.slice(0, keys),
      notBeforeUs: this.notBeforeUs.slice(0, keys),
      lastRowUs: this.lastRowUs.slice(0, keys),
      whileSinceUs: this.whileSinceUs.slice(0, keys),
      clearTruth: this.clearTruth.slice(0, keys),
      clearSinceUs: this.clearSinceUs.slice(0, keys),
      lastHeldUs: this.lastHeldUs.slice(0, keys),
      truth: this.truth.slice(0, levels),
      pendingSinceUs: this.pendingSinceUs.slice(0, levels),
      notHeldSinceUs: this.notHeldSinceUs.slice(0, levels),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#size = snapshot['size'] as number;
    this.isWatched = bytes(snapshot, 'isWatched');
    this.watchedCount = this.isWatched.reduce((count, isWatched) => count + isWatched, 0);
    this.dueUs = times(snapshot, 'dueUs');
    this.rank = bytes(snapshot, 'rank');
    this.raisedUs = times(snapshot, 'raisedUs');
    this.notBeforeUs = times(snapshot, 'notBeforeUs');
    this.lastRowUs = times(snapshot, 'lastRowUs');
    this.whileSinceUs = times(snapshot, 'whileSinceUs');
    this.clearTruth = bytes(snapshot, 'clearTruth');
    this.clearSinceUs = times(snapshot, 'clearSinceUs');
    this.lastHeldUs = times(snapshot, 'lastHeldUs');
    this.truth = bytes(snapshot, 'truth');
    this.pendingSinceUs = times(snapshot, 'pendingSinceUs');
    this.notHeldSinceUs = times(snapshot, 'notHeldSinceUs');
  }
}

function bytes(snapshot: Snapshot, name: string): Uint8Array {
  return (snapshot[name] as Uint8Array).slice();
}

function times(snapshot: Snapshot, name: string): Float64Array {
  return (snapshot[name] as Float64Array).slice();
}

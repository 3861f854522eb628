import { type RuleNode, SEVERITIES } from '../../../dsl/plan.ts';
import type { Snapshot } from '../../operator.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from '../../state/gather.ts';
import { growFloat64, growUint8 } from '../../state/growable.ts';

/**
 * What a rule knows of each key, in arrays by key id, or by key id × levels + level. Infinity stands for "not now" in
 * every time. The initial values are those of a key that nobody has seen. A key with `isWatched` 0 is quiet: nothing
 * of it is due (`dueUs` is Infinity), and that byte is all that the hot loop reads of it.
 */
export class AlertState {
  readonly #levelCount: number;
  readonly #initialUs: InitialTimes;
  #size = 0;

  /** 1 while a level's condition holds or the alert fires: then every row matters. */
  isWatched: Uint8Array = new Uint8Array(0);
  watchedCount = 0;
  /** When a timer of this key is next due. */
  dueUs: Float64Array = new Float64Array(0);
  /** 0: no alert; else the severity's place in SEVERITIES, counted from 1. Set by `setRank`. */
  rank: Uint8Array = new Uint8Array(0);
  readonly #countByRank = new Float64Array(SEVERITIES.length + 1); // of 0, below 0: how many are not 0
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
    this.#initialUs = { ...INITIAL_US, whileSinceUs: node.while === null ? -Infinity : Infinity };
  }

  get bytesPerKey(): number {
    return BYTES_PER_KEY + this.#levelCount * BYTES_PER_LEVEL;
  }

  get stateBytes(): number {
    return this.isWatched.length * BYTES_PER_KEY + this.truth.length * BYTES_PER_LEVEL;
  }

  grow(size: number): void {
    if (size <= this.#size) return;
    this.#size = size;
    const levels = size * this.#levelCount;
    for (const name of KEY_BYTES) this[name] = growUint8(this[name], size);
    for (const name of LEVEL_BYTES) this[name] = growUint8(this[name], levels);
    for (const name of KEY_TIMES) this[name] = growFloat64(this[name], size, this.#initialUs[name]);
    for (const name of LEVEL_TIMES) this[name] = growFloat64(this[name], levels, this.#initialUs[name]);
  }

  watch(keyId: number, isWatched: boolean): void {
    const now = isWatched ? 1 : 0;
    this.watchedCount += now - this.isWatched[keyId]!;
    this.isWatched[keyId] = now;
  }

  setRank(keyId: number, rank: number): void {
    this.#countByRank[this.rank[keyId]!]!--;
    this.#countByRank[rank]!++;
    this.rank[keyId] = rank;
  }

  /** Alerts that fire, by severity, the lowest first; empty: none does. */
  get openAlerts(): readonly number[] {
    return this.#countByRank[0] === 0 ? [] : [...this.#countByRank.subarray(1)];
  }

  nextDueUs(keyId: number): number {
    return keyId < this.#size ? this.dueUs[keyId]! : Infinity;
  }

  /** Whether the alert fires or a level is pending. A level may hold without: its gap has passed, or `while` is off. */
  isPending(keyId: number): boolean {
    if (keyId >= this.#size || this.isWatched[keyId] === 0) return false;
    const first = keyId * this.#levelCount;
    const ofLevels = this.pendingSinceUs.subarray(first, first + this.#levelCount);
    return this.rank[keyId] !== 0 || ofLevels.some(sinceUs => sinceUs !== Infinity);
  }

  forget(keyId: number): void {
    if (keyId >= this.#size) return;
    this.watch(keyId, false);
    this.setRank(keyId, 0);
    const first = keyId * this.#levelCount;
    const end = first + this.#levelCount;
    for (const name of KEY_BYTES) this[name][keyId] = 0;
    for (const name of LEVEL_BYTES) this[name].fill(0, first, end);
    for (const name of KEY_TIMES) this[name][keyId] = this.#initialUs[name];
    for (const name of LEVEL_TIMES) this[name].fill(this.#initialUs[name], first, end);
  }

  /** Columns by key, those of levels by key and then by level. The keys are grown to. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const width = this.#levelCount;
    return Object.fromEntries([
      ...KEY_BYTES.map(name => [name, gatherUint8(this[name], keyIds)]),
      ...LEVEL_BYTES.map(name => [name, gatherUint8(this[name], keyIds, width)]),
      ...KEY_TIMES.map(name => [name, gatherFloat64(this[name], keyIds)]),
      ...LEVEL_TIMES.map(name => [name, gatherFloat64(this[name], keyIds, width)]),
    ]);
  }

  /** The keys are grown to, and as nobody has seen them. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    const width = this.#levelCount;
    const bytes = (name: string) => snapshot[name] as Uint8Array;
    const times = (name: string) => snapshot[name] as Float64Array;
    for (const name of KEY_BYTES) scatterUint8(bytes(name), keyIds, this[name]);
    for (const name of LEVEL_BYTES) scatterUint8(bytes(name), keyIds, this[name], width);
    for (const name of KEY_TIMES) scatterFloat64(times(name), keyIds, this[name]);
    for (const name of LEVEL_TIMES) scatterFloat64(times(name), keyIds, this[name], width);
    for (const keyId of keyIds) {
      if (keyId < 0) continue;
      this.watchedCount += this.isWatched[keyId]!;
      this.#countByRank[0]!--;
      this.#countByRank[this.rank[keyId]!]!++;
      this.#fitWhile(keyId);
    }
  }

  /** The rule may have got a `while` since, or lost it: only without one it holds since ever. */
  #fitWhile(keyId: number): void {
    const { whileSinceUs } = this.#initialUs;
    const isSinceEver = this.whileSinceUs[keyId] === -Infinity;
    if (isSinceEver !== (whileSinceUs === -Infinity)) this.whileSinceUs[keyId] = whileSinceUs;
  }
}

const KEY_BYTES = ['isWatched', 'rank', 'clearTruth'] as const; // 0 at first
const LEVEL_BYTES = ['truth'] as const; // 0 at first
const KEY_TIMES = [
  'dueUs',
  'raisedUs',
  'notBeforeUs',
  'lastRowUs',
  'whileSinceUs',
  'clearSinceUs',
  'lastHeldUs',
] as const;
const LEVEL_TIMES = ['pendingSinceUs', 'notHeldSinceUs'] as const;

const BYTES_PER_KEY = KEY_BYTES.length + KEY_TIMES.length * 8;
const BYTES_PER_LEVEL = LEVEL_BYTES.length + LEVEL_TIMES.length * 8;

type TimeName = (typeof KEY_TIMES)[number] | (typeof LEVEL_TIMES)[number];
type InitialTimes = { readonly [K in TimeName]: number };

const INITIAL_US: Omit<InitialTimes, 'whileSinceUs'> = {
  dueUs: Infinity,
  raisedUs: -Infinity,
  notBeforeUs: -Infinity,
  lastRowUs: 0,
  clearSinceUs: Infinity,
  lastHeldUs: Infinity,
  pendingSinceUs: Infinity,
  notHeldSinceUs: Infinity,
};

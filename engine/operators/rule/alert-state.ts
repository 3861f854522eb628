import { type RuleNode, SEVERITIES } from '../../../dsl/plan.ts';
import type { Snapshot } from '../../operator.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from '../../state/gather.ts';
import { growFloat64, growUint32, growUint8 } from '../../state/growable.ts';
import type { KeySlots } from './key-slots.ts';

/** Of how many slots, of rules of several forms, something is due at some time. */
export type DueSlots = { count: number };

/**
 * What rules of one form know of keys, in arrays by slot, or by slot × levels + level. A key of a rule gets a slot when there is
 * something to know: of thousands of rules most know nothing of most keys. Infinity stands for "not now" in every time. The
 * initial values are those of a key that has no slot. A key that is not watched is quiet: nothing of it is due (`dueUs` is
 * Infinity). Rules are numbers.
 */
export class AlertState {
  readonly #levelCount: number;
  readonly #initialUs: InitialTimes;
  readonly #slotsOfKeys: KeySlots;
  readonly #due: DueSlots;
  #keyOfSlot: Uint32Array = new Uint32Array(0);
  readonly #freeSlots: number[] = []; // bound: the keys of the rules
  readonly #known: number[] = []; // by rule: how many of its keys have a slot
  #knownCount = 0;

  /** Whose the slot is. */
  ruleOf: Uint32Array = new Uint32Array(0);
  /** 1 while a level's condition holds or the alert fires, when every row matters. Set by `watch`. */
  isWatched: Uint8Array = new Uint8Array(0);
  watchedCount = 0;
  /** That are in use, or were. */
  slotCount = 0;
  /** 1: before `dueUs`, a row that says what the one before it said changes nothing. Only ever 1 where it is watched. */
  isSteady: Uint8Array = new Uint8Array(0);
  /** When a timer of the key is next due. Set by `setDue`. */
  dueUs: Float64Array = new Float64Array(0);
  /** 0: no alert; else the severity's place in SEVERITIES, counted from 1. Set by `setRank`. */
  rank: Uint8Array = new Uint8Array(0);
  #countByRank: Float64Array = new Float64Array(0); // by rule × RANKS + rank; of 0, below 0: how many are not 0
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

  constructor(node: RuleNode, slotsOfKeys: KeySlots, due: DueSlots) {
    this.#slotsOfKeys = slotsOfKeys;
    this.#due = due;
    this.#levelCount = node.levels.length;
    this.#initialUs = { ...INITIAL_US, whileSinceUs: node.while === null ? -Infinity : Infinity };
  }

  get bytesPerKey(): number {
    return this.#slotsOfKeys.bytesPerKey + BYTES_PER_SLOT + this.#levelCount * BYTES_PER_LEVEL;
  }

  /** Returns its number. */
  addRule(): number {
    const rule = this.#known.push(0) - 1;
    this.#countByRank = growFloat64(this.#countByRank, this.#known.length * RANKS);
    return rule;
  }

  /** For how many slots there is room. */
  get room(): number {
    return this.rank.length;
  }

  /** Of what is kept for all rules, which part is the rule's. */
  shareOf(rule: number): number {
    return this.#knownCount === 0 ? 1 / this.#known.length : this.#known[rule]! / this.#knownCount;
  }

  get stateBytes(): number {
    const byKey = this.#slotsOfKeys.stateBytes + this.#keyOfSlot.byteLength + this.ruleOf.byteLength;
    return byKey + this.rank.length * BYTES_PER_SLOT + this.truth.length * BYTES_PER_LEVEL;
  }

  reserveKeys(count: number): void {
    this.#slotsOfKeys.reserve(count);
  }

  /** −1: there is nothing to know of the key. */
  find(keyId: number, rule: number): number {
    return this.#slotsOfKeys.find(keyId, rule);
  }

  /** The key's slot, which is a new one where it had none; there is room for the key. */
  slotOf(keyId: number, rule: number): number {
    const found = this.find(keyId, rule);
    if (found !== NONE) return found;
    const slot = this.#freeSlots.pop() ?? this.#addSlot();
    this.#slotsOfKeys.set(keyId, rule, slot);
    this.#keyOfSlot[slot] = keyId;
    this.ruleOf[slot] = rule;
    this.#known[rule]!++;
    this.#knownCount++;
    return slot;
  }

  keyOf(slot: number): number {
    return this.#keyOfSlot[slot]!;
  }

  watch(slot: number, isWatched: boolean): void {
    const now = isWatched ? 1 : 0;
    if (this.isWatched[slot] === now) return;
    this.watchedCount += isWatched ? 1 : -1;
    this.isWatched[slot] = now;
    this.#slotsOfKeys.watch(this.keyOf(slot), this.ruleOf[slot]!, isWatched);
  }

  setDue(slot: number, dueUs: number): void {
    this.#due.count += (dueUs < Infinity ? 1 : 0) - (this.dueUs[slot]! < Infinity ? 1 : 0);
    this.dueUs[slot] = dueUs;
  }

  setRank(slot: number, rank: number): void {
    const first = this.ruleOf[slot]! * RANKS;
    this.#countByRank[first + this.rank[slot]!]!--;
    this.#countByRank[first + rank]!++;
    this.rank[slot] = rank;
  }

  /** Alerts of the rule that fire, by severity, the lowest first; empty: none does. */
  openAlerts(rule: number): readonly number[] {
    const first = rule * RANKS;
    return this.#countByRank[first] === 0 ? [] : [...this.#countByRank.subarray(first + 1, first + RANKS)];
  }

  firingSlots(rule: number): number[] {
    if (this.#countByRank[rule * RANKS] === 0) return [];
    return this.slotsOfRule(rule).filter(slot => this.rank[slot] !== 0);
  }

  /** Cost: linear in all slots. */
  slotsOfRule(rule: number): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.slotCount; slot++) {
      if (this.ruleOf[slot] === rule && this.find(this.keyOf(slot), rule) === slot) slots.push(slot);
    }
    return slots;
  }

  nextDueUs(keyId: number, rule: number): number {
    const slot = this.watchedCount === 0 ? NONE : this.find(keyId, rule);
    return slot === NONE ? Infinity : this.dueUs[slot]!;
  }

  /** Whether the alert fires or a level is pending. A level may hold without: its gap has passed, or `while` is off. */
  isPending(keyId: number, rule: number): boolean {
    const slot = this.find(keyId, rule);
    if (slot === NONE || this.isWatched[slot] === 0) return false;
    const first = slot * this.#levelCount;
    const ofLevels = this.pendingSinceUs.subarray(first, first + this.#levelCount);
    return this.rank[slot] !== 0 || ofLevels.some(sinceUs => sinceUs !== Infinity);
  }

  /** The slot is free. */
  forget(slot: number): void {
    this.watch(slot, false);
    this.isSteady[slot] = 0;
    this.setDue(slot, Infinity);
    this.setRank(slot, 0);
    const first = slot * this.#levelCount;
    const end = first + this.#levelCount;
    for (const name of SLOT_BYTES) this[name][slot] = 0;
    for (const name of LEVEL_BYTES) this[name].fill(0, first, end);
    for (const name of SLOT_TIMES) this[name][slot] = this.#initialUs[name];
    for (const name of LEVEL_TIMES) this[name].fill(this.#initialUs[name], first, end);
    this.#slotsOfKeys.delete(this.keyOf(slot), this.ruleOf[slot]!);
    this.#known[this.ruleOf[slot]!]!--;
    this.#knownCount--;
    this.#freeSlots.push(slot);
  }

  /** Of the keys, in their order: which have a slot, and these slots. */
  slotsOf(keyIds: Uint32Array, rule: number): { readonly isKnown: Uint8Array; readonly slots: Uint32Array } {
    const isKnown = new Uint8Array(keyIds.length);
    const known = this.#known[rule]!;
    const slots = new Uint32Array(Math.min(known, keyIds.length));
    let count = 0;
    for (let i = 0; i < keyIds.length && count < known; i++) {
      const slot = this.find(keyIds[i]!, rule);
      if (slot === NONE) continue;
      isKnown[i] = 1;
      slots[count++] = slot;
    }
    return { isKnown, slots: slots.subarray(0, count) };
  }

  /** New slots for keys that had one, in their order; −1 where the key, a negative one, is left out. */
  reopenSlots(isKnown: Uint8Array, keyIds: Int32Array, rule: number): Int32Array {
    const keys = keyIds.filter((_, i) => isKnown[i] === 1);
    this.#reserveSlots(this.slotCount + keys.length);
    return keys.map(keyId => (keyId < 0 ? NONE : this.slotOf(keyId, rule)));
  }

  /** Columns by slot, those of levels by slot and then by level. */
  snapshot(slots: Uint32Array): Snapshot {
    const width = this.#levelCount;
    return Object.fromEntries([
      ['isWatched', gatherUint8(this.isWatched, slots)],
      ...SLOT_BYTES.map(name => [name, gatherUint8(this[name], slots)]),
      ...LEVEL_BYTES.map(name => [name, gatherUint8(this[name], slots, width)]),
      ...SLOT_TIMES.map(name => [name, gatherFloat64(this[name], slots)]),
      ...LEVEL_TIMES.map(name => [name, gatherFloat64(this[name], slots, width)]),
    ]);
  }

  /** The slots are those of `reopenSlots`. */
  restore(snapshot: Snapshot, slots: Int32Array): void {
    const width = this.#levelCount;
    const bytes = (name: string) => snapshot[name] as Uint8Array;
    const times = (name: string) => snapshot[name] as Float64Array;
    for (const name of SLOT_BYTES) scatterUint8(bytes(name), slots, this[name]);
    for (const name of LEVEL_BYTES) scatterUint8(bytes(name), slots, this[name], width);
    for (const name of SLOT_TIMES) scatterFloat64(times(name), slots, this[name]);
    for (const name of LEVEL_TIMES) scatterFloat64(times(name), slots, this[name], width);
    slots.forEach((slot, row) => {
      if (slot < 0) return;
      this.watch(slot, bytes('isWatched')[row] === 1);
      if (this.dueUs[slot]! < Infinity) this.#due.count++;
      const first = this.ruleOf[slot]! * RANKS;
      this.#countByRank[first]!--;
      this.#countByRank[first + this.rank[slot]!]!++;
      this.#fitWhile(slot);
    });
  }

  #addSlot(): number {
    this.#reserveSlots(this.slotCount + 1);
    return this.slotCount++;
  }

  #reserveSlots(count: number): void {
    if (count <= this.rank.length) return;
    for (const name of SLOT_BYTES) this[name] = growUint8(this[name], count);
    this.isWatched = growUint8(this.isWatched, count);
    this.isSteady = growUint8(this.isSteady, count);
    const room = this.rank.length; // of all of them
    const levels = room * this.#levelCount;
    this.#keyOfSlot = growUint32(this.#keyOfSlot, room);
    this.ruleOf = growUint32(this.ruleOf, room);
    for (const name of LEVEL_BYTES) this[name] = growUint8(this[name], levels);
    for (const name of SLOT_TIMES) this[name] = growFloat64(this[name], room, this.#initialUs[name]);
    for (const name of LEVEL_TIMES) this[name] = growFloat64(this[name], levels, this.#initialUs[name]);
  }

  /** Its rule may have got a `while` since, or lost it: only without one it holds since ever. */
  #fitWhile(slot: number): void {
    const { whileSinceUs } = this.#initialUs;
    const isSinceEver = this.whileSinceUs[slot] === -Infinity;
    if (isSinceEver !== (whileSinceUs === -Infinity)) this.whileSinceUs[slot] = whileSinceUs;
  }
}

const NONE = -1;
const RANKS = SEVERITIES.length + 1;

const SLOT_BYTES = ['rank', 'clearTruth'] as const; // 0 at first
const LEVEL_BYTES = ['truth'] as const; // 0 at first
const SLOT_TIMES = [
  'dueUs',
  'raisedUs',
  'notBeforeUs',
  'lastRowUs',
  'whileSinceUs',
  'clearSinceUs',
  'lastHeldUs',
] as const;
const LEVEL_TIMES = ['pendingSinceUs', 'notHeldSinceUs'] as const;

const BYTES_PER_SLOT = 2 + SLOT_BYTES.length + SLOT_TIMES.length * 8;
const BYTES_PER_LEVEL = LEVEL_BYTES.length + LEVEL_TIMES.length * 8;

type TimeName = (typeof SLOT_TIMES)[number] | (typeof LEVEL_TIMES)[number];
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

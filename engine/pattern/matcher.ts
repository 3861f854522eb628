import type { MatchNode } from '../../dsl/plan.ts';
import type { Frame, OperatorContext } from '../operator.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import { COMPLETE, OVER, START } from './automaton.ts';
import { EventTests } from './event-tests.ts';
import { MatchSlots } from './match-slots.ts';

const NONE = -1;
const NOTHING: readonly number[] = [];

/** Hears of matches, or of those that did not come to an end in time, in order. */
export type Completed = { row(timeUs: number, place: number): void };

/** `keyId`, `timeUs`: of the first one, and of the row that began one too many. */
type Dropped = { readonly keyId: number; readonly timeUs: number; readonly count: number };

/**
 * The partial matches of all keys, and what rows and time make of them. Order: docs/decisions/0024. A row that no partial
 * match of its key and no first step looks at costs one comparison; else the cost is that of the key's partial matches.
 */
export class Matcher {
  readonly slots: MatchSlots;
  readonly tests: EventTests;
  /** By key: rows that anything looks at, bit by bit, and when time alone changes something. */
  interest = new Int32Array(0);
  dueUs = new Float64Array(0);
  /** Partial matches that were dropped since this was last asked, as their key had too many; the first of them. */
  dropped: Dropped | null = null;
  /** Nothing comes of time alone: what is over may stay until a row is looked at. */
  readonly isSilent: boolean;
  readonly #node: MatchNode;
  readonly #completed: Completed;
  readonly #isForTimeouts: boolean;
  readonly #skipsPastLast: boolean;
  /** What is always looked at: first steps, and absences that look back. */
  readonly #ownInterest: number;

  constructor(node: MatchNode, context: OperatorContext, completed: Completed) {
    this.#node = node;
    this.#completed = completed;
    this.slots = new MatchSlots(node, context);
    this.tests = new EventTests(node, this.slots, context);
    const { absences } = this.slots.automaton.pattern;
    this.#isForTimeouts = node.on === 'timeout';
    this.isSilent = !this.#isForTimeouts && absences.length === 0;
    this.#skipsPastLast = node.skip === 'past-last';
    this.#ownInterest = this.slots.automaton.interest[START]! | this.tests.backEvents;
  }

  reserveKeys(keys: number): void {
    if (this.interest.length >= keys) return;
    this.interest = growInt32(this.interest, keys, this.#ownInterest);
    const { length } = this.interest; // more than is asked for: all have room for as many
    this.dueUs = growFloat64(this.dueUs, length, Infinity);
    this.slots.matches.reserveKeys(length);
    this.tests.lookedBack.reserveKeys(length);
  }

  /** Before the rows of a frame. */
  open(frame: Frame): void {
    this.slots.frame = frame;
    this.tests.open();
    this.slots.sweep();
  }

  /** A row of the frame that is of these events, as far as it says itself. */
  take(keyId: number, row: number, bits: number): void {
    const isDone = this.#takeAll(keyId, row, bits) && this.#skipsPastLast;
    if (!isDone) this.#start(keyId, row, bits);
    if ((bits & this.tests.backEvents) !== 0) this.tests.note(keyId, row, bits);
  }

  /** All that is due of the key up to a watermark: per instant, first absences, then what is not complete in time. */
  moveTo(keyId: number, watermarkUs: number): void {
    if (this.slots.matches.isInOrder) return this.#endOldest(keyId, watermarkUs);
    for (let dueUs = this.dueUs[keyId]!; dueUs <= watermarkUs; dueUs = this.dueUs[keyId]!) {
      this.#comeDue(keyId, dueUs);
      this.#endThose(keyId, dueUs);
      this.refresh(keyId);
    }
  }

  /** Whether time alone may make a row of what is there. */
  hasRowsToCome(keyId: number): boolean {
    const { matches, automaton } = this.slots;
    if (keyId >= this.dueUs.length || matches.count[keyId] === 0) return false;
    if (this.#isForTimeouts) return true;
    for (const slot of matches.of(keyId)) if (automaton.states[matches.state[slot]!]!.pending.length > 0) return true;
    return false;
  }

  forget(keyId: number): void {
    if (keyId >= this.dueUs.length) return;
    this.#dropAll(keyId);
    this.tests.lookedBack.forget(keyId);
    this.refresh(keyId);
  }

  /** After the list of a key has changed. */
  refresh(keyId: number): void {
    const { matches, automaton } = this.slots;
    let looksAt = this.#ownInterest;
    let dueUs = Infinity;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; slot = matches.next[slot]!) {
      looksAt |= automaton.interest[matches.state[slot]!]! | this.tests.guardEvents;
      dueUs = Math.min(dueUs, matches.dueUs[slot]!);
    }
    this.interest[keyId] = looksAt;
    this.dueUs[keyId] = dueUs;
  }

  get stateBytes(): number {
    const byKey = this.interest.byteLength + this.dueUs.byteLength;
    return byKey + this.slots.stateBytes + this.tests.lookedBack.stateBytes;
  }

  // ---------------------------------------------------------------- rows

  /** By each partial match, the oldest first; returns whether any is complete. */
  #takeAll(keyId: number, row: number, bits: number): boolean {
    const { matches, automaton, crowds } = this.slots;
    const { guardEvents } = this.tests;
    const { next, state } = matches;
    let looksAt = this.#ownInterest;
    let dueUs = Infinity;
    let isComplete = false;
    let before = NONE;
    crowds.open();
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const crowd = crowds.of[slot];
      const own = bits & (automaton.interest[state[slot]!]! | guardEvents);
      const bound = this.#boundIfAllStay(state[slot]!, own);
      if (bound !== null && crowd !== undefined) {
        if (bound.length > 0) crowds.bind(crowd, bound, this.slots.frame!, row);
        looksAt |= automaton.interest[state[slot]!]! | guardEvents;
        if (crowd.dueUs < dueUs) dueUs = crowd.dueUs;
        before = crowd.last;
        slot = next[before]!;
        continue;
      }
      crowds.dissolveAt(slot);
      const after = next[slot]!;
      const target = bound === null ? this.#takeOne(keyId, slot, row, own) : state[slot]!;
      if (target >= 0) {
        looksAt |= automaton.interest[target]! | guardEvents;
        if (matches.dueUs[slot]! < dueUs) dueUs = matches.dueUs[slot]!;
        if (bound !== null) this.#stay(slot, row, { bound, before });
        before = slot;
      } else {
        if (target === COMPLETE) {
          isComplete = true;
          this.#complete(slot, this.#timeUs(row));
          if (this.#skipsPastLast) {
            this.#dropAll(keyId);
            return true;
          }
        }
        matches.remove(keyId, slot, before);
      }
      slot = after;
    }
    this.interest[keyId] = looksAt;
    this.dueUs[keyId] = dueUs;
    return isComplete;
  }

  /** The events that the row is bound to, where it alone decides, and all that are in the state stay there; null: it is not so. */
  #boundIfAllStay(state: number, bits: number): readonly number[] | null {
    if (bits === 0) return NOTHING;
    if ((bits & this.tests.decidedApart) !== 0) return null;
    const { isSteady, binds } = this.slots.automaton.take(state, bits);
    return isSteady ? binds : null;
  }

  #stay(
    slot: number,
    row: number,
    { bound, before }: { readonly bound: readonly number[]; readonly before: number },
  ): void {
    const { values, frame, copies, crowds } = this.slots;
    for (const event of bound) values.bind(event, frame!, row, slot * copies);
    crowds.standBy(slot, before);
  }

  /** Returns the state that the partial match is in then, COMPLETE or OVER. */
  #takeOne(keyId: number, slot: number, row: number, looked: number): number {
    const { slots, tests } = this;
    const state = slots.matches.state[slot]!;
    const bits = tests.eventsFor(keyId, slot, row, looked);
    const guards = bits & tests.guardEvents;
    const steps = bits & ~guards;
    const transition = steps === 0 ? undefined : slots.automaton.take(state, steps);
    const isComplete = transition?.target === COMPLETE;
    if (guards !== 0 && !isComplete && tests.isEnded(slot, guards, transition)) return OVER;
    if (transition === undefined) return state;
    const { target, hasEffects } = transition;
    if (hasEffects) slots.apply(transition, slot, row, this.#timeUs(row));
    if (target >= 0 && (target !== state || hasEffects)) slots.enter(slot, target);
    return target;
  }

  /** A match of its own, if the row is a first event. */
  #start(keyId: number, row: number, looked: number): void {
    const { slots } = this;
    const { automaton, matches } = slots;
    const first = looked & automaton.interest[START]!;
    const bits = first === 0 ? 0 : this.tests.firstEvents(keyId, row, first);
    if (bits === 0) return;
    const transition = automaton.take(START, bits);
    if (transition.target === OVER) return;
    const timeUs = this.#timeUs(row);
    const slot = slots.allocate();
    matches.firstUs[slot] = timeUs;
    slots.apply(transition, slot, row, timeUs);
    if (transition.target === COMPLETE) {
      this.#complete(slot, timeUs);
      matches.free(slot);
      if (this.#skipsPastLast) this.#dropAll(keyId);
      return;
    }
    slots.enter(slot, transition.target);
    while (matches.count[keyId]! >= this.#node.maxPartial) this.#dropOldest(keyId, timeUs);
    matches.append(keyId, slot);
    this.interest[keyId]! |= automaton.interest[transition.target]! | this.tests.guardEvents;
    this.dueUs[keyId] = Math.min(this.dueUs[keyId]!, matches.dueUs[slot]!);
  }

  // ---------------------------------------------------------------- time

  /** Where nothing but the end of the whole comes due, and so of the oldest first. */
  #endOldest(keyId: number, watermarkUs: number): void {
    const { matches, crowds } = this.slots;
    let slot = matches.oldest[keyId]!;
    while (slot !== NONE && matches.dueUs[slot]! <= watermarkUs) {
      const after = matches.next[slot]!;
      if (this.#isForTimeouts) crowds.settleOldest(slot);
      this.#showTimeout(slot, matches.dueUs[slot]!);
      this.#removeOldest(keyId, slot);
      slot = after;
    }
    this.dueUs[keyId] = slot === NONE ? Infinity : matches.dueUs[slot]!;
    if (slot === NONE) this.interest[keyId] = this.#ownInterest;
  }

  /** What is over at this instant waits. */
  #comeDue(keyId: number, dueUs: number): void {
    const { matches, crowds } = this.slots;
    let before = NONE;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const after = matches.next[slot]!;
      const isDue = matches.dueUs[slot] === dueUs && this.slots.endUs(slot) > dueUs;
      if (isDue) crowds.dissolveAt(slot);
      const target = isDue ? this.slots.comeDue(slot, dueUs) : START;
      if (target === COMPLETE) {
        this.#complete(slot, dueUs);
        if (this.#skipsPastLast) return this.#dropAll(keyId);
      } else if (target === OVER) {
        this.#showTimeout(slot, dueUs);
      }
      if (target < 0) matches.remove(keyId, slot, before);
      else before = slot;
      slot = after;
    }
  }

  /** Those that are not complete in time. */
  #endThose(keyId: number, dueUs: number): void {
    const { matches, crowds } = this.slots;
    let before = NONE;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const after = matches.next[slot]!;
      if (this.slots.endUs(slot) === dueUs) {
        crowds.dissolveAt(slot);
        this.#showTimeout(slot, dueUs);
        matches.remove(keyId, slot, before);
      } else {
        before = slot;
      }
      slot = after;
    }
  }

  // ---------------------------------------------------------------- ends

  #complete(slot: number, timeUs: number): void {
    if (!this.#isForTimeouts) this.#show(slot, timeUs);
  }

  #showTimeout(slot: number, timeUs: number): void {
    if (this.#isForTimeouts) this.#show(slot, timeUs);
  }

  #show(slot: number, timeUs: number): void {
    const place = slot * this.slots.copies;
    this.slots.values.settle(place);
    this.#completed.row(timeUs, place);
  }

  #dropOldest(keyId: number, timeUs: number): void {
    const { matches } = this.slots;
    this.#removeOldest(keyId, matches.oldest[keyId]!);
    this.dropped = { ...(this.dropped ?? { keyId, timeUs }), count: (this.dropped?.count ?? 0) + 1 };
    if (!matches.isInOrder) return this.refresh(keyId);
    const oldest = matches.oldest[keyId]!;
    this.dueUs[keyId] = oldest === NONE ? Infinity : matches.dueUs[oldest]!;
  }

  #removeOldest(keyId: number, slot: number): void {
    this.slots.crowds.leaveOldest(slot);
    this.slots.matches.remove(keyId, slot, NONE);
  }

  #dropAll(keyId: number): void {
    this.slots.crowds.forget(keyId);
    this.slots.matches.removeAll(keyId);
    this.interest[keyId] = this.#ownInterest;
    this.dueUs[keyId] = Infinity;
  }

  #timeUs(row: number): number {
    return this.slots.frame!.timeUs[row]!;
  }
}

import type { MatchNode } from '../../dsl/plan.ts';
import { compileTest, type RowTest } from '../expression/compile.ts';
import type { Frame, OperatorContext } from '../operator.ts';
import { growFloat64, growInt32 } from '../state/growable.ts';
import { Automaton, COMPLETE, OVER, START, type State, type Transition } from './automaton.ts';
import { BoundValues } from './bound-values.ts';
import { compilePattern } from './compile-pattern.ts';
import { LookedBack } from './looked-back.ts';
import { PartialMatches } from './partial-matches.ts';

const NONE = -1;

/** More states than this are kept only where partial matches are in them. */
const MAX_IDLE_STATES = 4_096;

/** Hears of matches, or of those that did not come to an end in time, in order. */
export type Completed = { row(keyId: number, timeUs: number, place: number): void };

/** `keyId`, `timeUs`: of the first one, and of the row that began one too many. */
type Dropped = { readonly keyId: number; readonly timeUs: number; readonly count: number };

/**
 * The partial matches of all keys, and what rows and time make of them. Order: docs/decisions/0024. A row that no partial
 * match of its key and no first step looks at costs one comparison; else the cost is that of the key's partial matches.
 */
export class Matcher {
  readonly values: BoundValues;
  readonly matches: PartialMatches;
  readonly lookedBack: LookedBack;
  /** Places of a partial match: its own, and where values are put aside. */
  readonly copies: number;
  readonly automaton: Automaton;
  /** Rows that anything of a key looks at, bit by bit, and when time alone changes something of it. */
  interest = new Int32Array(0);
  dueUs = new Float64Array(0);
  /** Events that any row was bound to, bit by bit, since this matcher was made. */
  reachedEvents = 0;
  /** Partial matches that were dropped since this was last asked, as their key had too many; the first of them. */
  dropped: Dropped | null = null;
  /** Nothing comes of time alone: what is over may stay until a row is looked at. */
  readonly isSilent: boolean;
  readonly #node: MatchNode;
  readonly #completed: Completed;
  readonly #withinUs: number;
  readonly #isForTimeouts: boolean;
  readonly #skipsPastLast: boolean;
  readonly #tests: readonly (RowTest | null)[]; // by event
  readonly #testedEvents: number;
  readonly #guardEvents: number;
  readonly #absenceEvents: number;
  readonly #decidedApart: number; // of these events it depends on the partial match whether a row is one, and what that does
  readonly #backEvents: number; // of absences that look back
  readonly #backAbsences: readonly number[];
  /** Whether older partial matches are always due before newer ones. */
  readonly #isInOrder: boolean;
  #maxStates = MAX_IDLE_STATES;
  /** What is always looked at: first steps, and absences that look back. */
  #ownInterest = 0;
  readonly #run: Run = { places: new Int32Array(64), length: 0, last: 0, dueUs: 0 };
  #open: (((row: number, place: number) => boolean) | undefined)[] = [];
  #frame: Frame | undefined;

  constructor(node: MatchNode, context: OperatorContext, completed: Completed) {
    const pattern = compilePattern(node.root);
    this.#node = node;
    this.#completed = completed;
    this.automaton = new Automaton(pattern);
    this.copies = 1 + Math.max(0, ...pattern.groups.map(group => group.copy));
    this.#withinUs = node.withinUs ?? Infinity;
    this.#isForTimeouts = node.on === 'timeout';
    this.isSilent = !this.#isForTimeouts && pattern.absences.length === 0;
    this.#skipsPastLast = node.skip === 'past-last';
    this.values = new BoundValues(node, context);
    const { absences, withinUs } = pattern;
    this.#isInOrder = absences.length === 0 && withinUs.length === 0;
    this.matches = new PartialMatches({ absences: absences.length, withins: withinUs.length, copies: this.copies });
    const bound = node.values.map(value => value.name);
    this.#tests = node.events.map(({ name, condition }) => {
      return condition && compileTest(condition, { ...context, bound, name: `${node.id}/${name}` });
    });
    this.#testedEvents = bitsOf(node.events.flatMap(({ condition }, event) => (condition === null ? [] : [event])));
    this.#guardEvents = bitsOf(node.unless.map(guard => guard.event));
    this.#absenceEvents = bitsOf(pattern.absences.map(absence => absence.event));
    const backOf = this.automaton.states[START]!.back;
    this.#decidedApart = this.#testedEvents | this.#guardEvents | this.#absenceEvents | bitsOf([...backOf.keys()]);
    const back = new Set([...backOf.values()].flat());
    this.#backAbsences = [...back];
    this.#backEvents = bitsOf(this.#backAbsences.map(absence => pattern.absences[absence]!.event));
    this.#ownInterest = this.automaton.interest[START]! | this.#backEvents;
    this.lookedBack = new LookedBack(back.size === 0 ? 0 : pattern.absences.length);
    this.#reservePlaces(this.matches.state.length);
    this.#clear(0);
  }

  get source(): string {
    return this.#tests.flatMap(test => (test === null ? [] : [test.source])).join('\n');
  }

  get bytesPerMatch(): number {
    return this.matches.bytesPerSlot + this.values.bytesPerPlace * this.copies;
  }

  reserveKeys(keys: number): void {
    if (this.interest.length >= keys) return;
    this.matches.reserveKeys(keys);
    this.lookedBack.reserveKeys(keys);
    this.interest = growInt32(this.interest, keys, this.#ownInterest);
    this.dueUs = growFloat64(this.dueUs, keys, Infinity);
  }

  /** Before the rows of a frame. */
  open(frame: Frame): void {
    this.#frame = frame;
    this.#open = [];
    if (this.automaton.states.length > this.#maxStates) this.#sweep();
  }

  /** A row of the frame that is of these events, as far as it says itself. */
  take(keyId: number, row: number, bits: number): void {
    const isDone = this.#takeAll(keyId, row, bits) && this.#skipsPastLast;
    if (!isDone) this.#start(keyId, row, bits);
    if ((bits & this.#backEvents) !== 0) this.#note(keyId, row, bits);
  }

  /** All that is due of the key up to a watermark: per instant, first absences, then what is not complete in time. */
  moveTo(keyId: number, watermarkUs: number): void {
    for (let dueUs = this.dueUs[keyId]!; dueUs <= watermarkUs; dueUs = this.dueUs[keyId]!) {
      this.#comeDue(keyId, dueUs);
      this.#endThose(keyId, dueUs);
      this.refresh(keyId);
    }
  }

  /** Whether time alone may make a row of what is there. */
  hasRowsToCome(keyId: number): boolean {
    if (keyId >= this.dueUs.length || this.matches.count[keyId] === 0) return false;
    if (this.#isForTimeouts) return true;
    const { states } = this.automaton;
    for (const slot of this.matches.of(keyId)) if (states[this.matches.state[slot]!]!.pending.length > 0) return true;
    return false;
  }

  forget(keyId: number): void {
    if (keyId >= this.dueUs.length) return;
    this.matches.removeAll(keyId);
    this.lookedBack.forget(keyId);
    this.refresh(keyId);
  }

  /** An empty slot, as the newest of the key. */
  restoreOne(keyId: number): number {
    const slot = this.matches.allocate(slots => this.#reservePlaces(slots));
    this.#clear(slot);
    this.matches.append(keyId, slot);
    return slot;
  }

  get stateBytes(): number {
    const byKey = this.interest.byteLength + this.dueUs.byteLength;
    return byKey + this.matches.stateBytes + this.values.stateBytes + this.lookedBack.stateBytes;
  }

  // ---------------------------------------------------------------- rows

  /** By each partial match, the oldest first; returns whether any is complete. */
  #takeAll(keyId: number, row: number, bits: number): boolean {
    const { matches, automaton } = this;
    const { next, state } = matches;
    const isDecidedByRow = (bits & this.#decidedApart) === 0;
    let looksAt = this.#ownInterest;
    let dueUs = Infinity;
    let isComplete = false;
    let before = NONE;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const own = bits & (automaton.interest[state[slot]!]! | this.#guardEvents);
      if (own !== 0 && isDecidedByRow) {
        const transition = automaton.take(state[slot]!, own);
        if (transition.isSteady) {
          const run = this.#bindRun(slot, row, transition.binds);
          looksAt |= automaton.interest[state[slot]!]! | this.#guardEvents;
          if (run.dueUs < dueUs) dueUs = run.dueUs;
          before = run.last;
          slot = next[run.last]!;
          continue;
        }
      }
      const after = next[slot]!;
      const target = own === 0 ? state[slot]! : this.#takeOne(keyId, slot, row, own);
      if (target >= 0) {
        looksAt |= automaton.interest[target]! | this.#guardEvents;
        const ownUs = matches.dueUs[slot]!;
        if (ownUs < dueUs) dueUs = ownUs;
        before = slot;
      } else {
        if (target === COMPLETE) {
          isComplete = true;
          this.#complete(keyId, slot, this.#frame!.timeUs[row]!);
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

  /** From a slot on, those in one state do the same with a row that decides all by itself, and stay there. */
  #bindRun(first: number, row: number, binds: readonly number[]): Run {
    const run = this.#run;
    collectRun(this.matches, first, this.copies, run);
    for (const event of binds) this.values.bindAll(event, this.#frame!, row, run.places, run.length);
    return run;
  }

  /** Returns the state that the partial match is in then, COMPLETE or OVER. */
  #takeOne(keyId: number, slot: number, row: number, looked: number): number {
    const { matches, automaton } = this;
    const state = matches.state[slot]!;
    const timeUs = this.#frame!.timeUs[row]!;
    const place = slot * this.copies;
    let bits = looked;
    if ((bits & this.#testedEvents) !== 0) bits = this.#tested(bits, row, place);
    if ((bits & this.#absenceEvents) !== 0) bits = this.#withoutEarly(bits, slot, timeUs);
    if (automaton.states[state]!.back.size > 0) bits = this.#lookBack(bits, keyId, automaton.states[state]!, timeUs);
    const guards = bits & this.#guardEvents;
    const steps = bits & ~guards;
    const transition = steps === 0 ? undefined : automaton.take(state, steps);
    if (guards !== 0 && this.#isEnded(slot, guards, transition)) return OVER;
    if (transition === undefined) return state;
    if (transition.hasEffects) this.#apply(transition, slot, row, timeUs);
    if (transition.target < 0 || (transition.target === state && !transition.hasEffects)) return transition.target;
    this.enter(slot, transition.target);
    return transition.target;
  }

  /** A match of its own, if the row is a first event. */
  #start(keyId: number, row: number, looked: number): void {
    const { matches, automaton } = this;
    let bits = looked & automaton.interest[START]!;
    if (bits === 0) return;
    const timeUs = this.#frame!.timeUs[row]!;
    if ((bits & this.#testedEvents) !== 0) bits = this.#tested(bits, row, 0);
    bits = this.#lookBack(bits, keyId, automaton.states[START]!, timeUs);
    if (bits === 0) return;
    const transition = automaton.take(START, bits);
    if (transition.target === OVER) return;
    const slot = matches.allocate(slots => this.#reservePlaces(slots));
    this.#clear(slot);
    matches.firstUs[slot] = timeUs;
    this.#apply(transition, slot, row, timeUs);
    if (transition.target === COMPLETE) {
      this.#complete(keyId, slot, timeUs);
      matches.free(slot);
      if (this.#skipsPastLast) this.#dropAll(keyId);
      return;
    }
    this.enter(slot, transition.target);
    while (matches.count[keyId]! >= this.#node.maxPartial) this.#dropOldest(keyId, timeUs);
    matches.append(keyId, slot);
    this.interest[keyId]! |= automaton.interest[transition.target]! | this.#guardEvents;
    this.dueUs[keyId] = Math.min(this.dueUs[keyId]!, matches.dueUs[slot]!);
  }

  /** Without events whose conditions do not hold beside what is bound. */
  #tested(looked: number, row: number, place: number): number {
    let bits = looked;
    for (let rest = looked & this.#testedEvents; rest !== 0; rest &= rest - 1) {
      const event = 31 - Math.clz32(rest & -rest);
      const test = (this.#open[event] ??= this.#tests[event]!.open(this.#frame!, this.values.columns));
      if (!test(row, place)) bits &= ~(1 << event);
    }
    return bits;
  }

  /** Without events of absences that are waited for since this very instant. */
  #withoutEarly(looked: number, slot: number, timeUs: number): number {
    const { absences } = this.automaton.pattern;
    let bits = looked;
    for (const absence of this.automaton.states[this.matches.state[slot]!]!.pending) {
      const sinceUs = this.matches.absenceUs[slot * absences.length + absence]!;
      if (timeUs <= sinceUs) bits &= ~(1 << absences[absence]!.event);
    }
    return bits;
  }

  /** Without events that something must not have come before. */
  #lookBack(looked: number, keyId: number, { back }: State, timeUs: number): number {
    const { absences } = this.automaton.pattern;
    let bits = looked;
    for (const [event, those] of back) {
      if ((bits & (1 << event)) === 0) continue;
      const isBroken = those.some(
        absence => this.lookedBack.lastBefore(keyId, absence, timeUs) > timeUs - absences[absence]!.forUs,
      );
      if (isBroken) bits &= ~(1 << event);
    }
    return bits;
  }

  #note(keyId: number, row: number, bits: number): void {
    const seen = this.#tested(bits & this.#backEvents, row, 0);
    for (const absence of this.#backAbsences) {
      const { event } = this.automaton.pattern.absences[absence]!;
      if ((seen & (1 << event)) !== 0) this.lookedBack.note(keyId, absence, this.#frame!.timeUs[row]!);
    }
  }

  /** Whether a guard ends the partial match: not where the row completes it, nor where it is one of the guard's own ends. */
  #isEnded(slot: number, guards: number, transition: Transition | undefined): boolean {
    if (transition?.target === COMPLETE) return false;
    const bound = this.matches.bound[slot * this.copies]!;
    return this.#node.unless.some(({ event, between }) => {
      if ((guards & (1 << event)) === 0) return false;
      if (between === null) return true;
      const [from, to] = between;
      const isOpen = (bound & (1 << from)) !== 0 && (bound & (1 << to)) === 0;
      return isOpen && transition?.binds.some(binds => binds === from || binds === to) !== true;
    });
  }

  // ---------------------------------------------------------------- time

  /** Parts end that have a time of their own, and absences come due; what is over at this instant waits. */
  #comeDue(keyId: number, dueUs: number): void {
    const { matches } = this;
    let before = NONE;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const after = matches.next[slot]!;
      const isInTime = matches.firstUs[slot]! + this.#withinUs > dueUs;
      const target = matches.dueUs[slot] === dueUs && isInTime ? this.#moveOne(slot, dueUs) : START;
      if (target === COMPLETE) {
        this.#complete(keyId, slot, dueUs);
        if (this.#skipsPastLast) return this.#dropAll(keyId);
      } else if (target === OVER) {
        this.#showTimeout(keyId, slot, dueUs);
      }
      if (target < 0) matches.remove(keyId, slot, before);
      else before = slot;
      slot = after;
    }
  }

  #moveOne(slot: number, dueUs: number): number {
    const { matches, automaton } = this;
    const { absences } = automaton.pattern;
    const closing = this.#closing(slot, dueUs);
    let target = closing.at(-1)?.target ?? matches.state[slot]!;
    if (target === OVER) return OVER; // with what was bound until then
    const move = (transition: Transition): number => {
      if (transition.hasEffects) this.#apply(transition, slot, NONE, dueUs);
      return transition.target;
    };
    for (const transition of closing) move(transition);
    while (target >= 0) {
      const due = automaton.states[target]!.pending.find(absence => {
        return matches.absenceUs[slot * absences.length + absence]! + absences[absence]!.forUs === dueUs;
      });
      if (due === undefined) break;
      target = move(automaton.due(target, due));
    }
    if (target >= 0) this.enter(slot, target);
    return target;
  }

  /** What the ends of parts make of it whose time is over, one after the other. */
  #closing(slot: number, dueUs: number): readonly Transition[] {
    const { matches, automaton } = this;
    const { withinUs } = automaton.pattern;
    const state = matches.state[slot]!;
    const closing: Transition[] = [];
    let target = state;
    for (const within of automaton.states[state]!.deadlines) {
      if (target < 0) break;
      if (matches.endUs[slot * withinUs.length + within] !== dueUs) continue;
      const transition = automaton.close(target, within);
      closing.push(transition);
      ({ target } = transition);
    }
    return closing;
  }

  /** Those that are not complete in time. */
  #endThose(keyId: number, dueUs: number): void {
    const { matches } = this;
    let before = NONE;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; ) {
      const after = matches.next[slot]!;
      if (matches.firstUs[slot]! + this.#withinUs === dueUs) {
        this.#showTimeout(keyId, slot, dueUs);
        matches.remove(keyId, slot, before);
      } else {
        before = slot;
      }
      slot = after;
    }
  }

  // ---------------------------------------------------------------- partial matches

  #complete(keyId: number, slot: number, timeUs: number): void {
    if (!this.#isForTimeouts) this.#show(keyId, slot, timeUs);
  }

  #showTimeout(keyId: number, slot: number, timeUs: number): void {
    if (this.#isForTimeouts) this.#show(keyId, slot, timeUs);
  }

  #show(keyId: number, slot: number, timeUs: number): void {
    this.values.settle(slot * this.copies);
    this.#completed.row(keyId, timeUs, slot * this.copies);
  }

  /** `row`: NONE where time alone brings it about. */
  #apply({ saves, binds, clears, starts, begins }: Transition, slot: number, row: number, timeUs: number): void {
    const { matches, values } = this;
    const { groups, absences, withinUs } = this.automaton.pattern;
    const place = slot * this.copies;
    for (const group of saves) {
      const { copy, events } = groups[group]!;
      values.copy(place, place + copy, events);
      matches.bound[place + copy] = matches.bound[place]!;
    }
    for (const event of binds) {
      values.bind(event, this.#frame!, row, place);
      matches.bound[place]! |= 1 << event;
      this.reachedEvents |= 1 << event;
    }
    for (const { group, events } of clears) this.#letGo(place, groups[group]!.copy, events);
    for (const absence of starts) matches.absenceUs[slot * absences.length + absence] = timeUs;
    for (const within of begins) matches.endUs[slot * withinUs.length + within] = timeUs + withinUs[within]!;
  }

  /** What was bound to these events in this round of their group. */
  #letGo(place: number, copy: number, events: number): void {
    const { bound } = this.matches;
    if (copy === 0) this.values.clear(place, events);
    else this.values.copy(place + copy, place, events);
    bound[place] = (bound[place]! & ~events) | (copy === 0 ? 0 : bound[place + copy]! & events);
  }

  /** It is in this state now; its times are there. */
  enter(slot: number, state: number): void {
    const { matches } = this;
    const { absences, withinUs } = this.automaton.pattern;
    const { pending, deadlines } = this.automaton.states[state]!;
    let dueUs = matches.firstUs[slot]! + this.#withinUs;
    for (const absence of pending) {
      const ownUs = matches.absenceUs[slot * absences.length + absence]! + absences[absence]!.forUs;
      if (ownUs < dueUs) dueUs = ownUs;
    }
    for (const within of deadlines) {
      const ownUs = matches.endUs[slot * withinUs.length + within]!;
      if (ownUs < dueUs) dueUs = ownUs;
    }
    matches.state[slot] = state;
    matches.dueUs[slot] = dueUs;
  }

  #dropOldest(keyId: number, timeUs: number): void {
    const { matches } = this;
    matches.remove(keyId, matches.oldest[keyId]!, NONE);
    this.dropped = { ...(this.dropped ?? { keyId, timeUs }), count: (this.dropped?.count ?? 0) + 1 };
    if (!this.#isInOrder) return this.refresh(keyId);
    const oldest = matches.oldest[keyId]!;
    this.dueUs[keyId] = oldest === NONE ? Infinity : matches.dueUs[oldest]!;
  }

  #dropAll(keyId: number): void {
    this.matches.removeAll(keyId);
    this.interest[keyId] = this.#ownInterest;
    this.dueUs[keyId] = Infinity;
  }

  /** After the list of a key has changed. */
  refresh(keyId: number): void {
    const { matches } = this;
    let looksAt = this.#ownInterest;
    let dueUs = Infinity;
    for (let slot = matches.oldest[keyId]!; slot !== NONE; slot = matches.next[slot]!) {
      looksAt |= this.automaton.interest[matches.state[slot]!]! | this.#guardEvents;
      dueUs = Math.min(dueUs, matches.dueUs[slot]!);
    }
    this.interest[keyId] = looksAt;
    this.dueUs[keyId] = dueUs;
  }

  #clear(slot: number): void {
    const place = slot * this.copies;
    this.values.clear(place, 2 ** this.#node.events.length - 1);
    this.matches.bound[place] = 0;
  }

  /** States that nobody is in are worked out again when they are met. */
  #sweep(): void {
    const { matches, automaton } = this;
    const used = new Set<number>();
    for (let keyId = 0; keyId < matches.oldest.length; keyId++) {
      for (const slot of matches.of(keyId)) used.add(matches.state[slot]!);
    }
    const numbers = automaton.keepOnly(used);
    for (let keyId = 0; keyId < matches.oldest.length; keyId++) {
      for (const slot of matches.of(keyId)) matches.state[slot] = numbers[matches.state[slot]!]!;
    }
    this.#maxStates = Math.max(MAX_IDLE_STATES, automaton.states.length * 2);
  }

  #reservePlaces(slots: number): void {
    this.values.reserve(slots * this.copies);
  }
}

/** Partial matches side by side in one state: their places, the last slot, and when the first of them is due. */
type Run = { places: Int32Array; length: number; last: number; dueUs: number };

/** No call in the loop but where the array grows. benchmark: patterns */
function collectRun({ next, state, dueUs }: PartialMatches, first: number, copies: number, run: Run): void {
  const own = state[first]!;
  let { places } = run;
  let length = 0;
  let leastUs = Infinity;
  let last = first;
  for (let slot = first; slot !== NONE && state[slot] === own; slot = next[slot]!) {
    if (length === places.length) places = growInt32(places, length + 1);
    places[length++] = slot * copies;
    if (dueUs[slot]! < leastUs) leastUs = dueUs[slot]!;
    last = slot;
  }
  run.places = places;
  run.length = length;
  run.last = last;
  run.dueUs = leastUs;
}

function bitsOf(events: readonly number[]): number {
  return events.reduce((bits, event) => bits | (1 << event), 0);
}

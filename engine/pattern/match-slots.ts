import type { MatchNode } from '../../dsl/plan.ts';
import type { Frame, OperatorContext } from '../operator.ts';
import { Automaton, OVER, type Transition } from './automaton.ts';
import { BoundValues } from './bound-values.ts';
import { compilePattern } from './compile-pattern.ts';
import { Crowds } from './crowds.ts';
import { PartialMatches } from './partial-matches.ts';

/** More states than this are kept only where partial matches are in them. */
const MAX_IDLE_STATES = 4_096;

/** Of no row: time alone brings it about. */
export const NO_ROW = -1;

/** Partial matches by slot: what transitions do to the state, the times and the values of one. */
export class MatchSlots {
  readonly automaton: Automaton;
  readonly values: BoundValues;
  readonly matches: PartialMatches;
  readonly crowds: Crowds;
  /** Places of a partial match: its own, and where values are put aside. */
  readonly copies: number;
  /** Events that any row was bound to, bit by bit, since this was made. */
  reachedEvents = 0;
  /** Of the rows that are bound. */
  frame: Frame | undefined;
  readonly #withinUs: number; // of the whole
  readonly #allEvents: number;
  #maxStates = MAX_IDLE_STATES;

  constructor(node: MatchNode, context: OperatorContext) {
    const pattern = compilePattern(node.root);
    this.automaton = new Automaton(pattern);
    this.copies = 1 + Math.max(0, ...pattern.groups.map(group => group.copy));
    this.values = new BoundValues(node, context);
    const { absences, withinUs } = pattern;
    this.matches = new PartialMatches({ absences: absences.length, withins: withinUs.length, copies: this.copies });
    this.#withinUs = node.withinUs ?? Infinity;
    this.#allEvents = 2 ** node.events.length - 1;
    this.crowds = new Crowds(this.matches, this.values, this.copies);
    this.#reserve(this.matches.state.length);
    this.#clear(0);
  }

  get bytesPerMatch(): number {
    return this.matches.bytesPerSlot + this.values.bytesPerPlace * this.copies;
  }

  get stateBytes(): number {
    return this.matches.stateBytes + this.values.stateBytes + this.crowds.bytes;
  }

  /** A slot with nothing bound, which is in no list yet. */
  allocate(): number {
    const slot = this.matches.allocate(slots => this.#reserve(slots));
    this.#clear(slot);
    return slot;
  }

  /** When it is over, whatever it waits for. */
  endUs(slot: number): number {
    return this.matches.firstUs[slot]! + this.#withinUs;
  }

  apply({ saves, binds, clears, starts, begins }: Transition, slot: number, row: number, timeUs: number): void {
    const { matches, values } = this;
    const { groups, absences, withinUs } = this.automaton.pattern;
    const place = slot * this.copies;
    for (const group of saves) {
      const { copy, events } = groups[group]!;
      values.copy(place, place + copy, events);
      matches.bound[place + copy] = matches.bound[place]!;
    }
    for (const event of binds) {
      values.bind(event, this.frame!, row, place);
      matches.bound[place]! |= 1 << event;
      this.reachedEvents |= 1 << event;
    }
    for (const { group, events } of clears) this.#letGo(place, groups[group]!.copy, events);
    for (const absence of starts) matches.absenceUs[slot * absences.length + absence] = timeUs;
    for (const within of begins) matches.endUs[slot * withinUs.length + within] = timeUs + withinUs[within]!;
  }

  /** It is in this state now; its times are there. */
  enter(slot: number, state: number): void {
    const { matches } = this;
    const { absences, withinUs } = this.automaton.pattern;
    const { pending, deadlines } = this.automaton.states[state]!;
    let dueUs = this.endUs(slot);
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

  /** Parts end whose time is over at this instant, then absences come due; returns the state, COMPLETE or OVER. */
  comeDue(slot: number, dueUs: number): number {
    const { matches, automaton } = this;
    const { absences } = automaton.pattern;
    const closing = this.#closing(slot, dueUs);
    let target = closing.at(-1)?.target ?? matches.state[slot]!;
    if (target === OVER) return OVER; // with what was bound until then
    for (const transition of closing) this.#moveInTime(transition, slot, dueUs);
    while (target >= 0) {
      const due = automaton.states[target]!.pending.find(absence => {
        return matches.absenceUs[slot * absences.length + absence]! + absences[absence]!.forUs === dueUs;
      });
      if (due === undefined) break;
      target = this.#moveInTime(automaton.due(target, due), slot, dueUs);
    }
    if (target >= 0) this.enter(slot, target);
    return target;
  }

  /** States that nobody is in are worked out again when they are met. Between frames. */
  sweep(): void {
    if (this.automaton.states.length <= this.#maxStates) return;
    this.matches.renumber(used => this.automaton.keepOnly(used));
    this.#maxStates = Math.max(MAX_IDLE_STATES, this.automaton.states.length * 2);
  }

  /** What the ends of parts make of it whose time is over, one after the other. */
  #closing(slot: number, dueUs: number): readonly Transition[] {
    const { matches, automaton } = this;
    const { withinUs } = automaton.pattern;
    const closing: Transition[] = [];
    let target = matches.state[slot]!;
    for (const within of automaton.states[target]!.deadlines) {
      if (target < 0) break;
      if (matches.endUs[slot * withinUs.length + within] !== dueUs) continue;
      const transition = automaton.close(target, within);
      closing.push(transition);
      ({ target } = transition);
    }
    return closing;
  }

  #moveInTime(transition: Transition, slot: number, dueUs: number): number {
    if (transition.hasEffects) this.apply(transition, slot, NO_ROW, dueUs);
    return transition.target;
  }

  /** What was bound to these events in this round of their group. */
  #letGo(place: number, copy: number, events: number): void {
    const { bound } = this.matches;
    if (copy === 0) this.values.clear(place, events);
    else this.values.copy(place + copy, place, events);
    bound[place] = (bound[place]! & ~events) | (copy === 0 ? 0 : bound[place + copy]! & events);
  }

  #reserve(slots: number): void {
    this.values.reserve(slots * this.copies);
    this.crowds.reserve(slots);
  }

  #clear(slot: number): void {
    this.values.clear(slot * this.copies, this.#allEvents);
    this.matches.bound[slot * this.copies] = 0;
  }
}

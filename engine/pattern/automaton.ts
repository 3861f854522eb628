import type { CompiledPattern } from './compile-pattern.ts';
import type { Ending } from './match-observer.ts';
import { type Cleared, Move } from './move.ts';
import { ENTERED, Look, type Marking } from './part.ts';

/** The bit beside those of events: the row is of a stream that a step names. */
export const STEP_ROW_BIT = 31;
export const STEP_ROW = 1 << STEP_ROW_BIT;

/** Where a transition leads, but for states. */
export const COMPLETE = -1;
export const OVER = -2;

/** The state in which nothing has happened. */
export const START = 0;

/** Of a state: as many as rows differ in which of its events they are. */
const MAX_TRANSITIONS = 4_096;

/** What a row or an instant makes of a state; the lists are done in this order. */
export type Transition = {
  readonly target: number;
  readonly hasEffects: boolean;
  /** It leaves the state as it is, and binds rows to events that have some, if it does anything. */
  readonly isSteady: boolean;
  readonly saves: readonly number[]; // groups
  readonly binds: readonly number[]; // events
  readonly clears: readonly Cleared[];
  readonly starts: readonly number[]; // absences
  readonly begins: readonly number[]; // parts with a `within`
};

/** What a partial match in this state waits for. */
export type State = {
  readonly marking: Marking | null;
  /** Rows that may change it: events bit by bit, and STEP_ROW. */
  readonly interest: number;
  readonly pending: readonly number[]; // absences
  readonly deadlines: readonly number[]; // parts with a `within`
  /** By event, the absences that look back from it. */
  readonly back: ReadonlyMap<number, readonly number[]>;
  readonly transitions: Map<number, Transition>;
};

/**
 * A pattern as one deterministic automaton: a state is what has happened in its parts (a marking), and there is one for each
 * marking that was met. A partial match is in one state; which of its events a row is, decides what becomes of it, once
 * for all that are in that state. Both are worked out when they are first asked for.
 *
 * It follows the automata with guards and aggregates of SASE+ (Agrawal et al., SIGMOD 2008), Esper's trees of
 * states below a `followed-by`, and Flink's way to read quantifiers. What differs: a row is never bound by two branches of one
 * start, so there are no copies of partial matches. Of rows that are bound the values are kept that somebody reads, not the
 * events; what many partial matches bind alike is shared until one of them goes another way (crowds.ts).
 */
export class Automaton {
  readonly pattern: CompiledPattern;
  readonly states: State[] = [];
  interest = new Int32Array(16); // by state
  readonly #ids = new Map<string, number>(); // by marking
  readonly #eventOfAbsence: readonly number[];

  constructor(pattern: CompiledPattern) {
    this.pattern = pattern;
    this.#eventOfAbsence = pattern.absences.map(absence => absence.event);
    this.#add(null);
  }

  /** What rows with these bits, of which the state looks at each, make of it. */
  take(state: number, bits: number): Transition {
    const { transitions } = this.states[state]!;
    let transition = transitions.get(bits);
    if (transition === undefined) {
      if (transitions.size === MAX_TRANSITIONS) transitions.clear(); // they are worked out again
      transitions.set(bits, (transition = this.#take(state, bits)));
    }
    return transition;
  }

  /** One of its absences comes due. */
  due(state: number, absence: number): Transition {
    const move = new Move(NO_ROW, this.#eventOfAbsence);
    return this.#transition(state, this.pattern.root.due(this.#markingOf(state), absence, move), move);
  }

  /** The time of one of its parts has passed. */
  close(state: number, within: number): Transition {
    const move = new Move(NO_ROW, this.#eventOfAbsence);
    return this.#transition(state, this.pattern.root.close(this.#markingOf(state), within, move), move);
  }

  /** As it goes into snapshots: the same for every automaton of the pattern. */
  textOf(state: number): string {
    return JSON.stringify(this.states[state]!.marking);
  }

  stateOf(text: string): number {
    return this.#ids.get(text) ?? this.#add(JSON.parse(text) as Marking | null);
  }

  /** Forgets states in which nobody is, but for START; returns the new number of each that is left. */
  keepOnly(used: ReadonlySet<number>): Int32Array {
    const states = this.states.splice(0);
    this.#ids.clear();
    const numbers = new Int32Array(states.length);
    for (const [state, { marking }] of states.entries()) {
      if (state === START || used.has(state)) numbers[state] = this.#add(marking);
    }
    return numbers;
  }

  /** Why rows with these bits make an end of it. */
  endingOf(state: number, bits: number): Ending {
    const isBroken = this.pattern.root.break(this.#markingOf(state), this.#moveOf(bits)) === null;
    if (!isBroken) return { kind: 'strict' };
    const broken = this.states[state]!.pending.filter(absence => (bits & (1 << this.#eventOfAbsence[absence]!)) !== 0);
    return { kind: 'absence', event: Math.min(...broken.map(absence => this.#eventOfAbsence[absence]!)) };
  }

  /** What a partial match in this state would take, worked out anew: for explanations. */
  lookOf(state: number): Look {
    return this.#look(this.states[state]!.marking);
  }

  #take(state: number, bits: number): Transition {
    const { root } = this.pattern;
    const move = this.#moveOf(bits);
    const { marking } = this.states[state]!;
    if (marking === null) {
      return this.#transition(state, root.begin(move, { ...ENTERED, isFirst: true }), move);
    }
    const left = root.break(marking, move);
    return this.#transition(state, left && (root.take(left, move)?.marking ?? null), move);
  }

  #transition(state: number, marking: Marking | null, move: Move): Transition {
    const cleared = move.clears.reduce((bits, { events }) => bits | events, 0);
    const saves = move.saves.filter(group => this.pattern.groups[group]!.copy > 0);
    const binds = move.binds.filter(event => (cleared & (1 << event)) === 0);
    const starts = [...new Set(move.starts)];
    const others = [saves, move.clears, starts, move.begins];
    const isBindingOnly = others.every(list => list.length === 0);
    const isComplete = marking !== null && this.pattern.root.isComplete(marking);
    const target = marking === null ? OVER : isComplete ? COMPLETE : this.#stateOf(marking);
    return {
      target,
      hasEffects: binds.length > 0 || !isBindingOnly,
      isSteady: target === state && isBindingOnly,
      saves,
      binds,
      clears: move.clears,
      starts,
      begins: move.begins,
    };
  }

  #moveOf(bits: number): Move {
    return new Move({ events: bits & ~STEP_ROW, isStepRow: (bits & STEP_ROW) !== 0 }, this.#eventOfAbsence);
  }

  #look(marking: Marking | null): Look {
    const { root } = this.pattern;
    const look = new Look();
    if (marking === null) root.lookAtStart(look, { ...ENTERED, isFirst: true }, []);
    else root.look(marking, look);
    return look;
  }

  #markingOf(state: number): Marking {
    return this.states[state]!.marking!; // START waits for nothing but rows
  }

  #stateOf(marking: Marking): number {
    return this.#ids.get(JSON.stringify(marking)) ?? this.#add(marking);
  }

  #add(marking: Marking | null): number {
    const { root } = this.pattern;
    const state = this.states.length;
    const look = this.#look(marking);
    let events = look.events;
    for (const absence of look.absences) events |= 1 << this.#eventOfAbsence[absence]!;
    this.#ids.set(JSON.stringify(marking), state);
    this.states.push({
      marking,
      interest: events,
      pending: marking === null ? [] : [...new Set(root.pending(marking))],
      deadlines: marking === null ? [] : root.deadlines(marking),
      back: look.back,
      transitions: new Map(),
    });
    const isStrict = marking !== null && this.take(state, STEP_ROW).target !== state;
    if (isStrict) this.states[state] = { ...this.states[state]!, interest: events | STEP_ROW };
    if (this.interest.length <= state) this.#growInterest();
    this.interest[state] = this.states[state]!.interest;
    return state;
  }

  #growInterest(): void {
    const grown = new Int32Array(this.interest.length * 2);
    grown.set(this.interest);
    this.interest = grown;
  }
}

const NO_ROW = { events: 0, isStepRow: false };

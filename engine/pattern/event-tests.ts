import type { MatchNode } from '../../dsl/plan.ts';
import { compileTest, type RowTest } from '../expression/compile.ts';
import type { OperatorContext } from '../operator.ts';
import { START, type State, type Transition } from './automaton.ts';
import { bitsOf, lowestBit } from './event-bits.ts';
import { LookedBack } from './looked-back.ts';
import type { MatchSlots } from './match-slots.ts';

type Test = (row: number, place: number) => boolean;

/** Which events a row is beside what a partial match has bound, waits for and must not have before it. */
export class EventTests {
  readonly lookedBack: LookedBack;
  readonly guardEvents: number;
  /** Of absences that look back. */
  readonly backEvents: number;
  /** It depends on the partial match whether a row is one of these, and what that does. */
  readonly decidedApart: number;
  readonly #slots: MatchSlots;
  readonly #unless: MatchNode['unless'];
  readonly #tests: readonly (RowTest | null)[]; // by event
  readonly #testedEvents: number;
  readonly #absenceEvents: number;
  readonly #backAbsences: readonly number[];
  #open: (Test | undefined)[] = []; // of the frame's rows

  constructor(node: MatchNode, slots: MatchSlots, context: OperatorContext) {
    const { pattern, states } = slots.automaton;
    const bound = { columns: node.values.map(value => value.name), isFixed: false };
    this.#slots = slots;
    this.#unless = node.unless;
    this.#tests = node.events.map(({ name, condition }) => {
      return condition && compileTest(condition, { ...context, bound, name: `${node.id}/${name}` });
    });
    this.#testedEvents = bitsOf(node.events.flatMap(({ condition }, event) => (condition === null ? [] : [event])));
    this.#absenceEvents = bitsOf(pattern.absences.map(absence => absence.event));
    this.guardEvents = bitsOf(node.unless.map(guard => guard.event));
    const { back } = states[START]!;
    this.decidedApart = this.#testedEvents | this.guardEvents | this.#absenceEvents | bitsOf([...back.keys()]);
    this.#backAbsences = [...new Set([...back.values()].flat())];
    this.backEvents = bitsOf(this.#backAbsences.map(absence => pattern.absences[absence]!.event));
    this.lookedBack = new LookedBack(back.size === 0 ? 0 : pattern.absences.length);
  }

  get source(): string {
    return this.#tests.flatMap(test => (test === null ? [] : [test.source])).join('\n');
  }

  /** Before the rows of another frame. */
  open(): void {
    this.#open = [];
  }

  /** Of those that the row says it is itself, the events that it is for a partial match. */
  eventsFor(keyId: number, slot: number, row: number, looked: number): number {
    const state = this.#slots.automaton.states[this.#slots.matches.state[slot]!]!;
    let bits = this.#tested(looked, row, slot * this.#slots.copies);
    if ((bits & this.#absenceEvents) !== 0) bits = this.#withoutEarly(bits, slot, state, row);
    return state.back.size === 0 ? bits : this.#withoutLookedBack(bits, keyId, state, row);
  }

  /** The same where nothing has happened yet. */
  firstEvents(keyId: number, row: number, looked: number): number {
    const state = this.#slots.automaton.states[START]!;
    return this.#withoutLookedBack(this.#tested(looked, row, 0), keyId, state, row);
  }

  /** What absences look back for, whatever is bound. */
  note(keyId: number, row: number, bits: number): void {
    const seen = this.#tested(bits & this.backEvents, row, 0);
    for (const absence of this.#backAbsences) {
      const { event } = this.#slots.automaton.pattern.absences[absence]!;
      if ((seen & (1 << event)) !== 0) this.lookedBack.note(keyId, absence, this.#timeUs(row));
    }
  }

  /** Whether a guard ends the partial match: not where the row completes it, nor where it is one of the guard's own ends. */
  isEnded(slot: number, guards: number, transition: Transition | undefined): boolean {
    const bound = this.#slots.matches.bound[slot * this.#slots.copies]!;
    return this.#unless.some(({ event, between }) => {
      if ((guards & (1 << event)) === 0) return false;
      if (between === null) return true;
      const [from, to] = between;
      const isOpen = (bound & (1 << from)) !== 0 && (bound & (1 << to)) === 0;
      return isOpen && transition?.binds.some(binds => binds === from || binds === to) !== true;
    });
  }

  /** Without events whose conditions do not hold beside what is bound. */
  #tested(looked: number, row: number, place: number): number {
    let bits = looked;
    for (let rest = looked & this.#testedEvents; rest !== 0; rest &= rest - 1) {
      const event = lowestBit(rest);
      const test = (this.#open[event] ??= this.#tests[event]!.open(this.#slots.frame!, this.#slots.values.columns));
      if (!test(row, place)) bits &= ~(1 << event);
    }
    return bits;
  }

  /** Without events of absences that are waited for since this very instant. */
  #withoutEarly(looked: number, slot: number, { pending }: State, row: number): number {
    const { absences } = this.#slots.automaton.pattern;
    const timeUs = this.#timeUs(row);
    let bits = looked;
    for (const absence of pending) {
      const sinceUs = this.#slots.matches.absenceUs[slot * absences.length + absence]!;
      if (timeUs <= sinceUs) bits &= ~(1 << absences[absence]!.event);
    }
    return bits;
  }

  /** Without events that something has come before which must not have. */
  #withoutLookedBack(looked: number, keyId: number, { back }: State, row: number): number {
    const { absences } = this.#slots.automaton.pattern;
    const timeUs = this.#timeUs(row);
    let bits = looked;
    for (const [event, those] of back) {
      if ((bits & (1 << event)) === 0) continue;
      const hasCome = (absence: number) =>
        this.lookedBack.lastBefore(keyId, absence, timeUs) > timeUs - absences[absence]!.forUs;
      if (those.some(hasCome)) bits &= ~(1 << event);
    }
    return bits;
  }

  #timeUs(row: number): number {
    return this.#slots.frame!.timeUs[row]!;
  }
}

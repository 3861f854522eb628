import { columnsOf, type MatchNode } from '../../dsl/plan.ts';
import { readScalar, type Scalar } from '../batch.ts';
import { START, type Transition } from '../pattern/automaton.ts';
import type { Ending, MatchObserver, ObservedMatches } from '../pattern/match-observer.ts';

/** A partial match as it was when it ended, or at the last instant that is asked about. Events are places in the pattern's list. */
export type PartialMatchStory = {
  readonly beganUs: number;
  readonly bound: ReadonlyMap<number, BoundRows>; // by event
  /** When something last happened in it, and which row of its key had come by then. */
  readonly sinceUs: number;
  readonly sinceRow: number;
  readonly waitsFor: WaitsFor;
  /** What conditions read of rows that are bound, by its name in the plan. */
  readonly values: ReadonlyMap<string, Scalar>;
  /** Null: it was waiting. */
  readonly ended: (Ending & { readonly atUs: number; readonly row: number }) | null;
};

/** Rows are counted by key, from 0, whatever they are to the pattern. */
export type BoundRows = { readonly count: number; readonly first: RowPlace; readonly last: RowPlace };
export type RowPlace = { readonly row: number; readonly timeUs: number };

export type WaitsFor = {
  /** Those that it would take next. */
  readonly events: readonly number[];
  /** Those that must not come before these instants. */
  readonly absences: readonly { readonly event: number; readonly dueUs: number }[];
  /** When it is over, whatever it waits for. */
  readonly untilUs: number;
};

type Options = {
  readonly node: MatchNode;
  readonly isAsked: (key: Readonly<Record<string, Scalar>>) => boolean;
  readonly untilUs: number;
  readonly onEnded: (story: PartialMatchStory) => void;
};

type Bound = ReadonlyMap<number, BoundRows>;

/** One that is not over. `saved`: by group of alternatives, what was bound when its round began. */
type Open = {
  readonly beganUs: number;
  readonly saved: Map<number, Bound>;
  bound: Bound;
  sinceUs: number;
  sinceRow: number;
};

/** Writes down what becomes of the partial matches of one key up to an instant: what comes later is as if it had not. */
export class PartialMatchRecord implements MatchObserver {
  readonly #of: ObservedMatches;
  readonly #options: Options;
  readonly #read: readonly { readonly name: string; readonly place: number }[]; // values
  readonly #open = new Map<number, Open>(); // by slot; bound: the partial matches of the key
  readonly #waiting: PartialMatchStory[] = []; // those that something happens to later; bound: the same
  #row: RowPlace = { row: -1, timeUs: -Infinity };
  #isOfKey = false; // the row

  constructor(of: ObservedMatches, options: Options) {
    const { events, values } = options.node;
    const read = new Set(events.flatMap(({ condition }) => (condition === null ? [] : columnsOf(condition))));
    this.#of = of;
    this.#options = options;
    this.#read = values.flatMap(({ name }, place) => (read.has(name) ? [{ name, place }] : []));
  }

  row(keyId: number, timeUs: number): void {
    this.due(keyId, timeUs);
    if (this.#isOfKey) this.#row = { row: this.#row.row + 1, timeUs };
  }

  due(keyId: number, timeUs: number): void {
    this.#isOfKey = this.#options.isAsked(this.#of.keys.values(keyId));
    if (!this.#isOfKey || timeUs <= this.#options.untilUs) return;
    for (const [slot, open] of this.#open) this.#waiting.push(this.#waitingAt(slot, open));
    this.#open.clear();
  }

  began(slot: number): void {
    const { row, timeUs } = this.#row;
    if (!this.#isOfKey || timeUs > this.#options.untilUs) return;
    this.#open.set(slot, { beganUs: timeUs, saved: new Map(), bound: new Map(), sinceUs: timeUs, sinceRow: row });
  }

  changes(slot: number, { saves, binds, clears }: Transition, timeUs: number): void {
    const open = this.#open.get(slot);
    if (open === undefined) return;
    for (const group of saves) open.saved.set(group, open.bound);
    const bound = new Map(open.bound);
    for (const event of binds) {
      const before = bound.get(event);
      bound.set(event, { count: (before?.count ?? 0) + 1, first: before?.first ?? this.#row, last: this.#row });
    }
    for (const { group, events } of clears) letGo(bound, events, open.saved.get(group));
    open.bound = bound;
    if (binds.length > 0) this.#moves(open, timeUs);
  }

  passes(slot: number, timeUs: number): void {
    const open = this.#open.get(slot);
    if (open !== undefined) this.#moves(open, timeUs);
  }

  ended(slot: number, ending: Ending, timeUs: number): void {
    const open = this.#open.get(slot);
    if (open === undefined) return;
    this.#open.delete(slot);
    const waitsFor = ending.kind === 'complete' ? NOTHING : this.#waitsFor(slot);
    const ended = { ...ending, atUs: timeUs, row: this.#row.row };
    this.#options.onEnded({ ...this.#storyOf(slot, open), waitsFor, ended });
  }

  /** That a match may begin with. */
  get firstEvents(): readonly number[] {
    return this.#eventsIn(this.#of.slots.automaton.lookOf(START).events);
  }

  /** Those that were waiting at the last instant, the oldest first. */
  waiting(): readonly PartialMatchStory[] {
    const left = [...this.#open].map(([slot, open]) => this.#waitingAt(slot, open));
    return [...this.#waiting, ...left].sort((a, b) => a.beganUs - b.beganUs);
  }

  #waitingAt(slot: number, open: Open): PartialMatchStory {
    return { ...this.#storyOf(slot, open), waitsFor: this.#waitsFor(slot), ended: null };
  }

  #moves(open: Open, timeUs: number): void {
    open.sinceUs = timeUs;
    open.sinceRow = this.#row.row;
  }

  #storyOf(slot: number, { beganUs, bound, sinceUs, sinceRow }: Open): Omit<PartialMatchStory, 'waitsFor' | 'ended'> {
    return {
      beganUs,
      bound,
      sinceUs,
      sinceRow,
      values: this.#valuesOf(slot),
    };
  }

  #waitsFor(slot: number): WaitsFor {
    const { slots } = this.#of;
    const { matches, automaton } = slots;
    const { absences, withinUs } = automaton.pattern;
    const state = matches.state[slot]!;
    const look = automaton.lookOf(state);
    const ends = automaton.states[state]!.deadlines.map(within => matches.endUs[slot * withinUs.length + within]!);
    return {
      events: this.#eventsIn(look.events),
      absences: [...look.absences].map(absence => {
        const { event, forUs } = absences[absence]!;
        return { event, dueUs: matches.absenceUs[slot * absences.length + absence]! + forUs };
      }),
      untilUs: Math.min(slots.endUs(slot), ...ends),
    };
  }

  #eventsIn(bits: number): readonly number[] {
    return this.#options.node.events.flatMap((_, event) => ((bits & (1 << event)) === 0 ? [] : [event]));
  }

  #valuesOf(slot: number): ReadonlyMap<string, Scalar> {
    const { slots, symbols } = this.#of;
    const place = slot * slots.copies;
    return new Map(
      this.#read.map(({ name, place: at }) => [name, readScalar(slots.values.columns[at]!, place, symbols)]),
    );
  }
}

const NOTHING: WaitsFor = { events: [], absences: [], untilUs: Infinity };

/** What an alternative that lost has bound in this round is as if it had not been. */
function letGo(bound: Map<number, BoundRows>, events: number, before: Bound | undefined): void {
  for (const event of [...bound.keys()]) {
    if ((events & (1 << event)) === 0) continue;
    const kept = before?.get(event);
    if (kept === undefined) bound.delete(event);
    else bound.set(event, kept);
  }
}

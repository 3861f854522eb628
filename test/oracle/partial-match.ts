import type { BoundValue, MatchNode, PatternPart } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import { interpret } from '../../engine/expression/interpret.ts';
import { oracle as aggregateOf } from './aggregates.ts';
import { DONE, listOf, type ToDo } from './pattern-list.ts';
import {
  begun,
  type Bound,
  boundIn,
  type Head,
  headsOf,
  isComplete,
  isGroupComplete,
  listBehind,
  resolved,
  type Since,
  type Thread,
} from './pattern-thread.ts';

export type PatternRow = {
  readonly timeUs: number;
  /** Of the input's columns, `time` included. */
  readonly fields: Readonly<Record<string, Scalar>>;
};

/** What it would take next, and which events must not come before these instants. */
export type Awaited = {
  readonly events: readonly number[];
  readonly absences: readonly { readonly event: number; readonly dueUs: number }[];
};

/** One partial match: what it makes of rows and instants. Rows up to the present one are looked at. */
export class PartialMatch {
  readonly #node: MatchNode;
  readonly #rows: readonly PatternRow[];
  thread: Thread;
  firstUs = Infinity; // of its first event
  sinceUs = -Infinity; // when something last happened in it
  #seen = 0; // rows

  constructor(node: MatchNode, rows: readonly PatternRow[]) {
    this.#node = node;
    this.#rows = rows;
    const list = listOf(node.root, { first: false, between: false }, DONE);
    this.thread = { group: null, list, since: null, opened: [], bound: [] };
  }

  get bound(): readonly Bound[] {
    return boundIn(this.thread);
  }

  get isComplete(): boolean {
    return isComplete(this.thread);
  }

  /** Whether it has taken the row; null: it is over. */
  take(row: number): boolean | null {
    this.#seen = row + 1;
    const left = this.#break(this.thread, row, this.bound);
    const next = left && this.#take(left, row, this.bound);
    if (next === null) return null;
    this.thread = next.thread;
    if (next.hasMoved) {
      this.sinceUs = this.#rows[row]!.timeUs;
      this.firstUs = Math.min(this.firstUs, this.sinceUs);
    }
    return next.hasMoved;
  }

  /** Whether something comes that must not. */
  isBrokenBy(row: number): boolean {
    return this.#break(this.thread, row, this.bound) === null;
  }

  get awaited(): Awaited {
    const heads = this.#headsIn(this.thread, this.#seen);
    return {
      events: heads.flatMap(({ step }) => (step.kind === 'event' ? [step.event] : [])),
      absences: heads.flatMap(({ step, sinceUs }) =>
        step.kind === 'absence' ? [{ event: step.event, dueUs: sinceUs + step.forUs }] : [],
      ),
    };
  }

  is(event: number, row: number, bound: readonly Bound[]): boolean {
    const { rows, when, condition } = this.#node.events[event]!;
    const { fields } = this.#rows[row]!;
    if ((rows !== null && fields[rows] !== true) || (when !== null && fields[when] !== true)) return false;
    if (condition === null) return true;
    const read = (name: string) => {
      const value = this.#node.values.find(candidate => candidate.name === name);
      return value === undefined ? fields[name]! : this.#valueOf(value, bound);
    };
    return interpret(condition, read) === true;
  }

  values(): Readonly<Record<string, Scalar>> {
    return Object.fromEntries(this.#node.values.map(value => [value.name, this.#valueOf(value, this.bound)]));
  }

  #valueOf({ event, take, column }: BoundValue, bound: readonly Bound[]): Scalar {
    const rows = bound.filter(each => each.event === event).map(({ row }) => this.#rows[row]!);
    if (take.kind === 'aggregate') {
      const given = rows.map(({ timeUs, fields }) => {
        return { timeUs, x: column === null ? 1 : (fields[column] as number | null), y: null };
      });
      return aggregateOf(take.aggregate, given, 0);
    }
    const row = take.kind === 'first' ? rows[0] : take.kind === 'last' ? rows.at(-1) : rows[take.index];
    return row?.fields[column!] ?? null;
  }

  // ---- rows

  #take(thread: Thread, row: number, bound: readonly Bound[]): { thread: Thread; hasMoved: boolean } | null {
    if (isGroupComplete(thread)) {
      for (const head of headsOf(thread.list, thread.since === null, thread.opened)) {
        const next = this.#begin(head, thread, row, bound);
        if (next !== null) return { thread: next, hasMoved: true };
      }
    }
    if (thread.group !== null) {
      const next = this.#takeInGroup(thread, thread.group, row, bound);
      if (next === null || next.hasMoved) return next;
      thread = next.thread;
    }
    return this.#isHopeful(thread, row + 1, bound) ? { thread, hasMoved: false } : null;
  }

  #begin({ step, opened, back }: Head, before: Thread, row: number, bound: readonly Bound[]): Thread | null {
    const { timeUs } = this.#rows[row]!;
    if (step.kind === 'absence' || ('isStrict' in step && step.isStrict && this.#isMissed(before.since, row)))
      return null;
    if (back.some(absence => this.#isSeenBefore(absence, row))) return null;
    const kept = { opened: begun(opened, timeUs), since: { us: timeUs, rows: row + 1 }, bound: boundIn(before) };
    if (step.kind === 'event') {
      if (!this.is(step.event, row, bound)) return null;
      return { ...kept, group: null, list: step.rest, bound: [...kept.bound, { event: step.event, row }] };
    }
    const threads = step.lists.map((list): Thread | null => {
      const thread = { group: null, list, since: before.since, opened: [], bound: [] };
      return this.#isListOver(list, before.since, row + 1, bound) ? null : thread;
    });
    const group = { ...kept, group: { kind: step.kind, threads }, list: step.rest };
    const next = this.#takeInGroup(group, group.group, row, bound);
    return next?.hasMoved === true ? next.thread : null;
  }

  #takeInGroup(
    thread: Thread,
    { kind, threads }: NonNullable<Thread['group']>,
    row: number,
    bound: readonly Bound[],
  ): { thread: Thread; hasMoved: boolean } | null {
    let hasMoved = false;
    const next: (Thread | null)[] = [];
    for (const inner of threads) {
      if (inner === null) {
        next.push(null);
        continue;
      }
      const taken: { thread: Thread; hasMoved: boolean } | null =
        kind === 'all' && hasMoved ? this.#passBy(inner, row, bound) : this.#take(inner, row, bound);
      next.push(taken?.thread ?? null);
      if (taken?.hasMoved === true) hasMoved = true;
    }
    if (kind === 'all' && next.includes(null)) return null;
    if (next.every(inner => inner === null)) return null;
    const { timeUs } = this.#rows[row]!;
    const moved = hasMoved
      ? { since: { us: timeUs, rows: row + 1 }, opened: begun(thread.opened, timeUs) }
      : { since: thread.since, opened: thread.opened };
    return { thread: resolved({ ...thread, ...moved, group: { kind, threads: next } }), hasMoved };
  }

  /** Absences that the row breaks end what they are in, whatever else it could be. */
  #break(thread: Thread, row: number, bound: readonly Bound[]): Thread | null {
    if (isGroupComplete(thread)) {
      const heads = headsOf(thread.list, thread.since === null, thread.opened);
      if (heads.some(head => this.#isOver(head, thread.since, row + 1, bound))) return null;
    }
    if (thread.group === null) return thread;
    const { kind, threads } = thread.group;
    const next = threads.map(inner => inner && this.#break(inner, row, bound));
    if (kind === 'all' ? next.includes(null) : next.every(inner => inner === null)) return null;
    return { ...thread, group: { kind, threads: next } };
  }

  /** The row was taken by another part, and so it is missed. */
  #passBy(thread: Thread, row: number, bound: readonly Bound[]): { thread: Thread; hasMoved: false } | null {
    if (thread.group !== null) {
      const { kind, threads } = thread.group;
      const next = threads.map(inner => inner && (this.#passBy(inner, row, bound)?.thread ?? null));
      if (kind === 'all' && next.includes(null)) return null;
      if (next.every(inner => inner === null)) return null;
      thread = resolved({ ...thread, group: { kind, threads: next } });
    }
    return this.#isHopeful(thread, row + 1, bound) ? { thread, hasMoved: false } : null;
  }

  /** Whether something may still come, or nothing has to. */
  #isHopeful(thread: Thread, rows: number, bound: readonly Bound[]): boolean {
    return isComplete(thread) || this.#mayMove(thread, rows, bound);
  }

  #mayMove(thread: Thread, rows: number, bound: readonly Bound[]): boolean {
    if (thread.group?.threads.some(inner => inner !== null && this.#mayMove(inner, rows, bound)) === true) return true;
    if (!isGroupComplete(thread)) return false;
    const heads = headsOf(thread.list, thread.since === null, thread.opened);
    return heads.some(({ step }) => {
      if (step.kind === 'absence') return true;
      if (!step.isStrict || !this.#isMissed(thread.since, rows)) return true;
      if (step.kind === 'event') return false;
      return step.lists.some(
        list =>
          !this.#isListOver(list, thread.since, rows, bound) &&
          headsOf(list, thread.since === null, []).some(head => this.#waitsForAbsence(head, thread.since, rows, bound)),
      );
    });
  }

  #waitsForAbsence({ step }: Head, since: Since, rows: number, bound: readonly Bound[]): boolean {
    if (step.kind === 'event') return false;
    if (step.kind === 'absence') return true;
    return step.lists.some(
      list =>
        !this.#isListOver(list, since, rows, bound) &&
        headsOf(list, since === null, []).some(head => this.#waitsForAbsence(head, since, rows, bound)),
    );
  }

  // ---- what may come next, groups looked into

  #headsIn(thread: Thread, rows: number): readonly AwaitedStep[] {
    const own = isGroupComplete(thread)
      ? headsOf(thread.list, thread.since === null, thread.opened).flatMap(head =>
          this.#stepsAt(head, thread.since, rows),
        )
      : [];
    const inside = thread.group?.threads.flatMap(inner => (inner === null ? [] : this.#headsIn(inner, rows))) ?? [];
    return [...own, ...inside];
  }

  #stepsAt({ step }: Head, since: Since, rows: number): readonly AwaitedStep[] {
    const isLost = 'isStrict' in step && step.isStrict && this.#isMissed(since, rows);
    if (step.kind === 'event') return isLost ? [] : [{ step, sinceUs: -Infinity }];
    if (step.kind === 'absence') return since === null ? [] : [{ step, sinceUs: since.us }];
    const inside = step.lists.filter(list => !this.#isListOver(list, since, rows, this.bound));
    const steps = inside.flatMap(list =>
      headsOf(list, since === null, []).flatMap(head => this.#stepsAt(head, since, rows)),
    );
    return isLost ? steps.filter(({ step: inner }) => inner.kind === 'absence') : steps;
  }

  // ---- looked up among the rows that were handled, of which there are `rows`

  /** A row of a step's stream has come since, and was not taken. */
  #isMissed(since: Since, rows: number): boolean {
    if (since === null) return false;
    for (let row = since.rows; row < rows; row++) if (this.#isOfStep(row)) return true;
    return false;
  }

  #isOfStep(row: number): boolean {
    return stepsOf(this.#node.root).some(event => {
      const { rows } = this.#node.events[event]!;
      return rows === null || this.#rows[row]!.fields[rows] === true;
    });
  }

  #isSeenBefore({ event, forUs }: { readonly event: number; readonly forUs: number }, row: number): boolean {
    const { timeUs } = this.#rows[row]!;
    return this.#rows.some((other, index) => {
      return index < row && other.timeUs > timeUs - forUs && other.timeUs < timeUs && this.is(event, index, []);
    });
  }

  /** Whether an absence at the head of a list is broken, or all that is at the head of a group. */
  #isOver({ step }: Head, since: Since, rows: number, bound: readonly Bound[]): boolean {
    if (step.kind === 'event' || since === null) return false;
    if (step.kind === 'absence') {
      for (let row = since.rows; row < rows; row++) {
        const { timeUs } = this.#rows[row]!;
        if (timeUs > since.us && timeUs < since.us + step.forUs && this.is(step.event, row, bound)) return true;
      }
      return false;
    }
    const isOver = (list: ToDo) => this.#isListOver(list, since, rows, bound);
    return step.kind === 'any' ? step.lists.every(isOver) : step.lists.some(isOver);
  }

  #isListOver(list: ToDo, since: Since, rows: number, bound: readonly Bound[]): boolean {
    return headsOf(list, since === null, []).some(head => this.#isOver(head, since, rows, bound));
  }

  // ---- time

  /** When absences come due, and parts end. */
  dueTimes(rows: number): readonly number[] {
    return this.#dueTimes(this.thread, rows, this.bound);
  }

  #dueTimes(thread: Thread, rows: number, bound: readonly Bound[]): readonly number[] {
    const ends = thread.opened.flatMap(({ endUs }) => (endUs === null ? [] : [endUs]));
    const inside = thread.group?.threads.flatMap(inner => (inner ? this.#dueTimes(inner, rows, bound) : [])) ?? [];
    if (!isGroupComplete(thread)) return [...ends, ...inside];
    return [...ends, ...inside, ...this.#dueOfList(thread.list, thread.since, rows, bound)];
  }

  #dueOfList(list: ToDo, since: Since, rows: number, bound: readonly Bound[]): readonly number[] {
    return headsOf(list, since === null, []).flatMap(({ step }) => {
      if (step.kind === 'event' || since === null) return [];
      if (step.kind === 'absence') return [since.us + step.forUs];
      return step.lists.flatMap(inner =>
        this.#isListOver(inner, since, rows, bound) ? [] : this.#dueOfList(inner, since, rows, bound),
      );
    });
  }

  /** Parts end at this instant, then absences come due; false: it is over. */
  moveTo(us: number, rows: number): boolean {
    const closed = this.#close(this.thread, us, rows);
    if (closed === null) return false;
    this.thread = closed;
    for (;;) {
      const next = this.#comeDue(this.thread, us, rows);
      if (next === null) return true;
      this.sinceUs = us;
      this.thread = next;
    }
  }

  #close(thread: Thread, us: number, rows: number): Thread | null {
    const ended = thread.opened.find(({ endUs }) => endUs === us);
    if (ended !== undefined) {
      const list = isGroupComplete(thread) ? listBehind(thread.list, ended.part) : null;
      if (list === null) return null;
      const opened = thread.opened.slice(0, thread.opened.indexOf(ended));
      return this.#close({ ...thread, group: null, list, opened, bound: boundIn(thread) }, us, rows);
    }
    if (thread.group === null) return this.#isHopeful(thread, rows, this.bound) ? thread : null;
    const { kind, threads } = thread.group;
    const next = threads.map(inner => inner && this.#close(inner, us, rows));
    if (kind === 'all' ? next.includes(null) : next.every(inner => inner === null)) return null;
    const left = resolved({ ...thread, group: { kind, threads: next } });
    return this.#isHopeful(left, rows, this.bound) ? left : null;
  }

  /** One absence, or null where none is due. */
  #comeDue(thread: Thread, us: number, rows: number): Thread | null {
    const since = { us, rows };
    if (isGroupComplete(thread)) {
      for (const head of headsOf(thread.list, thread.since === null, thread.opened)) {
        const next = this.#comeDueAt(head, thread, us, rows);
        if (next !== null) return next;
      }
    }
    if (thread.group === null) return null;
    const { kind, threads } = thread.group;
    for (const [index, inner] of threads.entries()) {
      const next = inner && this.#comeDue(inner, us, rows);
      if (next === null) continue;
      const group = { kind, threads: threads.map((other, at) => (at === index ? next : other)) };
      return resolved({ ...thread, since, group });
    }
    return null;
  }

  #comeDueAt({ step, opened }: Head, before: Thread, us: number, rows: number): Thread | null {
    const since = { us, rows };
    const kept = { opened, since, bound: boundIn(before) };
    if (step.kind === 'event' || before.since === null) return null;
    if (step.kind === 'absence') {
      return before.since.us + step.forUs === us ? { ...kept, group: null, list: step.rest } : null;
    }
    const threads = step.lists.map((list): Thread | null => {
      const thread = { group: null, list, since: before.since, opened: [], bound: [] };
      return this.#isListOver(list, before.since, rows, this.bound) ? null : thread;
    });
    for (const [index, inner] of threads.entries()) {
      const next = inner && this.#comeDue(inner, us, rows);
      if (next === null) continue;
      const group = { kind: step.kind, threads: threads.map((other, at) => (at === index ? next : other)) };
      return resolved({ ...kept, group, list: step.rest });
    }
    return null;
  }
}

type AwaitedStep = {
  readonly step: Extract<Head['step'], { readonly kind: 'event' | 'absence' }>;
  readonly sinceUs: number;
};

function stepsOf(part: PatternPart): readonly number[] {
  return part.kind === 'event' || part.kind === 'absence' ? [part.event] : part.parts.flatMap(stepsOf);
}

import type { BoundValue, MatchNode, PatternPart } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import { interpret } from '../../engine/expression/interpret.ts';
import { oracle as aggregateOf } from './aggregates.ts';

/**
 * Patterns as docs/decisions/0024 says them, one partial match after the other and with no thought of speed. Where the engine has
 * places in a tree with counters, this has lists of what is still to do: quantifiers are written out, `a{2,3}` being `a`, then
 * `a`, then perhaps `a`. Whether an absence is broken or `~>` was missed is not remembered; it is looked up among the rows.
 */
export type PatternRow = {
  readonly timeUs: number;
  /** Of the input's columns, `time` included. */
  readonly fields: Readonly<Record<string, Scalar>>;
};

export type FoundMatch = { readonly timeUs: number; readonly values: Readonly<Record<string, Scalar>> };

/** The rows of one key, in order; `endUs`: how far its watermark comes in the end. */
export function matchesOf(
  node: MatchNode,
  rows: readonly PatternRow[],
  endUs: number,
): { readonly found: readonly FoundMatch[]; readonly dropped: number } {
  const key = new Key(node, rows);
  for (let row = 0; row < rows.length; row++) {
    key.moveTo(rows[row]!.timeUs, row);
    key.take(row);
  }
  key.moveTo(endUs, rows.length);
  return { found: key.found, dropped: key.dropped };
}

// ---------------------------------------------------------------- what is to do

/** A list, made as far as it is asked for; null: all is done. */
type ToDo = () => Step | null;
type Step =
  | { readonly kind: 'event'; readonly event: number; readonly isStrict: boolean; readonly rest: ToDo }
  | { readonly kind: 'absence'; readonly event: number; readonly forUs: number; readonly rest: ToDo }
  /** One or the other; `skip` comes first. */
  | { readonly kind: 'perhaps'; readonly skip: ToDo; readonly take: ToDo }
  | {
      readonly kind: 'any' | 'all';
      readonly lists: readonly ToDo[];
      readonly isStrict: boolean;
      readonly rest: ToDo;
    }
  /** The part between these has so much time; each has a name of its own. */
  | { readonly kind: 'open'; readonly part: object; readonly withinUs: number; readonly rest: ToDo }
  | { readonly kind: 'close'; readonly part: object; readonly rest: ToDo }
  | { readonly kind: 'never' };

const DONE: ToDo = () => null;

/** The part, as often as its quantifier says, and then `rest`. */
function listOf(
  part: PatternPart,
  arrows: { readonly first: boolean; readonly between: boolean },
  rest: ToDo,
  round = 0,
): ToDo {
  if (part.kind === 'absence') return () => ({ kind: 'absence', event: part.event, forUs: part.forUs, rest });
  if (round === part.max) return rest;
  const isStrict = round === 0 ? arrows.first : arrows.between;
  const take: ToDo = () => once(part, isStrict, () => listOf(part, arrows, rest, round + 1)())();
  return round < part.min ? take : () => ({ kind: 'perhaps', skip: rest, take });
}

function once(part: Exclude<PatternPart, { kind: 'absence' }>, isStrict: boolean, rest: ToDo): ToDo {
  switch (part.kind) {
    case 'event':
      return () => ({ kind: 'event', event: part.event, isStrict, rest });
    case 'any':
    case 'all': {
      const lists = part.parts.map(inner => listOf(inner, { first: false, between: false }, DONE));
      return () => ({ kind: part.kind, lists, isStrict, rest });
    }
    case 'sequence': {
      const { withinUs } = part;
      if (withinUs === null) return sequenceFrom(part, 0, { isStrict, hasHappened: false }, rest);
      const name = {};
      const inside = sequenceFrom(part, 0, { isStrict, hasHappened: false }, () => ({
        kind: 'close',
        part: name,
        rest,
      }));
      return () => ({ kind: 'open', part: name, withinUs, rest: inside });
    }
  }
}

/** The arrow in front of the whole counts until something has happened in it. */
function sequenceFrom(
  sequence: Extract<PatternPart, { kind: 'sequence' }>,
  index: number,
  { isStrict, hasHappened }: { readonly isStrict: boolean; readonly hasHappened: boolean },
  rest: ToDo,
): ToDo {
  const part = sequence.parts[index];
  if (part === undefined) return hasHappened ? rest : () => ({ kind: 'never' });
  const own = sequence.arrows[index - 1] === 'strict';
  const arrows = { first: hasHappened ? own : isStrict, between: own };
  const after = sequenceFrom(sequence, index + 1, { isStrict, hasHappened: true }, rest);
  if (!isPassable(part)) return listOf(part, arrows, after);
  const skip: ToDo = () => {
    return index + 1 === sequence.parts.length && hasHappened
      ? rest()
      : sequenceFrom(sequence, index + 1, { isStrict, hasHappened }, rest)();
  };
  const once = part.kind === 'absence' || part.min > 0 ? part : { ...part, min: 1 };
  return () => ({ kind: 'perhaps', skip, take: listOf(once, arrows, after) });
}

function isPassable(part: PatternPart): boolean {
  if (part.kind === 'absence') return false;
  if (part.min === 0) return true;
  if (part.kind === 'event') return false;
  return part.kind === 'any' ? part.parts.some(isPassable) : part.parts.every(isPassable);
}

function append(list: ToDo, rest: ToDo): ToDo {
  return () => {
    const step = list();
    if (step === null) return rest();
    if (step.kind === 'never') return step;
    if (step.kind === 'perhaps') return { ...step, skip: append(step.skip, rest), take: append(step.take, rest) };
    return { ...step, rest: append(step.rest, rest) };
  };
}

/** Whether nothing more has to come. */
function isDone(list: ToDo): boolean {
  const step = list();
  if (step === null) return true;
  if (step.kind === 'perhaps') return isDone(step.skip);
  return (step.kind === 'open' || step.kind === 'close') && isDone(step.rest);
}

// ---------------------------------------------------------------- threads

/** When something last happened: the time, and how many rows had been handled. Null: nothing has, in the whole match. */
type Since = { readonly us: number; readonly rows: number } | null;
type Bound = { readonly event: number; readonly row: number };
/** A part whose time counts; null: it has had no event yet. */
type Opened = { readonly part: object; readonly withinUs: number; readonly endUs: number | null };

type Thread = {
  /** A group that goes on, in front of the list; one of several that is out is null. */
  readonly group: { readonly kind: 'any' | 'all'; readonly threads: readonly (Thread | null)[] } | null;
  readonly list: ToDo;
  readonly since: Since;
  readonly opened: readonly Opened[];
  readonly bound: readonly Bound[];
};

/** The next event, absence or group of a list, in the order in which they are asked; with what is opened on the way there. */
type Head = {
  readonly step: Extract<Step, { kind: 'event' | 'absence' | 'any' | 'all' }>;
  readonly opened: readonly Opened[];
  /** Absences that look back from it. */
  readonly back: readonly Extract<Step, { kind: 'absence' }>[];
};

function headsOf(list: ToDo, isFirst: boolean, opened: readonly Opened[], back: Head['back'] = []): readonly Head[] {
  const step = list();
  if (step === null || step.kind === 'never') return [];
  switch (step.kind) {
    case 'perhaps':
      return [...headsOf(step.skip, isFirst, opened, back), ...headsOf(step.take, isFirst, opened, back)];
    case 'open':
      return headsOf(step.rest, isFirst, [...opened, { part: step.part, withinUs: step.withinUs, endUs: null }], back);
    case 'close':
      return headsOf(
        step.rest,
        isFirst,
        opened.filter(({ part }) => part !== step.part),
        back,
      );
    case 'absence':
      return isFirst ? headsOf(step.rest, isFirst, opened, [...back, step]) : [{ step, opened, back }];
    default:
      return [{ step, opened, back }];
  }
}

/** What is left of a list where the time of a part is over; null: it cannot be left. */
function listBehind(list: ToDo, part: object): ToDo | null {
  const step = list();
  if (step === null) return null;
  if (step.kind === 'perhaps') return listBehind(step.skip, part);
  if (step.kind === 'close' && step.part === part) return step.rest;
  return step.kind === 'close' || step.kind === 'open' ? listBehind(step.rest, part) : null;
}

function begun(opened: readonly Opened[], timeUs: number): readonly Opened[] {
  return opened.map(each => ({ ...each, endUs: each.endUs ?? timeUs + each.withinUs }));
}

function boundIn({ group, bound }: Thread): readonly Bound[] {
  const inside = group?.threads.flatMap(thread => (thread === null ? [] : boundIn(thread))) ?? [];
  return [...bound, ...inside];
}

function isComplete(thread: Thread): boolean {
  return isGroupComplete(thread) && isDone(thread.list);
}

function isGroupComplete({ group }: Thread): boolean {
  if (group === null) return true;
  const isThere = (thread: Thread | null) => thread !== null && isComplete(thread);
  return group.kind === 'any' ? group.threads.some(isThere) : group.threads.every(isThere);
}

/** One partial match: what it makes of rows and instants. Rows up to the present one are looked at. */
class Partial {
  readonly #node: MatchNode;
  readonly #rows: readonly PatternRow[];
  thread: Thread;
  firstUs = Infinity; // of its first event

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
    const left = this.#break(this.thread, row, this.bound);
    const next = left && this.#take(left, row, this.bound);
    if (next === null) return null;
    this.thread = next.thread;
    if (next.hasMoved) this.firstUs = Math.min(this.firstUs, this.#rows[row]!.timeUs);
    return next.hasMoved;
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

/** In an `or`, the first alternative that is complete goes on alone. */
function resolved(thread: Thread): Thread {
  if (thread.group?.kind !== 'any') return thread;
  const winner = thread.group.threads.find(inner => inner !== null && isComplete(inner));
  if (!winner) return thread;
  return {
    group: winner.group,
    list: append(winner.list, thread.list),
    since: thread.since,
    opened: [...thread.opened, ...winner.opened],
    bound: [...thread.bound, ...winner.bound],
  };
}

function stepsOf(part: PatternPart): readonly number[] {
  return part.kind === 'event' || part.kind === 'absence' ? [part.event] : part.parts.flatMap(stepsOf);
}

// ---------------------------------------------------------------- all of a key

class Key {
  readonly found: FoundMatch[] = [];
  dropped = 0;
  readonly #node: MatchNode;
  readonly #rows: readonly PatternRow[];
  #partials: Partial[] = [];

  constructor(node: MatchNode, rows: readonly PatternRow[]) {
    this.#node = node;
    this.#rows = rows;
  }

  moveTo(untilUs: number, rows: number): void {
    for (;;) {
      const us = Math.min(...this.#partials.flatMap(partial => [this.#endUs(partial), ...partial.dueTimes(rows)]));
      if (us > untilUs || us === Infinity) return;
      this.#comeDue(us, rows);
      for (const partial of [...this.#partials]) {
        if (this.#endUs(partial) !== us) continue;
        this.#showTimeout(partial, us);
        this.#remove(partial);
      }
    }
  }

  #comeDue(us: number, rows: number): void {
    for (const partial of [...this.#partials]) {
      if (this.#endUs(partial) <= us) continue;
      if (!partial.moveTo(us, rows)) {
        this.#showTimeout(partial, us);
        this.#remove(partial);
      } else if (partial.isComplete) {
        this.#complete(partial, us);
        if (this.#node.skip === 'past-last') return;
      }
    }
  }

  take(row: number): void {
    for (const partial of [...this.#partials]) {
      const before = partial.bound;
      const isGuarded = this.#node.unless.filter(({ event }) => partial.is(event, row, before));
      const taken = partial.take(row);
      if (taken !== null && partial.isComplete) {
        this.#complete(partial, this.#rows[row]!.timeUs);
        if (this.#node.skip === 'past-last') return;
        continue;
      }
      const bound = partial.bound;
      const isEnded = isGuarded.some(({ between }) => {
        if (between === null) return true;
        const [from, to] = between;
        const isBound = (event: number) => before.some(each => each.event === event);
        const isItself = bound.some(each => each.row === row && (each.event === from || each.event === to));
        return isBound(from) && !isBound(to) && !isItself;
      });
      if (taken === null || isEnded) this.#remove(partial);
    }
    this.#start(row);
  }

  #start(row: number): void {
    const partial = new Partial(this.#node, this.#rows);
    if (partial.take(row) !== true) return;
    if (partial.isComplete) return this.#complete(partial, this.#rows[row]!.timeUs);
    while (this.#partials.length >= this.#node.maxPartial) {
      this.#partials.shift();
      this.dropped++;
    }
    this.#partials.push(partial);
  }

  #complete(partial: Partial, timeUs: number): void {
    if (this.#node.on === 'match') this.found.push({ timeUs, values: partial.values() });
    if (this.#node.skip === 'past-last') this.#partials = [];
    else this.#remove(partial);
  }

  #showTimeout(partial: Partial, timeUs: number): void {
    if (this.#node.on === 'timeout') this.found.push({ timeUs, values: partial.values() });
  }

  #endUs(partial: Partial): number {
    return partial.firstUs + (this.#node.withinUs ?? Infinity);
  }

  #remove(partial: Partial): void {
    this.#partials = this.#partials.filter(other => other !== partial);
  }
}

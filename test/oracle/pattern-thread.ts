import { append, isDone, type Step, type ToDo } from './pattern-list.ts';

/** When something last happened: the time, and how many rows had been handled. Null: nothing has, in the whole match. */
export type Since = { readonly us: number; readonly rows: number } | null;
export type Bound = { readonly event: number; readonly row: number };
/** A part whose time counts; null: it has had no event yet. */
export type Opened = { readonly part: object; readonly withinUs: number; readonly endUs: number | null };

export type Thread = {
  /** A group that goes on, in front of the list; one of several that is out is null. */
  readonly group: { readonly kind: 'any' | 'all'; readonly threads: readonly (Thread | null)[] } | null;
  readonly list: ToDo;
  readonly since: Since;
  readonly opened: readonly Opened[];
  readonly bound: readonly Bound[];
};

/** The next event, absence or group of a list, in the order in which they are asked; with what is opened on the way there. */
export type Head = {
  readonly step: Extract<Step, { kind: 'event' | 'absence' | 'any' | 'all' }>;
  readonly opened: readonly Opened[];
  /** Absences that look back from it. */
  readonly back: readonly Extract<Step, { kind: 'absence' }>[];
};

export function headsOf(
  list: ToDo,
  isFirst: boolean,
  opened: readonly Opened[],
  back: Head['back'] = [],
): readonly Head[] {
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
export function listBehind(list: ToDo, part: object): ToDo | null {
  const step = list();
  if (step === null) return null;
  if (step.kind === 'perhaps') return listBehind(step.skip, part);
  if (step.kind === 'close' && step.part === part) return step.rest;
  return step.kind === 'close' || step.kind === 'open' ? listBehind(step.rest, part) : null;
}

export function begun(opened: readonly Opened[], timeUs: number): readonly Opened[] {
  return opened.map(each => ({ ...each, endUs: each.endUs ?? timeUs + each.withinUs }));
}

export function boundIn({ group, bound }: Thread): readonly Bound[] {
  const inside = group?.threads.flatMap(thread => (thread === null ? [] : boundIn(thread))) ?? [];
  return [...bound, ...inside];
}

export function isComplete(thread: Thread): boolean {
  return isGroupComplete(thread) && isDone(thread.list);
}

export function isGroupComplete({ group }: Thread): boolean {
  if (group === null) return true;
  const isThere = (thread: Thread | null) => thread !== null && isComplete(thread);
  return group.kind === 'any' ? group.threads.some(isThere) : group.threads.every(isThere);
}

/** In an `or`, the first alternative that is complete goes on alone. */
export function resolved(thread: Thread): Thread {
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

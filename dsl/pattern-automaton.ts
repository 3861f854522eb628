import { describeDuration } from './describe-expression.ts';
import type { MatchNode, PatternPart } from './plan.ts';

/**
 * What a partial match waits for, and where that leads: a drawing of a pattern for people. States are numbers from 1, and
 * START, MATCH and OVER.
 */
export type Automaton = {
  readonly transitions: readonly Transition[];
  /** States in which several things go on side by side, until all of them are done. */
  readonly regions: ReadonlyMap<string, readonly Automaton[]>;
};

export type Transition = { readonly from: string; readonly to: string; readonly when: string };

export const START = 'start';
export const MATCH = 'match';
export const OVER = 'over';
export const DONE = 'done'; // of a region

/** `nameOf`: what an event is called, with its condition. */
export function automatonOf(node: MatchNode, nameOf: (event: number) => string): Automaton {
  const then = node.on === 'timeout' ? MATCH : OVER;
  const drawing = new Drawing(nameOf, { states: { count: 0 }, late: then });
  drawing.whole(node.root, MATCH);
  for (const { event, between } of node.unless) {
    const range = between === null ? '' : ` between ${between.map(place => node.events[place]!.name).join(' and ')}`;
    drawing.add({ from: 'any', to: OVER, when: `${nameOf(event)}${range}` });
  }
  if (node.withinUs === null) return drawing;
  drawing.add({ from: 'any', to: then, when: `${describeDuration(node.withinUs)} after the first event` });
  return drawing;
}

/** Where a part may begin; `note`: what must have come before. */
type Place = { readonly state: string; readonly note: string };

/** What regions have in common: how many states there are, and where a match is that a part's time has ended. */
type Shared = { readonly states: { count: number }; readonly late: string };

class Drawing implements Automaton {
  readonly transitions: Transition[] = [];
  readonly regions = new Map<string, readonly Automaton[]>();
  readonly #nameOf: (event: number) => string;
  readonly #shared: Shared;

  constructor(nameOf: (event: number) => string, shared: Shared) {
    this.#nameOf = nameOf;
    this.#shared = shared;
  }

  whole(root: PatternPart, end: string): void {
    for (const { state, note } of this.#part(root, [{ state: START, note: '' }], { into: end, isLast: true })) {
      if (state !== end) this.add({ from: state, to: end, when: note });
    }
  }

  add(transition: Transition): void {
    this.transitions.push(transition);
  }

  /** The places behind the part; `into`: the state that it leads to, where there is one already. */
  #part(
    part: PatternPart,
    from: readonly Place[],
    to: { readonly into: string | null; readonly isLast: boolean },
  ): Place[] {
    if (part.kind === 'absence') return this.#absence(part, from, to.into);
    const isOnce = part.max === 1;
    const into = isOnce ? to.into : null;
    const behind = part.kind === 'event' ? this.#event(part, from, to) : this.#group(part, from, { ...to, into });
    if (!isOnce && part.kind !== 'event') this.#again(part, from, behind);
    const noted =
      part.kind === 'event' || isOnce ? behind : behind.map(({ state }) => ({ state, note: timesText(part) }));
    return part.min === 0 ? [...noted, ...from] : noted;
  }

  #event(
    part: Extract<PatternPart, { readonly kind: 'event' }>,
    from: readonly Place[],
    { into, isLast }: { readonly into: string | null; readonly isLast: boolean },
  ): Place[] {
    const { event, min, max } = part;
    const name = this.#nameOf(event);
    if (max === 1 || (isLast && min === 1)) return [{ state: this.#go(from, into ?? this.#state(), name), note: '' }];
    const state = this.#go(from, this.#state(), name);
    if (isLast) {
      if (min > 2) this.add({ from: state, to: state, when: `${name}, fewer than ${min}` });
      return [{ state: this.#go([{ state, note: '' }], into ?? this.#state(), `${name}, number ${min}`), note: '' }];
    }
    this.add({ from: state, to: state, when: `${name}${max === null ? '' : `, up to ${max}`}` });
    return [{ state, note: min > 1 ? `with ${min} of them` : '' }];
  }

  #absence(
    { event, forUs }: Extract<PatternPart, { readonly kind: 'absence' }>,
    from: readonly Place[],
    into: string | null,
  ): Place[] {
    const duration = describeDuration(forUs);
    const name = this.#nameOf(event);
    if (from.every(({ state }) => state === START)) {
      const own = `no ${name} for ${duration} before it`;
      return from.map(({ state, note }) => ({ state, note: note === '' ? own : `${note}, ${own}` }));
    }
    for (const { state } of from) this.add({ from: state, to: OVER, when: name });
    return [{ state: this.#go(from, into ?? this.#state(), `${duration} without ${name}`), note: '' }];
  }

  #group(
    part: Extract<PatternPart, { readonly parts: unknown }>,
    from: readonly Place[],
    to: { readonly into: string | null; readonly isLast: boolean },
  ): Place[] {
    switch (part.kind) {
      case 'sequence': {
        let places = from;
        const before = this.#shared.states.count;
        for (const [i, inner] of part.parts.entries()) {
          const isEnd = i === part.parts.length - 1;
          const strict = part.arrows[i - 1] === 'strict' ? places : [];
          places = this.#part(inner, places, { into: isEnd ? to.into : null, isLast: to.isLast && isEnd });
          for (const { state } of strict) this.add({ from: state, to: OVER, when: 'any other event' });
        }
        this.#limit(part.withinUs, before, places);
        return [...places];
      }
      case 'any': {
        const into = to.into ?? this.#state();
        return part.parts.flatMap(inner => this.#part(inner, from, { ...to, into })).filter(isNew);
      }
      case 'all': {
        const state = this.#go(from, this.#state(), 'all of these, in any order');
        const regions = part.parts.map(inner => {
          const region = new Drawing(this.#nameOf, this.#shared);
          region.whole(inner, DONE);
          return region;
        });
        this.regions.set(state, regions);
        return [{ state: this.#go([{ state, note: '' }], to.into ?? this.#state(), 'all are there'), note: '' }];
      }
    }
  }

  /** A part's own time, in the states that came with it, but where it is complete. */
  #limit(withinUs: number | null, before: number, ends: readonly Place[]): void {
    if (withinUs === null) return;
    const when = `${describeDuration(withinUs)} after the first event of the part`;
    for (let number = before + 1; number <= this.#shared.states.count; number++) {
      const from = String(number);
      const end = ends.find(({ state }) => state === from);
      if (end === undefined) this.add({ from, to: this.#shared.late, when });
      else if (end.note !== '') this.add({ from, to: this.#shared.late, when: `${when} (not ${end.note})` });
    }
  }

  #again(
    part: Exclude<PatternPart, { readonly kind: 'absence' }>,
    from: readonly Place[],
    behind: readonly Place[],
  ): void {
    const [first] = from;
    const most = part.max === null ? '' : `, up to ${part.max} times`;
    for (const { state } of behind) this.add({ from: state, to: first!.state, when: `again${most}` });
  }

  #go(from: readonly Place[], to: string, when: string): string {
    for (const { state, note } of from) this.add({ from: state, to, when: note === '' ? when : `${when} (${note})` });
    return to;
  }

  #state(): string {
    const { states } = this.#shared;
    states.count++;
    return String(states.count);
  }
}

function timesText({ min }: { readonly min: number }): string {
  return min > 1 ? `after ${min} times` : '';
}

function isNew({ state }: Place, i: number, places: readonly Place[]): boolean {
  return places.findIndex(other => other.state === state) === i;
}

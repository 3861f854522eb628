import type { MatchNode } from '../../dsl/plan.ts';
import type { Step } from './match-steps.ts';
import { freeName } from './sql-text.ts';

/** A variable of a row pattern: which rows it takes. */
export type Variable = {
  readonly name: string;
  readonly quantifier: string; // as behind the name
  readonly event: number | null; // null: it skips rows
  /** Rows that are such an event are not taken: what is waited for, or what `unless` says. */
  readonly not: readonly number[];
  /** Rows of this event are not taken once there are `min`: they move on. */
  readonly unlessMore: { readonly event: number; readonly min: number } | null;
};

/**
 * `a -> b` is the next b: rows between that are not b are skipped by a variable of their own, so that no other match of the
 * same a is found. Steps of several events behind `->` become a variable each, since Flink has no groups.
 */
export function variablesOf(steps: readonly Step[], node: MatchNode): readonly Variable[] {
  const places = steps.flatMap((step, index) => placesOf(step, steps[index + 1]));
  const names = new Set<string>();
  const name = (wanted: string) => {
    const free = freeName(wanted, names);
    names.add(free);
    return free;
  };
  return places.flatMap((place, index) => {
    const { step, quantifier, unlessMore } = place;
    const word = node.events[step.event]!.name;
    const isFirst = index === 0;
    const isLast = index === places.length - 1;
    const before = isFirst ? null : places[index - 1]!.step.event;
    const guards = guardsAt(node, steps, { before, at: step.event });
    const own: Variable = {
      name: name(word),
      quantifier,
      event: step.event,
      not: isFirst || isLast ? [] : guards.atEvent,
      unlessMore,
    };
    if (isFirst || step.arrow === 'strict') return [own];
    const skipping: Variable = {
      name: name(`until_${own.name}`),
      quantifier: '*',
      event: null,
      not: [step.event, ...guards.beforeIt],
      unlessMore: null,
    };
    return [skipping, own];
  });
}

type Place = Pick<Variable, 'quantifier' | 'unlessMore'> & { readonly step: Step };

function placesOf(step: Step, next: Step | undefined): Place[] {
  const { min, max } = step;
  if (min === 1 && max === 1) return [{ step, quantifier: '', unlessMore: null }];
  if (step.arrow === 'next')
    return Array.from({ length: Math.max(min, 1) }, () => ({ step, quantifier: '', unlessMore: null }));
  const quantifier = min === max ? `{${min}}` : `{${min},${max ?? ''}}`;
  return [{ step, quantifier, unlessMore: min === max || next === undefined ? null : { event: next.event, min } }];
}

/** Events that must not come before a step, and those that its own rows must not be: a row of a guard's end is not between. */
function guardsAt(
  node: MatchNode,
  steps: readonly Step[],
  { before, at }: { readonly before: number | null; readonly at: number },
): { readonly beforeIt: readonly number[]; readonly atEvent: readonly number[] } {
  const order = (event: number) => steps.findIndex(step => step.event === event);
  const from = (between: readonly [number, number]) => before !== null && order(before) >= order(between[0]);
  const guards = node.unless.map(({ event, between }) => ({
    event,
    isBefore: between === null || (from(between) && order(at) <= order(between[1])),
    isAt: between === null || (from(between) && order(at) < order(between[1])),
  }));
  return {
    beforeIt: guards.filter(({ isBefore }) => isBefore).map(({ event }) => event),
    atEvent: guards.filter(({ isAt }) => isAt).map(({ event }) => event),
  };
}

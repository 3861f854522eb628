import type { BoundValue, MatchNode } from '../../dsl/plan.ts';
import { type Automaton, COMPLETE, OVER, START, STEP_ROW, type Transition } from './automaton.ts';

/**
 * A pattern in which each row of a key moves a partial match on, or ends it: `a ~> b ~> c`. So those of a key differ in how many
 * rows they have bound, and what they have bound are the key's last rows.
 */
export type Chain = {
  /** Of rows that a match binds, in their order: the event, and the automaton's state in which it is waited for. */
  readonly steps: readonly { readonly event: number; readonly state: number; readonly transition: Transition }[];
};

/** As many as there are bits for. */
const MAX_STEPS = 31;

/** The pattern as a chain, read off its automaton; null: it is none, or more is asked of it than its last rows say. */
export function chainOf(node: MatchNode, automaton: Automaton): Chain | null {
  if (node.on === 'timeout' || node.unless.length > 0) return null;
  if (node.values.some(({ take }) => take.kind === 'aggregate')) return null;
  const steps: Chain['steps'][number][] = [];
  for (let state = START; state !== COMPLETE; state = steps.at(-1)!.transition.target) {
    const step = stepOf(automaton, state);
    if (step === null || steps.length === MAX_STEPS) return null;
    steps.push(step);
  }
  return steps.length > 1 && node.maxPartial >= steps.length - 1 ? { steps } : null;
}

/** Of the rows of a match, by their order, which one has the value once so many are bound; null: none, so that it is null. */
export function rowOfValue({ steps }: Chain, { event, take }: BoundValue, bound: number): number | null {
  const rows = steps.flatMap((step, row) => (step.event === event && row < bound ? [row] : []));
  const index = take.kind === 'index' ? take.index : take.kind === 'first' ? 0 : rows.length - 1;
  return rows[index] ?? null;
}

/** What a state waits for, where that is one event, of the very next row; null: it waits for something else. */
function stepOf(automaton: Automaton, state: number): Chain['steps'][number] | null {
  const { interest, pending, deadlines, back } = automaton.states[state]!;
  if (pending.length + deadlines.length + back.size > 0) return null;
  const events = interest & ~STEP_ROW;
  if (events === 0 || (events & (events - 1)) !== 0) return null;
  if (state !== START && automaton.take(state, STEP_ROW).target !== OVER) return null;
  const transition = automaton.take(state, interest);
  const event = Math.log2(events);
  const { target, saves, binds, clears, starts, begins } = transition;
  const isPlain = [saves, clears, starts, begins].every(list => list.length === 0);
  const isStep = isPlain && binds.length === 1 && binds[0] === event && (target >= 0 || target === COMPLETE);
  return isStep ? { event, state, transition } : null;
}

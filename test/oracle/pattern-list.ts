import type { PatternPart } from '../../dsl/plan.ts';

/**
 * What is still to do of a pattern: a list, made as far as it is asked for, in which quantifiers are written out (`a{2,3}` is
 * `a`, then `a`, then perhaps `a`); null: all is done.
 */
export type ToDo = () => Step | null;
export type Step =
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

export const DONE: ToDo = () => null;

/** The part, as often as its quantifier says, and then `rest`. */
export function listOf(
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

export function append(list: ToDo, rest: ToDo): ToDo {
  return () => {
    const step = list();
    if (step === null) return rest();
    if (step.kind === 'never') return step;
    if (step.kind === 'perhaps') return { ...step, skip: append(step.skip, rest), take: append(step.take, rest) };
    return { ...step, rest: append(step.rest, rest) };
  };
}

/** Whether nothing more has to come. */
export function isDone(list: ToDo): boolean {
  const step = list();
  if (step === null) return true;
  if (step.kind === 'perhaps') return isDone(step.skip);
  return (step.kind === 'open' || step.kind === 'close') && isDone(step.rest);
}

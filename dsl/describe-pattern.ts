import { describeAggregate, describeDuration } from './describe-expression.ts';
import type { BoundValue, MatchNode, PatternPart } from './plan.ts';

type Names = (event: number) => string;

/** A pattern as its author would write it, without the conditions of its events: `a -> b{3} within 5m unless c`. */
export function describePattern({ events, root, withinUs, unless }: MatchNode): string {
  const nameOf: Names = event => events[event]!.name;
  const guards = unless.map(({ event, between }) => {
    const range = between === null ? '' : ` between [${between.map(nameOf).join(', ')}]`;
    return ` unless ${nameOf(event)}${range}`;
  });
  const within = withinUs === null ? '' : ` within ${describeDuration(withinUs)}`;
  return `${describeRoot(root, nameOf)}${within}${guards.join('')}`;
}

/** What is kept of the rows that are bound to an event: `v.last.rms`, `avg(v.rms)`. */
export function describeBound({ event, take, column }: BoundValue, { events }: Pick<MatchNode, 'events'>): string {
  const { name } = events[event]!;
  const field = column === null ? '' : `.${column}`;
  switch (take.kind) {
    case 'first':
    case 'last':
      return `${name}.${take.kind}${field}`;
    case 'index':
      return `${name}[${take.index + 1}]${field}`;
    case 'aggregate':
      return describeAggregate({ aggregate: take.aggregate, arguments: [`${name}${field}`] }, null);
  }
}

/** The whole pattern needs no parentheses, where it is a sequence that has nothing to say of itself. */
function describeRoot(root: PatternPart, nameOf: Names): string {
  const isPlain = root.kind === 'sequence' && root.withinUs === null && root.min === 1 && root.max === 1;
  return isPlain ? describeSequence(root, nameOf) : describePart(root, nameOf);
}

function describePart(part: PatternPart, nameOf: Names): string {
  switch (part.kind) {
    case 'event':
      return `${nameOf(part.event)}${quantifier(part)}`;
    case 'absence':
      return `not ${nameOf(part.event)} for ${describeDuration(part.forUs)}`;
    case 'sequence': {
      const within = part.withinUs === null ? '' : ` within ${describeDuration(part.withinUs)}`;
      return `(${describeSequence(part, nameOf)}${within})${quantifier(part)}`;
    }
    case 'any':
    case 'all': {
      const word = part.kind === 'any' ? ' or ' : ' and ';
      return `(${part.parts.map(inner => describePart(inner, nameOf)).join(word)})${quantifier(part)}`;
    }
  }
}

function describeSequence(
  { parts, arrows }: Extract<PatternPart, { readonly kind: 'sequence' }>,
  nameOf: Names,
): string {
  const arrow = (index: number) => (index === 0 ? '' : arrows[index - 1] === 'strict' ? ' ~> ' : ' -> ');
  return parts.map((part, index) => `${arrow(index)}${describePart(part, nameOf)}`).join('');
}

function quantifier({ min, max }: { readonly min: number; readonly max: number | null }): string {
  if (max === null) return min === 1 ? '+' : `{${min},}`;
  if (min === max) return min === 1 ? '' : `{${min}}`;
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`;
}

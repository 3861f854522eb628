import type { MatchNode, PatternPart, PlanNode } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';

/** A step of a pattern as Flink can have it: an event, so many times, behind the step before. */
export type Step = {
  readonly event: number; // its place in the node
  readonly arrow: 'next' | 'strict';
  readonly min: number;
  readonly max: number | null;
};

/** The pattern, whose input is `rows`, as a plain sequence; what is more than that becomes a gap. */
export function stepsOf(node: MatchNode, rows: PlanNode, gaps: Gaps): readonly Step[] {
  const steps = stepsOfPart(node.root, 'next', gaps);
  refuseForeignGuards(node, steps, gaps);
  refusePassedOver(node, steps, { rows, gaps });
  return steps.map((step, index) => simplified(step, { next: steps[index + 1] }, nameOf(node, step), gaps));
}

/** `~>` looks at rows of the steps' streams alone; Flink's rows that follow each other are all of the input. */
function refuseForeignGuards(node: MatchNode, steps: readonly Step[], gaps: Gaps): void {
  if (!steps.some(({ arrow }) => arrow === 'strict')) return;
  const streams = steps.map(({ event }) => node.events[event]!.rows);
  const isForeign = node.unless.some(({ event }) => !streams.includes(node.events[event]!.rows));
  if (isForeign) gaps.add('`~>` beside `unless` on another stream', 'rows of that stream would stand between in Flink');
}

/** Readings that are not good do not stand between for us. */
function refusePassedOver(
  node: MatchNode,
  steps: readonly Step[],
  { rows, gaps }: { readonly rows: PlanNode; readonly gaps: Gaps },
): void {
  if (!steps.some(({ arrow }) => arrow === 'strict')) return;
  const streams = [null, ...(rows.kind === 'merge' ? rows.inputs.map(({ isHere }) => isHere) : [])];
  if (steps.every(({ event }) => streams.includes(node.events[event]!.rows))) return;
  gaps.add('`~>` between readings that have a quality', 'those that are not good would stand between in Flink');
}

function stepsOfPart(part: PatternPart, arrow: Step['arrow'], gaps: Gaps): readonly Step[] {
  switch (part.kind) {
    case 'event':
      return [{ event: part.event, arrow, min: part.min, max: part.max }];
    case 'sequence':
      if (part.withinUs !== null) gaps.add('`within` of a part of a pattern', 'MATCH_RECOGNIZE has one for the whole');
      if (part.min !== 1 || part.max !== 1) gaps.add('a quantified group', 'Flink has no groups in patterns');
      return part.parts.flatMap((inner, index) =>
        stepsOfPart(inner, index === 0 ? arrow : part.arrows[index - 1]!, gaps),
      );
    case 'any':
      gaps.add('`or` between steps', 'Flink has no alternatives in patterns');
      return [];
    case 'all':
      gaps.add('`and` between steps', 'Flink has no permutations in patterns');
      return [];
    case 'absence':
      gaps.add('`not … for` as a step', 'MATCH_RECOGNIZE sees nothing where no event comes');
      return [];
  }
}

/** Quantifiers that the step's arrow cannot have are gaps; a last step takes the least number. */
function simplified(step: Step, { next }: { readonly next: Step | undefined }, name: string, gaps: Gaps): Step {
  if (next === undefined) {
    if (step.min === 0) gaps.add(`the optional last step \`${name}\``, 'a pattern in Flink ends with an event');
    return { ...step, max: step.min };
  }
  if (step.min === step.max) return step;
  const construct = `the step \`${name}\` of ${step.min} to ${step.max ?? 'any number of'} events`;
  if (step.arrow === 'next' || next.arrow === 'next') {
    gaps.add(construct, 'Flink has no groups in patterns: events that are left out between would be lost to the step');
  }
  return step;
}

function nameOf(node: MatchNode, { event }: Step): string {
  return node.events[event]!.name;
}

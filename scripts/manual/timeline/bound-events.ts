import type { Field, MatchNode, PatternPart, Plan, PlanNode, SelectNode } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import { START_US } from '../../../engine/scenario/virtual-clock.ts';
import { frameOf } from './frame-of.ts';
import type { BoundEvent } from './timeline.ts';

/** How many events of one name a picture shows. */
const MOST = 8;

/** No field of a rule file has a blank in its name. */
const BOUND = 'bound ';

/** A pattern that also keeps when the rows came that it binds. */
export function withTimes(node: MatchNode): MatchNode {
  const times = timesOf(node).map(
    ({ event, index, column }) =>
      ({ name: column, event, take: { kind: 'index', index }, column: 'time', type: 'time' }) as const,
  );
  return { ...node, values: [...node.values, ...times] };
}

/** These times as fields of what sees matches; none where the node sees something else. */
export function boundFields(node: PlanNode, plan: Plan): SelectNode['fields'] {
  const frame = frameOf(node, plan);
  if (frame.kind !== 'match') return [];
  return timesOf(frame).map(({ event, index, column }): Field & { column: string } => {
    return { name: `${BOUND}${event} ${index} ${frame.events[event]!.name}`, type: 'time', column };
  });
}

export function boundIn(values: Readonly<Record<string, Scalar>>): BoundEvent[] {
  const bound = Object.entries(values).flatMap(([field, atUs]) => {
    if (!field.startsWith(BOUND) || typeof atUs !== 'number') return [];
    return [{ atUs: atUs - START_US, name: field.split(' ')[3]! }];
  });
  return bound.sort((a, b) => a.atUs - b.atUs); // stable
}

export function withoutBound(values: Readonly<Record<string, Scalar>>): Readonly<Record<string, Scalar>> {
  return Object.fromEntries(Object.entries(values).filter(([field]) => !field.startsWith(BOUND)));
}

function timesOf(node: MatchNode) {
  return stepsOf(node.root, 1).flatMap(({ event, most }) =>
    Array.from({ length: most }, (_, index) => ({ event, index, column: `${node.id} ${BOUND}${event} ${index}` })),
  );
}

function stepsOf(part: PatternPart, rounds: number): { readonly event: number; readonly most: number }[] {
  if (part.kind === 'absence') return [];
  const most = Math.min(part.max === null ? MOST : part.max * rounds, MOST);
  if (part.kind === 'event') return [{ event: part.event, most }];
  return part.parts.flatMap(inner => stepsOf(inner, most));
}

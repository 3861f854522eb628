import type { CheckedJoin, JoinedStream } from '../check/join.ts';
import { rekeyDelay } from '../check/delay.ts';
import type { IntervalJoinNode, LatestJoinNode } from '../plan.ts';
import { planField } from '../check/plan-field.ts';
import type { PlanGraph, View } from './plan-graph.ts';

type Side = JoinedStream & { readonly view: View; readonly place: number }; // place: in the file
type Lowered = Omit<CheckedJoin, 'left' | 'right'> & { readonly left: Side; readonly right: Side };

/** Rows of a key that wait for others, of each side: beyond them the oldest is dropped, and counted. */
const MAX_ROWS = 10_000;

/** The rows of both streams in one order by one key, and those that belong together. */
export function lowerJoin(join: Lowered, name: string, graph: PlanGraph): View {
  const { left, right, by, key, time, fields } = join;
  const sides = left.place <= right.place ? [left, right] : [right, left];
  const merged = graph.merge(
    sides.map(({ view, schema, name: record }) => ({
      view: by === null ? view : graph.rekey(view, by, `${name}#by(${schema.name})`),
      name: `${name}#${record}`,
      latenessUs: (by === null ? schema.delay : rekeyDelay(schema.delay)).latenessUs,
    })),
    key.map(planField),
    name,
  );
  const placeOf = { left: sides.indexOf(left), right: sides.indexOf(right) };
  const rows = {
    input: merged.view.id,
    left: merged.isHere(placeOf.left),
    right: merged.isHere(placeOf.right),
    join: join.join,
    fields: fields.map(({ of, column, ...field }) => ({
      ...planField(field),
      column: merged.column(placeOf[of], planField({ ...field, name: column })),
      of,
    })),
  } satisfies Omit<LatestJoinNode, 'kind' | 'id' | 'withinUs'>;
  if (time.kind === 'latest') return graph.join({ kind: 'latest-join', ...rows, withinUs: time.withinUs }, name);
  const { withinUs, direction } = time;
  const node: Omit<IntervalJoinNode, 'id'> = { kind: 'interval-join', ...rows, withinUs, direction, maxRows: MAX_ROWS };
  return graph.join(node, name);
}

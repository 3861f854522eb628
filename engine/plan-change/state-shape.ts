import type { Field } from '../../dsl/plan.ts';
import { historyColumns } from './history-columns.ts';
import type { Identities, PlanIdentity } from './plan-identity.ts';
import type { RowsNode } from './state-change.ts';

/**
 * What a node's state means, and what it is made of: parts by name. Of a window these are its aggregates; of a pattern, the
 * values that it keeps; of a range, the arguments of its aggregates, since all that these hold follows from the rows; of a
 * rekey or a merge, the columns of waiting rows.
 */
export type StateShape = {
  readonly identity: number;
  readonly parts: ReadonlyMap<string, number>;
  /**
   * Null: the state is of no use where a part is missing. Of waiting rows, what the parts are: a value stays what it was
   * when it was read, so a part of the same name, type and unit will do, and where there is none it is null.
   */
  readonly waiting: readonly Field[] | null;
};

export function stateShape(node: RowsNode, plan: PlanIdentity, ids: Identities): StateShape {
  if (node.kind === 'merge') {
    const fields = node.inputs.flatMap(({ columns }) => columns);
    const merged = fields.map(({ name }) => [name, plan.columnOf(node.id, name).identity] as const);
    return { identity: plan.rowsOf(node.id), parts: new Map(merged), waiting: fields };
  }
  const column = (name: string) => plan.columnOf(node.input, name).identity;
  switch (node.kind) {
    case 'side':
    case 'alerts':
      return { identity: plan.rowsOf(node.id), parts: new Map(), waiting: null };
    case 'interval-join':
    case 'latest-join':
    case 'rekey': {
      const parts = new Map(node.fields.map(({ name }) => [name, plan.columnOf(node.id, name).identity]));
      return { identity: plan.rowsOf(node.id), parts, waiting: node.fields };
    }
    case 'silence':
      return { identity: plan.rowsOf(node.id), parts: new Map(), waiting: null };
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'state-window':
    case 'count-window': {
      const parts = new Map(node.aggregates.map(call => [call.name, plan.aggregateOf(node.input, call).identity]));
      return { identity: plan.rowsOf(node.id), parts, waiting: null };
    }
    case 'match': {
      const parts = new Map(node.values.map(value => [value.name, plan.boundValueOf(node.input, value).identity]));
      return { identity: plan.patternOf(node), parts, waiting: null };
    }
    case 'range': {
      const quality = node.quality === null ? null : column(node.quality);
      const parts = new Map(node.aggregates.flatMap(call => call.arguments).map(name => [name, column(name)]));
      return { identity: ids.of('range', plan.rowsOf(node.input), node.range, quality), parts, waiting: null };
    }
    case 'detector':
      return { identity: plan.detectorOf(node), parts: new Map(), waiting: null };
    case 'history': {
      const content = [node.function, node.events, node.us ?? null, historyColumns(node).map(column)];
      const identity = ids.of('history', plan.rowsOf(node.input), ...content);
      return { identity, parts: new Map(), waiting: null };
    }
  }
}

/** From the names of parts to those of the same meaning in another shape, by the same name where that is one of them. */
export function namesOfParts(shape: StateShape, stored: StateShape): ReadonlyMap<string, string> {
  const storedNames = new Map([...stored.parts].map(([name, identity]) => [identity, name]));
  const like = sameFields(stored.waiting ?? [], shape.waiting ?? []);
  return new Map(
    [...shape.parts].flatMap(([name, identity]) => {
      const isThere = stored.parts.get(name) === identity;
      const storedName = isThere ? name : (storedNames.get(identity) ?? like.get(name));
      return storedName === undefined ? [] : [[name, storedName] as const];
    }),
  );
}

/** Fields of the same name, type and unit, by name. */
export function sameFields(stored: readonly Field[], next: readonly Field[]): ReadonlyMap<string, string> {
  const known = new Set(stored.map(fieldText));
  return new Map(next.filter(field => known.has(fieldText(field))).map(({ name }) => [name, name]));
}

function fieldText({ name, type, unit }: Field): string {
  return JSON.stringify([name, type, unit]);
}

import { type AggregateColumn, type Expression, inputsOf, type PatternEvent } from '../../dsl/plan.ts';
import { eventText } from './describe-change.ts';
import { historyColumns } from './history-columns.ts';
import type { ColumnIdentity } from './plan-identity.ts';
import type { PlanSide } from './plan-side.ts';
import { type RowsNode, type RowsStep, type StateChange } from './state-change.ts';

type Pair<T> = { readonly stored: T; readonly next: T };

/**
 * The first difference, on the way from the source, between two nodes that do not mean the same. `missing` are the parts
 * of the next node's state that the stored one lacks: aggregates of a window, arguments of a range.
 */
export function findChange(
  { missing, ...pair }: Pair<RowsNode> & { readonly missing: readonly string[] },
  sides: Pair<PlanSide>,
): StateChange {
  const inputs = { stored: inputsOf(pair.stored), next: inputsOf(pair.next) };
  for (let place = 0; place < Math.min(inputs.stored.length, inputs.next.length); place++) {
    const change = wayChange({ stored: inputs.stored[place]!, next: inputs.next[place]! }, sides);
    if (change !== undefined) return change;
  }
  return ownChange(pair, missing, sides);
}

function wayChange(views: Pair<string>, sides: Pair<PlanSide>): StateChange | undefined {
  const stored = sides.stored.wayTo(views.stored);
  const next = sides.next.wayTo(views.next);
  for (let i = 0; i < Math.max(stored.length, next.length); i++) {
    const steps = { stored: stored[i] ?? null, next: next[i] ?? null };
    if (!isSameStep(steps, sides)) return stepChange(steps, sides);
  }
  return undefined;
}

function isSameStep({ stored, next }: Pair<RowsStep | null>, sides: Pair<PlanSide>): boolean {
  if (stored === null || next === null) return false;
  return sides.stored.identity.rowsOf(stored.id) === sides.next.identity.rowsOf(next.id);
}

function stepChange({ stored, next }: Pair<RowsStep | null>, sides: Pair<PlanSide>): StateChange {
  if (stored?.kind === 'source' && next?.kind === 'source') {
    return { kind: 'stream', stored: stored.id, next: next.id };
  }
  if (stored?.kind === 'filter' && next?.kind === 'filter') {
    const change = columnChange({ stored: stored.input, next: next.input }, columnsIn(next.condition), sides);
    const isWrittenTheSame = JSON.stringify(stored.condition) === JSON.stringify(next.condition);
    if (isWrittenTheSame && change !== undefined) return change;
    return { kind: 'condition', stored: stored.condition, next: next.condition };
  }
  if (stored?.kind === 'rekey' && next?.kind === 'rekey' && isEqual(stored.by, next.by)) {
    return columnChange({ stored: stored.input, next: next.input }, next.by, sides) ?? { kind: 'rows', stored, next };
  }
  return { kind: 'rows', stored, next };
}

/** The rows are the same; what is made of them is not. */
function ownChange({ stored, next }: Pair<RowsNode>, missing: readonly string[], sides: Pair<PlanSide>): StateChange {
  if (stored.kind === 'merge' || next.kind === 'merge') return { kind: 'definition', stored };
  const inputs = { stored: stored.input, next: next.input };
  switch (next.kind) {
    case 'side':
    case 'alerts':
    case 'interval-join':
    case 'latest-join':
      return { kind: 'definition', stored };
    case 'rekey':
      return columnChange(inputs, next.by, sides) ?? { kind: 'definition', stored };
    case 'silence':
      return { kind: 'definition', stored };
    case 'detector':
      return columnChange(inputs, next.arguments, sides) ?? { kind: 'definition', stored };
    case 'history':
      return columnChange(inputs, historyColumns(next), sides) ?? { kind: 'definition', stored };
    case 'match': {
      const value = next.values.find(({ name }) => name === missing[0]);
      if (value !== undefined) return { kind: 'value', value };
      const event = stored.kind === 'match' ? changedEvent(stored.events, next.events) : undefined;
      if (event !== undefined) return event;
      const conditions = next.events.flatMap(({ rows, when }) => [rows, when]).filter(name => name !== null);
      return columnChange(inputs, conditions, sides) ?? { kind: 'definition', stored };
    }
    case 'range': {
      const aggregate = next.aggregates.find(column => column.arguments.includes(missing[0]!));
      if (aggregate === undefined) return { kind: 'definition', stored };
      return columnChange(inputs, missing, sides) ?? { kind: 'aggregate', aggregate };
    }
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'state-window':
    case 'count-window': {
      const aggregate = next.aggregates.find(column => column.name === missing[0]);
      if (aggregate === undefined) {
        const conditions = next.kind === 'state-window' ? [next.from, next.to] : [];
        return columnChange(inputs, conditions, sides) ?? { kind: 'definition', stored };
      }
      const before = 'aggregates' in stored ? stored.aggregates : [];
      const change = columnChange(inputs, aggregate.arguments, sides);
      const isKnown = before.some(column => isWrittenTheSame(column, aggregate));
      return isKnown && change !== undefined ? change : { kind: 'aggregate', aggregate };
    }
  }
}

/** The first event that says something else, of patterns with as many. */
function changedEvent(stored: readonly PatternEvent[], next: readonly PatternEvent[]): StateChange | undefined {
  if (stored.length !== next.length) return undefined;
  const index = next.findIndex((event, i) => eventText(event) !== eventText(stored[i]!));
  return index < 0 ? undefined : { kind: 'event', stored: stored[index]!, next: next[index]! };
}

/** The first of these columns that is there in the stored plan too, and means something else. */
function columnChange(inputs: Pair<string>, names: readonly string[], sides: Pair<PlanSide>): StateChange | undefined {
  for (const name of names) {
    const stored = sides.stored.identity.findColumn(inputs.stored, name);
    const next = sides.next.identity.findColumn(inputs.next, name);
    if (stored === undefined || next === undefined || stored.identity === next.identity) continue;
    return fieldChange(inputs, next, sides) ?? { kind: 'column', column: name };
  }
  return undefined;
}

/** The first field that a column comes from, and that the two sources declare differently. */
function fieldChange(inputs: Pair<string>, column: ColumnIdentity, sides: Pair<PlanSide>): StateChange | undefined {
  const storedSource = sides.stored.wayTo(inputs.stored)[0];
  const nextSource = sides.next.wayTo(inputs.next)[0];
  if (storedSource?.kind !== 'source' || nextSource?.kind !== 'source') return undefined;
  for (const name of column.fields) {
    const stored = storedSource.fields.find(field => field.name === name);
    const next = nextSource.fields.find(field => field.name === name);
    if (stored === undefined || next === undefined) continue;
    const isSame =
      sides.stored.identity.findColumn(storedSource.id, name)?.identity ===
      sides.next.identity.findColumn(nextSource.id, name)?.identity;
    if (!isSame) return { kind: 'field', stored, next };
  }
  return undefined;
}

function columnsIn(condition: Expression): string[] {
  const names: string[] = [];
  JSON.stringify(condition, (name, value: unknown) => {
    if (name === 'column' && typeof value === 'string') names.push(value);
    return value;
  });
  return names;
}

function isWrittenTheSame(a: AggregateColumn, b: AggregateColumn): boolean {
  return a.aggregate === b.aggregate && a.parameter === b.parameter && isEqual(a.arguments, b.arguments);
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

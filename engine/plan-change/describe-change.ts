import {
  describeAggregate,
  describeDetector,
  describeDuration,
  describeExpression,
  describeHistory,
  describeRange,
} from '../../dsl/describe-expression.ts';
import { describeField } from '../../dsl/describe-field.ts';
import { describeJoin } from '../../dsl/describe-join.ts';
import { describePanes } from '../../dsl/describe-panes.ts';
import { describePattern } from '../../dsl/describe-pattern.ts';
import type { AggregateColumn, Field, PatternEvent, RangeNode } from '../../dsl/plan.ts';
import type { RowsNode, RowsStep, StateChange } from './state-change.ts';

/** Why a node starts empty, as a part of a sentence. `range` is the node's own, if it is one. */
export function describeChange(change: StateChange, range: RangeNode['range'] | null): string {
  switch (change.kind) {
    case 'new':
      return 'it is new';
    case 'key':
      return `its key is ${keyText(change.next)}; it was ${keyText(change.stored)}`;
    case 'time':
      return 'its event time is read in another way';
    case 'levels':
      return `its levels are ${change.next.join(', ')}; they were ${change.stored.join(', ')}`;
    case 'stream':
      if (change.stored === change.next) return `stream ${change.next} starts empty`;
      return `it reads ${change.next}; it read ${change.stored}`;
    case 'condition':
      return `it is of rows where ${expressionText(change.next)}; it was where ${expressionText(change.stored)}`;
    case 'rows':
      return rowsText(change.stored, change.next);
    case 'field':
      return `it is of \`${fieldText(change.next)}\`; it was of \`${fieldText(change.stored)}\``;
    case 'column':
      return `${readableColumn(change.column)} is computed in another way`;
    case 'aggregate':
      return `${aggregateText(change.aggregate, range)} is new`;
    case 'event':
      return `${change.next.name} is ${eventText(change.next)}; it was ${eventText(change.stored)}`;
    case 'value':
      return `${readableColumn(change.value.name)} is new`;
    case 'definition':
      return `it was ${definitionText(change.stored)}`;
  }
}

export function aggregateText(aggregate: AggregateColumn, range: RangeNode['range'] | null): string {
  return describeAggregate({ ...aggregate, arguments: aggregate.arguments.map(readableColumn) }, range);
}

/** What a column is of: `motor_1m#where#abs(temp)` is `abs(temp)`. Names of streams and fields have no `#`. */
export function readableColumn(column: string): string {
  return column.replace(/^[^#]*#(?:(?:where|by|window|having)(?:~\d+)?#)*/, '');
}

function rowsText(stored: RowsStep | null, next: RowsStep | null): string {
  if (next === null) return `its rows are no longer ${stored === null ? 'the same' : stepText(stored)}`;
  return `its rows are ${stepText(next)} now${stored === null ? '' : `, no longer ${stepText(stored)}`}`;
}

function stepText(step: RowsStep): string {
  switch (step.kind) {
    case 'source':
      return `of ${step.id}`;
    case 'filter':
      return `those where ${expressionText(step.condition)}`;
    default:
      return definitionText(step);
  }
}

function definitionText(node: RowsNode): string {
  switch (node.kind) {
    case 'side':
      return sideText(node);
    case 'alerts':
      return `alerts of ${node.rules.map(rule => rule.replace('rule:', '')).join(', ')}`;
    case 'rekey':
      return node.by.length === 0 ? 'of one key for all' : `by ${node.by.map(readableColumn).join(', ')}`;
    case 'interval-join':
    case 'latest-join':
      return `of a ${describeJoin(node)}`;
    case 'merge':
      return `of ${node.inputs.map(({ input }) => input).join(' and ')} together`;
    case 'silence': {
      const expected = node.expectedBy === null ? '' : `, expected by ${node.expectedBy}`;
      return `the silences of ${describeDuration(node.forUs)}${expected}`;
    }
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'state-window':
    case 'count-window':
      return describePanes(node, readableColumn);
    case 'match':
      return `\`${describePattern(node)}\``;
    case 'range': {
      const quality = node.quality === null ? 'of any quality' : `whose ${readableColumn(node.quality)} is good`;
      return `over ${describeRange(node.range)}, of readings ${quality}`;
    }
    case 'history':
      return describeHistory(node, readableColumn);
    case 'detector':
      return describeDetector(node, 'value', readableColumn);
  }
}

/** What an event of a pattern says of its rows. */
export function eventText({ when, condition }: PatternEvent): string {
  const conditions = [when && `\`${readableColumn(when)}\``, condition && expressionText(condition)];
  const text = conditions.filter(part => part !== null).join(' and ');
  return text === '' ? 'any row' : `where ${text}`;
}

function sideText({ side, input }: Extract<RowsNode, { readonly kind: 'side' }>): string {
  return side === 'late' ? `late events of ${input}` : `what ${input} rejects`;
}

function expressionText(expression: Parameters<typeof describeExpression>[0]): string {
  return `\`${describeExpression(expression, readableColumn)}\`${versionsText(expression)}`;
}

/** Of functions of the program, which may be all that has changed. */
function versionsText(expression: Parameters<typeof describeExpression>[0]): string {
  const versions = new Set<string>();
  JSON.stringify(expression, (_, part: unknown) => {
    if (isVersioned(part)) versions.add(`${part.function} version ${part.version}`);
    return part;
  });
  return versions.size === 0 ? '' : ` (${[...versions].join(', ')})`;
}

function isVersioned(part: unknown): part is { readonly function: string; readonly version: number } {
  return typeof part === 'object' && part !== null && 'function' in part && 'version' in part;
}

function fieldText(field: Parameters<typeof describeField>[0]): string {
  return describeField({ ...field, isNeeded: true });
}

function keyText(key: readonly Field[]): string {
  return key.length === 0 ? 'one for all' : key.map(({ name, type }) => `${name}: ${type}`).join(', ');
}

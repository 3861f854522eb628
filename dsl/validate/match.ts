import type { ValueType, BoundAggregate, BoundValue } from '../plan.ts';
import { checkCondition } from './expression.ts';
import { PatternCheck, numberOf } from './pattern.ts';
import type { PlanCheck, ViewColumns } from './plan-check.ts';
import type { Json } from './problems.ts';

/** What a row satisfies is a number of so many bits, the last of which says whether a step names the row's stream. */
export const MAX_PATTERN_EVENTS = 31;

/**
 * Checks a pattern that comes from outside (see MatchNode): its events and values against the input, and that its parts can
 * mean something. Returns the columns of its rows, but for the key's.
 */
export function checkMatch(
  node: Json,
  path: string,
  { input, check }: { readonly input: ViewColumns | null; readonly check: PlanCheck },
): Map<string, ValueType> {
  const values = check.fields(node['values'], `${path}.values`);
  const view = input && { own: values, through: input, key: input.key };
  const events = check.list(node['events'], `${path}.events`);
  if (events.length === 0 || events.length > MAX_PATTERN_EVENTS) {
    check.problem(`${path}.events`, `has ${events.length} of them; a pattern has 1 to ${MAX_PATTERN_EVENTS}`);
  }
  for (const [index, item] of events.entries()) checkEvent(item, `${path}.events[${index}]`, { input, view, check });
  check.number(node['withinUs'], `${path}.withinUs`, { from: 1 });
  check.oneOf(node['skip'], ['past-last', 'none'], `${path}.skip`);
  check.oneOf(node['on'], ['match', 'timeout'], `${path}.on`);
  check.number(node['maxPartial'], `${path}.maxPartial`, { from: 1 });
  const shape = new PatternCheck(events.length, check);
  shape.root(node['root'], `${path}.root`, numberOf(node['withinUs']));
  shape.guards(node['unless'], `${path}.unless`);
  for (const [index, item] of check.list(node['values'], `${path}.values`).entries()) {
    const value = check.record(item, `${path}.values[${index}]`);
    if (value !== null) checkValue(value, `${path}.values[${index}]`, { input, shape, check });
  }
  return values;
}

type Columns = { readonly input: ViewColumns | null; readonly view: ViewColumns | null; readonly check: PlanCheck };

function checkEvent(item: unknown, path: string, { input, view, check }: Columns): void {
  const event = check.record(item, path);
  if (event === null) return;
  check.text(event['name'], `${path}.name`);
  if (event['rows'] !== null) check.condition(input, event['rows'], `${path}.rows`);
  if (event['when'] !== null) check.condition(input, event['when'], `${path}.when`);
  if (event['condition'] !== null) checkCondition(event['condition'], `${path}.condition`, view, check);
}

function checkValue(
  value: Json,
  path: string,
  {
    input,
    shape,
    check,
  }: { readonly input: ViewColumns | null; readonly shape: PatternCheck; readonly check: PlanCheck },
): void {
  if (!shape.binds(value['event'])) check.problem(`${path}.event`, `is ${show(value['event'])}, which no step binds`);
  const take = check.record(value['take'], `${path}.take`);
  const kind = check.oneOf(take?.['kind'], TAKES, `${path}.take.kind`);
  if (kind === 'index') check.number(take?.['index'], `${path}.take.index`, { from: 0 });
  const aggregate =
    kind === 'aggregate' ? check.oneOf(take?.['aggregate'], AGGREGATES, `${path}.take.aggregate`) : null;
  if (value['column'] === null) {
    if (aggregate !== 'count') check.problem(`${path}.column`, 'is missing; only `count` needs none');
    return;
  }
  const type = check.column(input, value['column'], `${path}.column`);
  if (kind !== null && kind !== 'aggregate' && type !== null && type !== value['type']) {
    check.problem(`${path}.type`, `is ${show(value['type'])}, and the column is a ${type}`);
  }
}

const TAKES = Object.keys({ first: 0, last: 0, index: 0, aggregate: 0 } satisfies Record<
  BoundValue['take']['kind'],
  0
>) as readonly BoundValue['take']['kind'][];

const AGGREGATES = Object.keys({
  count: 0,
  sum: 0,
  avg: 0,
  min: 0,
  max: 0,
  stddev: 0,
  var: 0,
  spread: 0,
  delta: 0,
} satisfies Record<BoundAggregate, 0>) as readonly BoundAggregate[];

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

import type { ForecastName } from '../plan.ts';
import { checkCondition, checkExpression } from './expression.ts';
import { type PlanCheck, type ViewColumns, findColumn, withTime } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';
import { isSameKey } from './sources.ts';
import { DETECTORS, HISTORY_FUNCTIONS, OUTPUTS, VALUE_TYPES } from './words.ts';

export function checkFilter(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  checkCondition(node['condition'], `${path}.condition`, input, check);
  check.view(nameIn(node['id']), {
    own: new Map(),
    through: input,
    key: input?.key ?? [],
    hasEarly: input?.hasEarly === true,
  });
}

export function checkSelect(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const own = check.fields(node['fields'], `${path}.fields`);
  for (const [index, item] of check.list(node['fields'], `${path}.fields`).entries()) {
    const field = check.record(item, `${path}.fields[${index}]`);
    if (field === null) continue;
    const type = check.column(input, field['column'], `${path}.fields[${index}].column`);
    if (type !== null && type !== field['type']) {
      check.problem(`${path}.fields[${index}].type`, `is ${show(field['type'])}, and the column is a ${type}`);
    }
  }
  const key = input?.key ?? [];
  for (const name of key) {
    const type = input && findColumn(input, name);
    if (type !== null && !own.has(name)) own.set(name, type);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

export function checkCompute(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const type = checkExpression(node['expression'], `${path}.expression`, input, check);
  if (type !== null) input?.own.set(nameIn(node['id']), type);
}

export function checkRange(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  checkPast(input, path, check);
  checkRangeOf(node, path, check);
  checkQuality(input, node, path, check);
  const added = check.aggregates(input, node['aggregates'], `${path}.aggregates`);
  for (const [name, type] of added) input?.own.set(name, type);
}

export function checkHistory(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  checkPast(input, path, check);
  const name = check.oneOf(node['function'], HISTORY_FUNCTIONS, `${path}.function`);
  const argument = check.column(input, node['argument'], `${path}.argument`);
  if (name === 'stays' && argument !== null && argument !== 'bool')
    check.problem(`${path}.argument`, `is a ${argument}; a condition is a bool`);
  check.number(node['events'], `${path}.events`, { from: 1 });
  if (node['us'] !== undefined) check.number(node['us'], `${path}.us`, { from: 1 });
  if (node['limit'] !== undefined || name === 'crosses') check.column(input, node['limit'], `${path}.limit`);
  if (node['quality'] !== undefined) checkQuality(input, node, path, check);
  const type = check.oneOf(node['type'], VALUE_TYPES, `${path}.type`);
  if (type !== null) input?.own.set(nameIn(node['id']), type);
}

export function checkDetector(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  checkPast(input, path, check);
  check.oneOf(node['detector'], DETECTORS, `${path}.detector`);
  const names = check.list(node['arguments'], `${path}.arguments`);
  if (names.length === 0) check.problem(`${path}.arguments`, 'has no column');
  for (const [index, name] of names.entries()) {
    const type = check.column(input, name, `${path}.arguments[${index}]`);
    if (type !== null && type !== 'float' && type !== 'int' && type !== 'duration')
      check.problem(`${path}.arguments[${index}]`, `is a ${type}, not a number`);
  }
  const forecast = FORECASTS.find(name => name === node['detector']);
  if (forecast !== undefined) checkForecast(forecast, node, path, check);
  if (node['range'] !== undefined || forecast !== undefined) checkRangeOf(node, path, check);
  if (node['adaptUs'] !== undefined) check.number(node['adaptUs'], `${path}.adaptUs`, { from: 1 });
  for (const [index, value] of check.list(node['parameters'], `${path}.parameters`).entries())
    check.number(value, `${path}.parameters[${index}]`, { from: -Number.MAX_VALUE });
  checkQuality(input, node, path, check);
  for (const [index, item] of check.list(node['outputs'], `${path}.outputs`).entries()) {
    const at = `${path}.outputs[${index}]`;
    const output = check.record(item, at);
    if (output === null) continue;
    check.oneOf(output['of'], OUTPUTS, `${at}.of`);
    const type = check.oneOf(output['type'], VALUE_TYPES, `${at}.type`);
    if (type !== null) input?.own.set(nameIn(output['name']), type);
  }
}

/** A range it always has; how many columns and constants, its kind says. */
function checkForecast(name: ForecastName, node: Json, path: string, check: PlanCheck): void {
  for (const [list, count] of Object.entries(FORECAST_TAKES[name])) {
    const given = check.list(node[list], `${path}.${list}`).length;
    if (given !== count) check.problem(`${path}.${list}`, `has ${given} of ${count}`);
  }
  if (name !== 'forecast') return;
  const [horizonUs, probability, seasonUs] = check.list(node['parameters'], `${path}.parameters`);
  check.number(horizonUs, `${path}.parameters[0]`, { from: 1 });
  check.number(probability, `${path}.parameters[1]`, { from: 0 });
  if (typeof probability === 'number' && probability >= 1)
    check.problem(
      `${path}.parameters[1]`,
      `is ${probability}, and only less is a probability that an interval can have`,
    );
  check.number(seasonUs, `${path}.parameters[2]`, { from: 0 });
}

const FORECAST_TAKES = {
  forecast: { arguments: 1, parameters: 3 },
  time_to: { arguments: 2, parameters: 0 },
  runs_out: { arguments: 2, parameters: 0 },
} satisfies Record<ForecastName, { readonly arguments: number; readonly parameters: number }>;

const FORECASTS = Object.keys(FORECAST_TAKES) as readonly ForecastName[]; // as: it has these keys

function checkRangeOf(node: Json, path: string, check: PlanCheck): void {
  const range = check.record(node['range'], `${path}.range`);
  if (range === null) return;
  const unit = 'us' in range ? 'us' : 'events';
  check.number(range[unit], `${path}.range.${unit}`, { from: 1 });
}

function checkQuality(input: ViewColumns | null, node: Json, path: string, check: PlanCheck): void {
  if (node['quality'] === null) return;
  const type = check.column(input, node['quality'], `${path}.quality`);
  if (type !== null && type !== 'quality') check.problem(`${path}.quality`, `is a ${type}, not a quality`);
}

export function checkLookup(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const table = check.tables.get(nameIn(node['table']));
  if (table === undefined) check.problem(`${path}.table`, `is ${show(node['table'])}, and no table before has this id`);
  const key = check.list(node['key'], `${path}.key`);
  if (table !== undefined && key.length !== table.key.length) {
    check.problem(`${path}.key`, `has ${key.length} columns, and the table's key has ${table.key.length}`);
  }
  for (const [index, column] of key.entries()) {
    const at = `${path}.key[${index}]`;
    const type = check.column(input, column, at);
    const wanted = table?.fields.get(table.key[index] ?? '');
    if (type !== null && wanted !== undefined && !isSameKey(type, wanted))
      check.problem(at, `is a ${type}, not a ${wanted}`);
  }
  for (const [index, item] of check.list(node['fields'], `${path}.fields`).entries()) {
    const at = `${path}.fields[${index}]`;
    const type = check.record(item, at)?.['type'];
    const field = check.record(item, at)?.['field'];
    const wanted = table?.fields.get(nameIn(field));
    if (table !== undefined && wanted !== type)
      check.problem(`${at}.field`, `is ${show(field)}, which is no ${show(type)} of the table`);
  }
  for (const [name, type] of check.fields(node['fields'], `${path}.fields`)) input?.own.set(name, type);
}

export function checkPast(input: ViewColumns | null, path: string, check: PlanCheck): void {
  if (input?.hasEarly === true) check.problem(`${path}.input`, 'has early rows, which nothing may look back at');
}

import { checkCondition, checkExpression } from './expression.ts';
import { type PlanCheck, type ViewColumns, findColumn, withTime } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';
import { isSameKey } from './sources.ts';
import { HISTORY_FUNCTIONS, VALUE_TYPES } from './words.ts';

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
  const range = check.record(node['range'], `${path}.range`);
  if (range !== null) {
    const unit = 'us' in range ? 'us' : 'events';
    check.number(range[unit], `${path}.range.${unit}`, { from: 1 });
  }
  if (node['quality'] !== null) {
    const type = check.column(input, node['quality'], `${path}.quality`);
    if (type !== null && type !== 'quality') check.problem(`${path}.quality`, `is a ${type}, not a quality`);
  }
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
  if (node['quality'] !== undefined) {
    const type = check.column(input, node['quality'], `${path}.quality`);
    if (type !== null && type !== 'quality') check.problem(`${path}.quality`, `is a ${type}, not a quality`);
  }
  const type = check.oneOf(node['type'], VALUE_TYPES, `${path}.type`);
  if (type !== null) input?.own.set(nameIn(node['id']), type);
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

import type { ValueType } from '../plan.ts';
import { checkPast } from './columns.ts';
import { checkMatch } from './match.ts';
import { type PlanCheck, findColumn, withTime } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';

export function checkRekey(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const own = check.fields(node['fields'], `${path}.fields`);
  for (const name of own.keys()) check.column(input, name, `${path}.fields`);
  const key = check.list(node['by'], `${path}.by`).map(nameIn);
  for (const [index, name] of key.entries()) {
    check.column(input, name, `${path}.by[${index}]`);
    if (!own.has(name)) check.problem(`${path}.by[${index}]`, `is ${show(name)}, which is no field of the output`);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

export function checkMerge(node: Json, path: string, check: PlanCheck): void {
  const own = check.fields(node['key'], `${path}.key`);
  const key = [...own];
  const add = (name: string, type: ValueType, at: string) => {
    if (own.has(name)) check.problem(at, `is ${show(name)}, as another column's`);
    own.set(name, type);
  };
  const inputs = check.list(node['inputs'], `${path}.inputs`);
  if (inputs.length < 2) check.problem(`${path}.inputs`, `has ${inputs.length}, and a merge is of two or more`);
  for (const [index, item] of inputs.entries()) {
    const at = `${path}.inputs[${index}]`;
    const input = check.record(item, at);
    if (input !== null) checkMergeInput(input, at, { key, add, check });
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key: key.map(([name]) => name) });
}

function checkMergeInput(
  node: Json,
  path: string,
  {
    key,
    add,
    check,
  }: {
    readonly key: readonly (readonly [name: string, type: ValueType])[];
    readonly add: (name: string, type: ValueType, at: string) => void;
    readonly check: PlanCheck;
  },
): void {
  const input = check.input(node, path);
  const types = input?.key.map(name => [name, findColumn(input, name)]);
  if (types !== undefined && show(types) !== show(key)) {
    check.problem(`${path}.input`, `has the key ${show(types)}, and that of the merge is ${show(key)}`);
  }
  check.number(node['latenessUs'], `${path}.latenessUs`, { from: 0 });
  add(check.text(node['isHere'], `${path}.isHere`), 'bool', `${path}.isHere`);
  const columns = check.fields(node['columns'], `${path}.columns`);
  for (const [index, item] of check.list(node['columns'], `${path}.columns`).entries()) {
    const at = `${path}.columns[${index}]`;
    const column = check.record(item, at);
    if (column === null) continue;
    const type = check.column(input, column['column'], `${at}.column`);
    if (type !== null && type !== column['type']) {
      check.problem(`${at}.type`, `is ${show(column['type'])}, and the column is a ${type}`);
    }
  }
  for (const [name, type] of columns) add(name, type, `${path}.columns`);
}

export function checkJoin(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  check.condition(input, node['left'], `${path}.left`);
  check.condition(input, node['right'], `${path}.right`);
  check.oneOf(node['join'], ['inner', 'left', 'anti'], `${path}.join`);
  const own = check.fields(node['fields'], `${path}.fields`);
  for (const [index, item] of check.list(node['fields'], `${path}.fields`).entries()) {
    const at = `${path}.fields[${index}]`;
    const field = check.record(item, at);
    if (field === null) continue;
    check.oneOf(field['of'], ['left', 'right'], `${at}.of`);
    const type = check.column(input, field['column'], `${at}.column`);
    if (type !== null && type !== field['type']) {
      check.problem(`${at}.type`, `is ${show(field['type'])}, and the column is a ${type}`);
    }
  }
  if (node['kind'] === 'latest-join') {
    check.numberOrNull(node['withinUs'], `${path}.withinUs`, { from: 1 });
  } else {
    check.number(node['withinUs'], `${path}.withinUs`, { from: 1 });
    check.oneOf(node['direction'], ['before', 'after', 'around'], `${path}.direction`);
    check.number(node['maxRows'], `${path}.maxRows`, { from: 1 });
  }
  const key = input?.key ?? [];
  for (const name of key) {
    const type = input && findColumn(input, name);
    if (type !== null) own.set(name, type);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

export function checkMatches(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  checkPast(input, path, check);
  const own = checkMatch(node, path, { input, check });
  const key = input?.key ?? [];
  for (const name of key) {
    const type = input && findColumn(input, name);
    if (type !== null) own.set(name, type);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

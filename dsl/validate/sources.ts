import { ALERT_FIELDS, SILENT, SIDE_FIELDS, type ValueType } from '../plan.ts';
import { type PlanCheck, findColumn, withTime } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';

export function checkSource(node: Json, path: string, check: PlanCheck): void {
  check.text(node['connector'], `${path}.connector`);
  const own = check.fields(node['fields'], `${path}.fields`);
  const key = check.list(node['key'], `${path}.key`).map(nameIn);
  for (const [index, name] of key.entries()) {
    if (!own.has(name)) check.problem(`${path}.key[${index}]`, `is ${show(name)}, which is no field`);
  }
  for (const [index, item] of check.list(node['fields'], `${path}.fields`).entries()) {
    const field = check.record(item, `${path}.fields[${index}]`);
    if (field !== null) checkOrigin(field['from'], `${path}.fields[${index}].from`, check);
  }
  if (node['time'] !== null) {
    const time = check.record(node['time'], `${path}.time`);
    check.oneOf(time?.['format'], ['s', 'ms', 'us', 'ns', 'iso'], `${path}.time.format`);
    checkOrigin(time?.['from'], `${path}.time.from`, check);
  }
  check.number(node['latenessUs'], `${path}.latenessUs`, { from: 0 });
  check.numberOrNull(node['idleUs'], `${path}.idleUs`, { from: 0 });
  if (node['staleUs'] !== undefined) check.number(node['staleUs'], `${path}.staleUs`, { from: 1 });
  check.numberOrNull(node['futureUs'], `${path}.futureUs`, { from: 0 });
  check.numberOrNull(node['expireUs'], `${path}.expireUs`, { from: 0 });
  if (node['unique'] !== undefined) checkUnique(node['unique'], own, `${path}.unique`, check);
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key, isSource: true });
}

export function checkTable(node: Json, path: string, check: PlanCheck): void {
  check.text(node['connector'], `${path}.connector`);
  const fields = check.fields(node['fields'], `${path}.fields`);
  const key = check.list(node['key'], `${path}.key`).map(nameIn);
  for (const [index, name] of key.entries()) {
    if (!fields.has(name)) check.problem(`${path}.key[${index}]`, `is ${show(name)}, which is no field`);
  }
  for (const [index, item] of check.list(node['fields'], `${path}.fields`).entries()) {
    const field = check.record(item, `${path}.fields[${index}]`);
    if (field !== null) checkOrigin(field['from'], `${path}.fields[${index}].from`, check);
  }
  const { validFrom } = node;
  if (validFrom !== null && fields.get(nameIn(validFrom)) !== 'time') {
    check.problem(`${path}.validFrom`, `is ${show(validFrom)}, which is no field of type time`);
  }
  check.tables.set(nameIn(node['id']), { fields, key });
}

function checkUnique(value: unknown, fields: ReadonlyMap<string, ValueType>, path: string, check: PlanCheck): void {
  const unique = check.record(value, path);
  if (unique === null) return;
  for (const [index, name] of check.list(unique['fields'], `${path}.fields`).entries()) {
    if (!fields.has(nameIn(name))) check.problem(`${path}.fields[${index}]`, `is ${show(name)}, which is no field`);
  }
  const { isOfTime } = unique;
  if (typeof isOfTime !== 'boolean') check.problem(`${path}.isOfTime`, `is ${show(isOfTime)}, not true or false`);
  check.number(unique['withinUs'], `${path}.withinUs`, { from: 1 });
}

function checkOrigin(value: unknown, path: string, check: PlanCheck): void {
  const origin = check.record(value, path);
  if (origin === null) return;
  const kind = check.oneOf(origin['kind'], ['path', 'subject', 'identity'], `${path}.kind`);
  if (kind === 'path') check.list(origin['path'], `${path}.path`);
  if (kind === 'subject') check.number(origin['token'], `${path}.token`, { from: 1 });
  if (kind === 'identity') check.oneOf(origin['part'], ['source', 'sequence', 'item'], `${path}.part`);
}

export function checkSide(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const side = check.oneOf(node['side'], ['late', 'rejected'], `${path}.side`);
  const own = check.fields(node['fields'], `${path}.fields`);
  const key = input?.key ?? [];
  for (const name of key)
    if (!own.has(name)) check.problem(`${path}.fields`, `lacks ${show(name)}, a field of the key`);
  if (input !== null && !input.isSource)
    check.problem(`${path}.input`, `is ${show(node['input'])}, which is no source`);
  for (const [name, type] of own) {
    const field = side === null ? undefined : SIDE_FIELDS[side].find(known => known.name === name);
    const isOfSource = side === 'late' || key.includes(name);
    const known = field?.type ?? (isOfSource ? check.column(input, name, `${path}.fields`) : null);
    if (known !== null && known !== type)
      check.problem(`${path}.fields`, `has ${show(name)} as a ${type}; it is a ${known}`);
    if (field === undefined && !isOfSource) check.problem(`${path}.fields`, `has ${show(name)}, which it cannot have`);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

export function checkAlerts(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  if (input !== null && !input.isSource)
    check.problem(`${path}.input`, `is ${show(node['input'])}, which is no source`);
  for (const [index, other] of check.list(node['others'] ?? [], `${path}.others`).entries()) {
    if (!check.isSource(other))
      check.problem(`${path}.others[${index}]`, `is ${show(other)}, and no source before has this id`);
  }
  for (const [index, rule] of check.list(node['rules'], `${path}.rules`).entries()) {
    if (!check.isRule(rule))
      check.problem(`${path}.rules[${index}]`, `is ${show(rule)}, and no rule before has this id`);
  }
  const key = check.fields(node['key'], `${path}.key`);
  const carried = check.fields(node['carried'], `${path}.carried`);
  const own = check.fields(node['fields'], `${path}.fields`);
  for (const [name, type] of key) {
    if (own.get(name) !== type) check.problem(`${path}.fields`, `lacks ${show(name)}, a field of the key`);
  }
  for (const [name, type] of own) {
    const alertType = ALERT_FIELDS.find(field => field.name === name)?.type;
    const known = key.get(name) ?? carried.get(name) ?? alertType ?? 'symbol';
    if (known !== type) check.problem(`${path}.fields`, `has ${show(name)} as a ${type}; it is a ${known}`);
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key: [...key.keys()] });
}

export function checkSilence(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  check.number(node['forUs'], `${path}.forUs`, { from: 1 });
  const key = input?.key ?? [];
  const own = new Map<string, ValueType>([[SILENT, 'bool']]);
  for (const name of key) own.set(name, findColumn(input!, name) ?? 'symbol');
  if (node['expectedBy'] !== null) {
    const table = check.tables.get(nameIn(node['expectedBy']));
    const types = table?.key.map(name => table.fields.get(name));
    if (types?.join() !== key.map(name => own.get(name)).join()) {
      check.problem(
        `${path}.expectedBy`,
        `is ${show(node['expectedBy'])}, and no table before has this id and the input's key`,
      );
    }
  }
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key });
}

export function isSameKey(type: ValueType, wanted: ValueType): boolean {
  const isText = (word: ValueType) => word === 'symbol' || word === 'string';
  return type === wanted || (isText(type) && isText(wanted));
}

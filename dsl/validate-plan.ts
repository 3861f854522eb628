import { isTimeZone } from './check/time-zone.ts';
import {
  ALERT_FIELDS,
  type AggregateName,
  DURATION_COLUMN,
  type Expression,
  type HistoryNode,
  PLAN_VERSION,
  SILENT,
  type Plan,
  type PlanNode,
  SEVERITIES,
  SIDE_FIELDS,
  type ValueType,
  type WindowNode,
} from './plan.ts';
import { checkMatch } from './validate-match.ts';

/**
 * Checks a plan that comes from outside as plain JSON: its version, the kinds of its nodes, that each reads what stands
 * before it, that columns exist and have the types that expressions give them. Returns it typed; nothing is changed.
 * Cost: linear in the plan. Throws a PlanError (MR7010) that lists what is wrong, each with its JSON path.
 */
export function validatePlan(json: unknown): Plan {
  const problems = new Problems();
  const plan = recordAt(json, '$', problems);
  if (plan !== null && plan['version'] !== PLAN_VERSION) {
    problems.add('$.version', `is ${show(plan['version'])}; this engine runs version ${PLAN_VERSION}`);
  } else if (plan !== null) {
    new PlanCheck(problems).nodes(plan['nodes']);
  }
  if (problems.list.length > 0) throw new PlanError(problems.list);
  return json as Plan; // checked just now
}

export class PlanError extends Error {
  readonly code = 'MR7010';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`MR7010: this is not a plan that can run:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
    this.name = 'PlanError';
    this.problems = problems;
  }
}

/** Beyond this many, more of them help nobody. */
const MAX_PROBLEMS = 50;

class Problems {
  readonly list: string[] = [];

  add(path: string, what: string): void {
    if (this.list.length < MAX_PROBLEMS) this.list.push(`${path} ${what}`);
  }
}

export type Json = Readonly<Record<string, unknown>>;
export type ViewColumns = {
  readonly own: Map<string, ValueType>;
  readonly through: ViewColumns | null;
  readonly key: readonly string[];
  readonly isSource?: boolean;
  /** Some of its rows are early ones, which nothing may look back at. */
  readonly hasEarly?: boolean;
};

type TableColumns = { readonly fields: ReadonlyMap<string, ValueType>; readonly key: readonly string[] };

/** What the checks of nodes have in common: the views before, and where problems go. */
export class PlanCheck {
  readonly #problems: Problems;
  readonly #ids = new Set<string>();
  readonly #rules = new Set<string>();
  readonly #askedRules: { readonly rule: unknown; readonly path: string }[] = []; // wherever they stand
  readonly #views = new Map<string, ViewColumns>();
  readonly tables = new Map<string, TableColumns>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  nodes(nodes: unknown): void {
    for (const [index, node] of this.#list(nodes, '$.nodes').entries()) {
      const path = `$.nodes[${index}]`;
      const record = recordAt(node, path, this.#problems);
      if (record !== null) this.#node(record, path);
    }
    for (const { rule, path } of this.#askedRules) {
      if (!this.isRule(rule)) this.problem(path, `is ${show(rule)}, and no rule has this id`);
    }
  }

  /** To be checked when all rules are known. */
  askOfRule(rule: unknown, path: string): void {
    this.#askedRules.push({ rule, path });
  }

  #node(node: Json, path: string): void {
    if (typeof node['kind'] !== 'string' || !Object.hasOwn(NODE_CHECKS, node['kind'])) {
      this.problem(`${path}.kind`, `is ${show(node['kind'])}, which is none of ${Object.keys(NODE_CHECKS).join(', ')}`);
      return;
    }
    const check = NODE_CHECKS[node['kind'] as PlanNode['kind']]; // as: checked just now
    const id = this.text(node['id'], `${path}.id`);
    if (this.#ids.has(id)) this.problem(`${path}.id`, `is ${show(id)}, as another node's`);
    this.#ids.add(id);
    if (node['kind'] === 'rule') this.#rules.add(id);
    check(node, path, this);
  }

  problem(path: string, what: string): void {
    this.#problems.add(path, what);
  }

  view(id: string, columns: ViewColumns): void {
    this.#views.set(id, columns);
  }

  /** Whether a rule before has this id. */
  isRule(id: unknown): boolean {
    return typeof id === 'string' && this.#rules.has(id);
  }

  isSource(id: unknown): boolean {
    return typeof id === 'string' && this.#views.get(id)?.isSource === true;
  }

  /** The view that a node reads: of a node before it. */
  input(node: Json, path: string): ViewColumns | null {
    const id = node['input'];
    const view = typeof id === 'string' ? this.#views.get(id) : undefined;
    if (view === undefined) this.problem(`${path}.input`, `is ${show(id)}, and no view before has this id`);
    return view ?? null;
  }

  /** The column's type; null after a problem. */
  column(view: ViewColumns | null, column: unknown, path: string): ValueType | null {
    if (view === null) return null;
    const type = typeof column === 'string' ? findColumn(view, column) : null;
    if (type === null) this.problem(path, `is ${show(column)}, which the input does not have`);
    return type;
  }

  condition(view: ViewColumns | null, column: unknown, path: string): void {
    const type = this.column(view, column, path);
    if (type !== null && type !== 'bool') this.problem(path, `is a ${type}; a condition is a bool`);
  }

  expression(view: ViewColumns | null, expression: unknown, path: string): ValueType | null {
    return checkExpression(expression, path, view, this);
  }

  boolExpression(view: ViewColumns | null, expression: unknown, path: string): void {
    const type = this.expression(view, expression, path);
    if (type !== null && type !== 'bool') this.problem(path, `is a ${type}; a condition is a bool`);
  }

  list(value: unknown, path: string): readonly unknown[] {
    return this.#list(value, path);
  }

  record(value: unknown, path: string): Json | null {
    return recordAt(value, path, this.#problems);
  }

  text(value: unknown, path: string): string {
    if (typeof value !== 'string' || value === '') this.problem(path, `is ${show(value)}, not a text`);
    return nameIn(value);
  }

  number(value: unknown, path: string, { from }: { readonly from: number }): void {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < from) {
      this.problem(path, `is ${show(value)}, not a number from ${from}`);
    }
  }

  numberOrNull(value: unknown, path: string, range: { readonly from: number }): void {
    if (value !== null) this.number(value, path, range);
  }

  oneOf<T extends string>(value: unknown, words: readonly T[], path: string): T | null {
    const word = words.find(known => known === value);
    if (word === undefined) this.problem(path, `is ${show(value)}, which is none of ${words.join(', ')}`);
    return word ?? null;
  }

  /** Fields with their types; a problem is no field. */
  fields(value: unknown, path: string): Map<string, ValueType> {
    const fields = new Map<string, ValueType>();
    for (const [index, item] of this.#list(value, path).entries()) {
      const at = `${path}[${index}]`;
      const field = this.record(item, at);
      if (field === null) continue;
      const name = this.text(field['name'], `${at}.name`);
      const type = this.oneOf(field['type'], VALUE_TYPES, `${at}.type`);
      if (fields.has(name)) this.problem(`${at}.name`, `is ${show(name)}, as another field's`);
      if (type !== null) fields.set(name, type);
    }
    return fields;
  }

  aggregates(input: ViewColumns | null, value: unknown, path: string): Map<string, ValueType> {
    for (const [index, item] of this.#list(value, path).entries()) {
      const at = `${path}[${index}]`;
      const aggregate = this.record(item, at);
      if (aggregate === null) continue;
      this.oneOf(aggregate['aggregate'], AGGREGATES, `${at}.aggregate`);
      for (const [number, argument] of this.#list(aggregate['arguments'], `${at}.arguments`).entries()) {
        this.column(input, argument, `${at}.arguments[${number}]`);
      }
      if (aggregate['parameter'] !== undefined) this.number(aggregate['parameter'], `${at}.parameter`, { from: 0 });
    }
    return this.fields(value, path);
  }

  #list(value: unknown, path: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.problem(path, `is ${show(value)}, not a list`);
    return [];
  }
}

type NodeCheck = (node: Json, path: string, check: PlanCheck) => void;

const NODE_CHECKS = {
  source: checkSource,
  side: checkSide,
  table: checkTable,
  alerts: checkAlerts,
  filter: checkFilter,
  select: checkSelect,
  compute: checkCompute,
  range: checkRange,
  history: checkHistory,
  lookup: checkLookup,
  silence: checkSilence,
  rekey: checkRekey,
  merge: checkMerge,
  'interval-join': checkJoin,
  'latest-join': checkJoin,
  'tumbling-window': checkWindow,
  'hopping-window': checkWindow,
  'session-window': checkWindow,
  'state-window': checkWindow,
  'count-window': checkWindow,
  match: checkMatches,
  rule: checkRule,
  route: checkRoute,
  store: checkStore,
} as const satisfies Record<PlanNode['kind'], NodeCheck>;

function checkSource(node: Json, path: string, check: PlanCheck): void {
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

function checkTable(node: Json, path: string, check: PlanCheck): void {
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

function checkLookup(node: Json, path: string, check: PlanCheck): void {
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

function checkSilence(node: Json, path: string, check: PlanCheck): void {
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

function isSameKey(type: ValueType, wanted: ValueType): boolean {
  const isText = (word: ValueType) => word === 'symbol' || word === 'string';
  return type === wanted || (isText(type) && isText(wanted));
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

function checkSide(node: Json, path: string, check: PlanCheck): void {
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

function checkAlerts(node: Json, path: string, check: PlanCheck): void {
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

function checkFilter(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  check.boolExpression(input, node['condition'], `${path}.condition`);
  check.view(nameIn(node['id']), {
    own: new Map(),
    through: input,
    key: input?.key ?? [],
    hasEarly: input?.hasEarly === true,
  });
}

function checkSelect(node: Json, path: string, check: PlanCheck): void {
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

function checkCompute(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const type = check.expression(input, node['expression'], `${path}.expression`);
  if (type !== null) input?.own.set(nameIn(node['id']), type);
}

function checkRange(node: Json, path: string, check: PlanCheck): void {
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

function checkPast(input: ViewColumns | null, path: string, check: PlanCheck): void {
  if (input?.hasEarly === true) check.problem(`${path}.input`, 'has early rows, which nothing may look back at');
}

function checkHistory(node: Json, path: string, check: PlanCheck): void {
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

function checkRekey(node: Json, path: string, check: PlanCheck): void {
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

function checkMerge(node: Json, path: string, check: PlanCheck): void {
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

function checkJoin(node: Json, path: string, check: PlanCheck): void {
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

function checkWindow(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const kind = node['kind'] as WindowNode['kind'];
  WINDOW_CHECKS[kind](node, path, { input, check });
  const { emitEveryUs } = node;
  if (emitEveryUs !== undefined) check.number(emitEveryUs, `${path}.emitEveryUs`, { from: 1 });
  const own = check.aggregates(input, node['aggregates'], `${path}.aggregates`);
  if (kind === 'session-window' || kind === 'state-window') own.set(DURATION_COLUMN, 'duration');
  const key = input?.key ?? [];
  for (const name of key) {
    const type = input && findColumn(input, name);
    if (type !== null) own.set(name, type);
  }
  if (!own.has('until')) own.set('until', 'time');
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key, hasEarly: emitEveryUs !== undefined });
}

function checkMatches(node: Json, path: string, check: PlanCheck): void {
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

type WindowCheck = (
  node: Json,
  path: string,
  of: { readonly input: ViewColumns | null; readonly check: PlanCheck },
) => void;

const WINDOW_CHECKS = {
  'tumbling-window': (node, path, { check }) => {
    check.number(node['sizeUs'], `${path}.sizeUs`, { from: 1 });
    checkZone(node, path, check);
  },
  'hopping-window': (node, path, { check }) => {
    check.number(node['sizeUs'], `${path}.sizeUs`, { from: 1 });
    check.number(node['everyUs'], `${path}.everyUs`, { from: 1 });
    checkZone(node, path, check);
  },
  'session-window': (node, path, { check }) => {
    check.number(node['gapUs'], `${path}.gapUs`, { from: 1 });
    check.numberOrNull(node['maxUs'], `${path}.maxUs`, { from: 1 });
  },
  'state-window': (node, path, { input, check }) => {
    check.condition(input, node['from'], `${path}.from`);
    check.condition(input, node['to'], `${path}.to`);
    check.numberOrNull(node['maxUs'], `${path}.maxUs`, { from: 1 });
  },
  'count-window': (node, path, { check }) => {
    check.number(node['size'], `${path}.size`, { from: 1 });
    check.number(node['every'], `${path}.every`, { from: 1 });
  },
} as const satisfies Record<WindowNode['kind'], WindowCheck>;

function checkZone({ zone }: Json, path: string, check: PlanCheck): void {
  if (zone === undefined || (typeof zone === 'string' && isTimeZone(zone))) return;
  check.problem(`${path}.zone`, `is ${show(zone)}, which is no time zone`);
}

function checkRule(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  check.text(node['name'], `${path}.name`);
  for (const [index, item] of check.list(node['levels'], `${path}.levels`).entries()) {
    const at = `${path}.levels[${index}]`;
    const level = check.record(item, at);
    if (level === null) continue;
    check.oneOf(level['severity'], SEVERITIES, `${at}.severity`);
    check.condition(input, level['when'], `${at}.when`);
    check.number(level['forUs'], `${at}.forUs`, { from: 0 });
    check.numberOrNull(level['gapUs'], `${at}.gapUs`, { from: 1 });
  }
  if (node['clear'] !== null) {
    const clear = check.record(node['clear'], `${path}.clear`);
    check.condition(input, clear?.['when'], `${path}.clear.when`);
    check.number(clear?.['forUs'], `${path}.clear.forUs`, { from: 0 });
  }
  check.numberOrNull(node['clearAfterUs'], `${path}.clearAfterUs`, { from: 0 });
  if (node['while'] !== null) {
    const condition = check.record(node['while'], `${path}.while`);
    check.condition(input, condition?.['condition'], `${path}.while.condition`);
    check.number(condition?.['settleUs'], `${path}.while.settleUs`, { from: 0 });
  }
  check.number(node['cooldownUs'], `${path}.cooldownUs`, { from: 0 });
  if (node['isLatched'] !== undefined && node['isLatched'] !== true) {
    check.problem(`${path}.isLatched`, `is ${show(node['isLatched'])}, not true`);
  }
  if (node['isMomentary'] !== undefined) checkMomentary(node, path, check);
  if (node['escalate'] !== undefined) {
    const escalate = check.record(node['escalate'], `${path}.escalate`);
    check.oneOf(escalate?.['severity'], SEVERITIES, `${path}.escalate.severity`);
    check.number(escalate?.['afterUs'], `${path}.escalate.afterUs`, { from: 1 });
  }
  if (node['bound'] !== undefined) checkBound(node['bound'], `${path}.bound`, input, check);
  if (node['suppress'] !== undefined) checkSuppression(node['suppress'], `${path}.suppress`, input, check);
  checkRuleQuality(node, path, input, check);
  checkRuleValues(node, path, input, check);
}

function checkSuppression(value: unknown, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const suppress = check.record(value, path);
  if (suppress === null) return;
  const own = new Map<string, ValueType>();
  for (const [index, item] of check.list(suppress['columns'], `${path}.columns`).entries()) {
    const at = `${path}.columns[${index}]`;
    const read = check.record(item, at);
    const type = check.column(input, read?.['column'], `${at}.column`);
    if (type === null) continue;
    if (type !== read?.['type']) check.problem(`${at}.type`, `is ${show(read?.['type'])}, and the column is a ${type}`);
    own.set(nameIn(read?.['column']), type);
  }
  const readColumns: ViewColumns = { own: new Map(own), through: null, key: [] };
  for (const [index, item] of check.list(suppress['alerts'], `${path}.alerts`).entries()) {
    const at = `${path}.alerts[${index}]`;
    const alert = check.record(item, at);
    if (alert === null) continue;
    check.askOfRule(alert['rule'], `${at}.rule`);
    for (const [place, column] of check.list(alert['key'], `${at}.key`).entries()) {
      check.column(readColumns, column, `${at}.key[${place}]`);
    }
    own.set(check.text(alert['column'], `${at}.column`), 'bool');
  }
  check.boolExpression({ own, through: null, key: [] }, suppress['condition'], `${path}.condition`);
}

/** Nothing that is asked for has to hold for a time. */
function checkMomentary(node: Json, path: string, check: PlanCheck): void {
  if (node['isMomentary'] !== true) check.problem(`${path}.isMomentary`, `is ${show(node['isMomentary'])}, not true`);
  if (node['while'] !== null) check.problem(`${path}.while`, 'is there, and a momentary rule has none');
  const levels = check.list(node['levels'], `${path}.levels`);
  for (const [index, item] of [...levels, ...(node['clear'] === null ? [] : [node['clear']])].entries()) {
    const at = index < levels.length ? `${path}.levels[${index}]` : `${path}.clear`;
    if (check.record(item, at)?.['forUs'] !== 0)
      check.problem(`${at}.forUs`, 'is not 0, and nothing lasts in a momentary rule');
  }
}

function checkBound(value: unknown, path: string, input: ViewColumns | null, check: PlanCheck): void {
  for (const [index, item] of check.list(value, path).entries()) {
    const row = check.record(item, `${path}[${index}]`);
    if (row === null) continue;
    check.text(row['stream'], `${path}[${index}].stream`);
    check.column(input, row['time'], `${path}[${index}].time`);
    if (row['identity'] === null) continue;
    const identity = check.record(row['identity'], `${path}[${index}].identity`);
    for (const part of ['source', 'sequence', 'item']) {
      check.column(input, identity?.[part], `${path}[${index}].identity.${part}`);
    }
  }
}

function checkRuleQuality(node: Json, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const quality = check.record(node['quality'], `${path}.quality`);
  if (quality === null) return;
  check.oneOf(quality['otherwise'], ['hold', 'unknown'], `${path}.quality.otherwise`);
  if (quality['column'] === null) return;
  const type = check.column(input, quality['column'], `${path}.quality.column`);
  if (type !== null && type !== 'quality') check.problem(`${path}.quality.column`, `is a ${type}, not a quality`);
}

function checkRuleValues(node: Json, path: string, input: ViewColumns | null, check: PlanCheck): void {
  const values = check.fields(node['values'], `${path}.values`);
  for (const [index, item] of check.list(node['values'], `${path}.values`).entries()) {
    const value = check.record(item, `${path}.values[${index}]`);
    if (value !== null) check.column(input, value['column'], `${path}.values[${index}].column`);
  }
  check.record(node['labels'], `${path}.labels`);
  if (node['message'] === null) return;
  const known = new Set([...values.keys(), ...(input?.key ?? []), 'severity', 'rule', 'time']);
  for (const [index, part] of check.list(node['message'], `${path}.message`).entries()) {
    if (typeof part === 'string') continue;
    const hole = check.record(part, `${path}.message[${index}]`);
    if (hole === null || known.has(nameIn(hole['value']))) continue;
    check.problem(`${path}.message[${index}].value`, `is ${show(hole['value'])}, which the rule does not carry`);
  }
}

function checkRoute(node: Json, path: string, check: PlanCheck): void {
  const isOfAlerts = node['input'] === 'alerts';
  const input = isOfAlerts ? null : check.input(node, path);
  if (node['condition'] !== null) check.boolExpression(input, node['condition'], `${path}.condition`);
  const target = check.record(node['target'], `${path}.target`);
  if (target !== null) check.text(target['connector'], `${path}.target.connector`);
}

function checkStore(node: Json, path: string, check: PlanCheck): void {
  check.input(node, path);
  check.numberOrNull(node['keepUs'], `${path}.keepUs`, { from: 1 });
}

// ---------------------------------------------------------------- expressions

/** The type that the expression says it has; null after a problem. View null: columns are not looked up. */
function checkExpression(value: unknown, path: string, view: ViewColumns | null, check: PlanCheck): ValueType | null {
  const expression = check.record(value, path);
  if (expression === null) return null;
  const kind = check.oneOf(expression['kind'], EXPRESSION_KINDS, `${path}.kind`);
  if (kind === null) return null;
  const type = check.oneOf(expression['type'], VALUE_TYPES, `${path}.type`);
  if (type === null) return null;
  for (const [child, childPath] of childrenOf(expression, kind, path, check)) {
    const childType = checkExpression(child, childPath, view, check);
    const wanted = LOGIC_KINDS.has(kind) || childPath.endsWith('.when') ? 'bool' : null;
    if (wanted !== null && childType !== null && childType !== wanted) {
      check.problem(childPath, `is a ${childType}, and \`${kind}\` is of bools`);
    }
  }
  checkOwn(expression, kind, type, path, view, check);
  return type;
}

function checkOwn(
  expression: Json,
  kind: Expression['kind'],
  type: ValueType,
  path: string,
  view: ViewColumns | null,
  check: PlanCheck,
): void {
  if (BOOL_KINDS.has(kind) && type !== 'bool') check.problem(`${path}.type`, `is ${show(type)}, and this is a bool`);
  if (kind === 'compare') check.oneOf(expression['operator'], ['==', '!=', '<', '<=', '>', '>='], `${path}.operator`);
  if (kind === 'arithmetic') check.oneOf(expression['operator'], ['+', '-', '*', '/'], `${path}.operator`);
  if (kind === 'call') {
    check.text(expression['function'], `${path}.function`);
    if (expression['version'] !== undefined) check.number(expression['version'], `${path}.version`, { from: 1 });
  }
  if (kind === 'literal') checkLiteral(expression['value'], type, path, check);
  if (kind === 'column' && view !== null) {
    const columnType = check.column(view, expression['column'], `${path}.column`);
    if (columnType !== null && columnType !== type) {
      check.problem(`${path}.type`, `is ${show(type)}, and the column is a ${columnType}`);
    }
  }
}

function checkLiteral(value: unknown, type: ValueType, path: string, check: PlanCheck): void {
  if (value === null) return;
  if (typeof value === LITERAL_TYPES[type] && !(typeof value === 'number' && !Number.isFinite(value))) return;
  check.problem(`${path}.value`, `is ${show(value)}, which is not a ${type}`);
}

function childrenOf(
  expression: Json,
  kind: Expression['kind'],
  path: string,
  check: PlanCheck,
): readonly (readonly [child: unknown, path: string])[] {
  const at = (name: string) => [expression[name], `${path}.${name}`] as const;
  const all = (name: string) =>
    check.list(expression[name], `${path}.${name}`).map((item, index) => [item, `${path}.${name}[${index}]`] as const);
  switch (kind) {
    case 'literal':
    case 'column':
      return [];
    case 'negate':
    case 'not':
    case 'is-null':
      return [at('operand')];
    case 'and':
    case 'or':
    case 'compare':
    case 'arithmetic':
    case 'coalesce':
      return [at('left'), at('right')];
    case 'in':
      return [at('operand'), ...all('items')];
    case 'call':
      return all('arguments');
    case 'case': {
      const branches = all('branches').flatMap(([item, itemPath]) => {
        const branch = check.record(item, itemPath);
        return branch === null
          ? []
          : ([
              [branch['when'], `${itemPath}.when`],
              [branch['then'], `${itemPath}.then`],
            ] as const);
      });
      return [...branches, at('otherwise')];
    }
  }
}

// ---------------------------------------------------------------- words

const LITERAL_TYPES = {
  float: 'number',
  int: 'number',
  bool: 'boolean',
  symbol: 'string',
  string: 'string',
  time: 'number',
  duration: 'number',
  quality: 'string',
  severity: 'string',
} as const satisfies Record<ValueType, string>;

const VALUE_TYPES = Object.keys(LITERAL_TYPES) as readonly ValueType[];

const EXPRESSION_KINDS = Object.keys({
  literal: 0,
  column: 0,
  negate: 0,
  not: 0,
  and: 0,
  or: 0,
  compare: 0,
  arithmetic: 0,
  coalesce: 0,
  'is-null': 0,
  in: 0,
  case: 0,
  call: 0,
} satisfies Record<Expression['kind'], 0>) as readonly Expression['kind'][];

const HISTORY_FUNCTIONS = Object.keys({
  prev: 0,
  changed: 0,
  becomes: 0,
  since: 0,
  rising: 0,
  falling: 0,
  stays: 0,
  crosses: 0,
} satisfies Record<HistoryNode['function'], 0>) as readonly HistoryNode['function'][];

const LOGIC_KINDS: ReadonlySet<Expression['kind']> = new Set(['not', 'and', 'or']);
const BOOL_KINDS: ReadonlySet<Expression['kind']> = new Set(['not', 'and', 'or', 'compare', 'is-null', 'in']);

const AGGREGATES = Object.keys({
  count: 0,
  sum: 0,
  avg: 0,
  min: 0,
  max: 0,
  first: 0,
  last: 0,
  stddev: 0,
  var: 0,
  median: 0,
  percentile: 0,
  mode: 0,
  distinct: 0,
  delta: 0,
  increase: 0,
  rate: 0,
  slope: 0,
  spread: 0,
  ewma: 0,
  integral: 0,
  twa: 0,
  duration: 0,
  argmax: 0,
  argmin: 0,
  correlation: 0,
} satisfies Record<AggregateName, 0>) as readonly AggregateName[];

function findColumn(view: ViewColumns, column: string): ValueType | null {
  for (let at: ViewColumns | null = view; at !== null; at = at.through) {
    const type = at.own.get(column);
    if (type !== undefined) return type;
  }
  return null;
}

function withTime(columns: Map<string, ValueType>): Map<string, ValueType> {
  if (!columns.has('time')) columns.set('time', 'time');
  return columns;
}

function recordAt(value: unknown, path: string, problems: Problems): Json | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  problems.add(path, `is ${show(value)}, not an object`);
  return null;
}

/** What is no text is no name; some values cannot even be made one. */
function nameIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value));
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

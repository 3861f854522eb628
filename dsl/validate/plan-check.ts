import type { PlanNode, ValueType } from '../plan.ts';
import { type Json, type Problems, nameIn, recordAt, show } from './problems.ts';
import { AGGREGATES, VALUE_TYPES } from './words.ts';

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
  readonly #checks: Readonly<Record<PlanNode['kind'], NodeCheck>>;
  readonly #ids = new Set<string>();
  readonly #rules = new Set<string>();
  readonly #askedRules: { readonly rule: unknown; readonly path: string }[] = []; // wherever they stand
  readonly #views = new Map<string, ViewColumns>();
  readonly tables = new Map<string, TableColumns>();

  constructor(problems: Problems, checks: Readonly<Record<PlanNode['kind'], NodeCheck>>) {
    this.#problems = problems;
    this.#checks = checks;
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
    if (typeof node['kind'] !== 'string' || !Object.hasOwn(this.#checks, node['kind'])) {
      this.problem(
        `${path}.kind`,
        `is ${show(node['kind'])}, which is none of ${Object.keys(this.#checks).join(', ')}`,
      );
      return;
    }
    const check = this.#checks[node['kind'] as PlanNode['kind']]; // as: checked just now
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

export type NodeCheck = (node: Json, path: string, check: PlanCheck) => void;

export function findColumn(view: ViewColumns, column: string): ValueType | null {
  for (let at: ViewColumns | null = view; at !== null; at = at.through) {
    const type = at.own.get(column);
    if (type !== undefined) return type;
  }
  return null;
}

export function withTime(columns: Map<string, ValueType>): Map<string, ValueType> {
  if (!columns.has('time')) columns.set('time', 'time');
  return columns;
}

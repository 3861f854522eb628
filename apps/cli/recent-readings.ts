import { columnsOf, type Field, type Plan, type RuleNode } from '../../dsl/plan.ts';
import type { OutputRow, RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';

const BEFORE = 24;
const AFTER = 8;
const MAX_KEYS = 10_000; // beyond it, further keys have no sparkline

export type Reading = number | null;

/** Readings of each key of the streams that rules read, for the sparkline beside an alert. */
export class RecentReadings {
  readonly #places: ReadonlyMap<string, Place>; // by rule
  readonly #rows = new Map<string, OutputRow[]>();

  constructor(plan: Plan) {
    const rules = plan.nodes.filter(node => node.kind === 'rule');
    this.#places = new Map(rules.flatMap(rule => placeOf(rule, plan).map(place => [rule.name, place] as const)));
  }

  get streams(): string[] {
    return [...new Set([...this.#places.values()].map(place => place.stream))];
  }

  add(batch: RowBatch): void {
    for (const row of batch.rows) {
      const id = keyId(batch.stream, row.key);
      const rows = this.#rows.get(id);
      if (rows !== undefined) rows.push(row);
      else if (this.#rows.size < MAX_KEYS) this.#rows.set(id, [row]);
    }
  }

  /** The readings up to a change, and those after it that are there already; none where the rule reads no number. */
  around(change: AlertChange): { readonly before: readonly Reading[]; readonly after: readonly Reading[] } {
    const place = this.#places.get(change.rule);
    const rows = place === undefined ? undefined : this.#rows.get(keyId(place.stream, change.key));
    if (place === undefined || rows === undefined) return { before: [], after: [] };
    const next = rows.findIndex(row => row.timeUs > change.timeUs);
    const end = next === -1 ? rows.length : next;
    const readings = (from: number, to: number) => rows.slice(from, to).map(row => readingOf(row, place.field));
    return { before: readings(Math.max(0, end - BEFORE), end), after: readings(end, end + AFTER) };
  }

  /** Forgets what lies too far back for the next change. */
  trim(): void {
    for (const rows of this.#rows.values()) if (rows.length > BEFORE) rows.splice(0, rows.length - BEFORE);
  }
}

type Place = { readonly stream: string; readonly field: string };

/** The first number that a rule's alerts carry or compute something of, else the first one of the stream. */
function placeOf(rule: RuleNode, plan: Plan): Place[] {
  const stream = streamBehind(rule.input, plan);
  const numbers = plan.nodes.flatMap(node =>
    node.id === stream && (node.kind === 'source' || node.kind === 'select') ? node.fields.filter(isNumber) : [],
  );
  const carried = rule.values.flatMap(value => fieldsBehind(value.column, plan));
  const field = carried.find(name => numbers.some(number => number.name === name)) ?? numbers[0]?.name;
  return stream === undefined || field === undefined ? [] : [{ stream, field }];
}

function isNumber({ type }: Pick<Field, 'type'>): boolean {
  return type === 'float' || type === 'int';
}

/** The fields that a column is made of: of `#` in its name, those that its node reads. */
function fieldsBehind(column: string, plan: Plan): readonly string[] {
  if (!column.includes('#')) return [column];
  for (const node of plan.nodes) {
    if (node.kind === 'range') {
      const aggregate = node.aggregates.find(({ name }) => name === column);
      if (aggregate !== undefined) return aggregate.arguments.flatMap(argument => fieldsBehind(argument, plan));
    }
    if (node.kind === 'detector' && node.outputs.some(({ name }) => name === column))
      return node.arguments.flatMap(argument => fieldsBehind(argument, plan));
    if (node.id !== column) continue;
    if (node.kind === 'history') return fieldsBehind(node.argument, plan);
    if (node.kind === 'compute') return columnsOf(node.expression).flatMap(name => fieldsBehind(name, plan));
  }
  return [];
}

function streamBehind(id: string, plan: Plan): string | undefined {
  if (!id.includes('#')) return id; // a stream has its name as id
  const node = plan.nodes.find(candidate => candidate.id === id);
  return node !== undefined && 'input' in node ? streamBehind(node.input, plan) : undefined;
}

function keyId(stream: string, key: OutputRow['key']): string {
  return JSON.stringify([stream, ...Object.values(key)]);
}

function readingOf(row: OutputRow, field: string): Reading {
  const value = row.values[field];
  return typeof value === 'number' ? value : null;
}

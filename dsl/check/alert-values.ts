import { AGGREGATES, type AggregateUnit } from '../catalog/aggregates.ts';
import { differenceUnit, powerUnit, productUnit, quotientUnit } from '../catalog/unit.ts';
import type { AggregateName, Expression, RuleNode, ValueType } from '../plan.ts';
import { columnsOf, type ColumnRequest } from './columns.ts';
import { SECOND } from './convert.ts';
import { qualityFieldOf, type StreamSchema } from './schema.ts';
import type { Checked } from './scope.ts';

type Value = RuleNode['values'][number];

/**
 * What an alert carries: the fields and ranges that its conditions and message name, in the order in which they are
 * first named. Conditions themselves are not values; what they compare is.
 */
export class AlertValues {
  readonly #values = new Map<string, Value>();
  readonly #schema: StreamSchema;
  readonly #requests: readonly ColumnRequest[];

  constructor(schema: StreamSchema, requests: readonly ColumnRequest[]) {
    this.#schema = schema;
    this.#requests = requests;
  }

  get list(): readonly Value[] {
    return [...this.#values.values()];
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  addOf(expression: Expression): void {
    for (const column of columnsOf(expression)) this.#addColumn(column);
  }

  /** The value's name for `{temp}` or `{avg(temp, 1h)}`; undefined if the rule has neither. */
  find(written: string): string | undefined {
    if (this.#schema.fields.has(written)) {
      this.#addColumn(written);
      return written;
    }
    const wanted = withoutBlanks(written);
    return this.names.find(name => withoutBlanks(name) === wanted);
  }

  #addColumn(column: string): void {
    const field = this.#schema.fields.get(column);
    if (field !== undefined) {
      const isQuality = qualityFieldOf(this.#schema) === column;
      if (!this.#schema.key.includes(column) && !isQuality) this.#add(column, column, field.type, field.unit);
      return;
    }
    const request = this.#requests.find(known => known.column === column);
    if (request?.kind === 'compute') {
      this.addOf(request.expression);
    } else if (request?.kind === 'range') {
      const { aggregate, arguments: columns, type } = request.call;
      const units = columns.map(name => this.#schema.fields.get(name)?.unit ?? null);
      this.#add(column.slice(1), column, type, unitOf(aggregate, units));
    } else if (request?.kind === 'history' && request.call.function === 'prev') {
      const argument = this.#schema.fields.get(request.call.argument);
      this.#add(column.slice(1), column, request.call.type, argument?.unit ?? null);
    } else if (request?.kind === 'history') {
      this.#addColumn(request.call.argument);
    }
  }

  #add(name: string, column: string, type: ValueType, unit: Checked['unit']): void {
    if (this.#values.has(name)) return;
    this.#values.set(name, { name, type, ...(unit === null ? {} : { unit: unit.text }), column });
  }
}

/** The unit of an aggregate over fields, as its catalog entry says; null where there is none. */
function unitOf(aggregate: AggregateName, units: readonly Checked['unit'][]): Checked['unit'] {
  const rule = UNIT_RULES.get(aggregate);
  const unit = units[rule === 'second' ? 1 : 0] ?? null;
  if (unit === null || rule === undefined) return null;
  switch (rule) {
    case 'first':
    case 'second':
    case 'total':
      return unit;
    case 'difference':
      return differenceUnit(unit);
    case 'per-second':
      return quotientUnit(differenceUnit(unit), SECOND);
    case 'squared':
      return powerUnit(differenceUnit(unit), 2);
    case 'integral':
      return productUnit(unit, SECOND);
  }
}

const UNIT_RULES: ReadonlyMap<AggregateName, AggregateUnit | undefined> = new Map(
  Object.values(AGGREGATES).map(entry => [entry.aggregate, entry.result.unit]),
);

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '');
}

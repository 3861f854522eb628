import { DETECTORS } from '../catalog/detectors.ts';
import { AGGREGATES, type AggregateUnit } from '../catalog/aggregates.ts';
import { differenceUnit, powerUnit, productUnit, quotientUnit, type Unit } from '../catalog/unit.ts';
import type { AggregateName, Expression, RuleNode, ValueType } from '../plan.ts';
import { columnsOf } from '../plan/expression-parts.ts';
import { historyArguments, type StageColumns } from './columns.ts';
import { convert, SECOND } from './convert.ts';
import { isDetector } from './detector-call.ts';
import { qualityFieldOf, type StreamSchema } from './schema.ts';
import type { PatternValues } from './pattern-values.ts';
import type { Checked, DetectorCall } from './scope.ts';

const NOWHERE = { file: '', start: 0, end: 0 };

type Value = RuleNode['values'][number];

/**
 * What an alert carries: the fields and ranges that its conditions and message name, in the order in which they are
 * first named. Conditions themselves are not values; what they compare is.
 */
export class AlertValues {
  readonly #values = new Map<string, Value>();
  readonly #schema: StreamSchema;
  readonly #columns: StageColumns;
  readonly #comparedUnits: ReadonlyMap<string, Unit>;
  readonly #bound: PatternValues | null;
  readonly #nameByCall = new Map<string, string>(); // without blanks

  /** `comparedUnits`: by column, what the conditions compare it in; `bound`: where the rows are matches, what these have. */
  constructor(options: {
    readonly schema: StreamSchema;
    readonly columns: StageColumns;
    readonly comparedUnits: ReadonlyMap<string, Unit>;
    readonly bound: PatternValues | null;
  }) {
    this.#schema = options.schema;
    this.#columns = options.columns;
    this.#comparedUnits = options.comparedUnits;
    this.#bound = options.bound;
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

  /** `call`: as a condition writes what has this column. */
  addCall(column: string, call: string): void {
    this.#nameByCall.set(withoutBlanks(call), column.slice(1));
  }

  /** The value's name for `{temp}` or `{avg(temp, 1h)}`; undefined if the rule has neither. */
  find(written: string): string | undefined {
    if (this.#schema.fields.has(written)) {
      this.#addColumn(written);
      return written;
    }
    const wanted = withoutBlanks(written);
    const name = this.#nameByCall.get(wanted);
    if (name !== undefined && this.#values.has(name)) return name;
    return this.names.find(known => withoutBlanks(known) === wanted);
  }

  /** The name of the value of a column that is looked up. */
  addColumn(column: string): string {
    this.#addColumn(column);
    return column.slice(1);
  }

  /** The name of a value that only the message writes. */
  addComputed(written: string, { expression, type, unit }: Checked): string {
    this.#add(written, this.#columns.compute(expression), type, unit);
    return written;
  }

  #addColumn(column: string): void {
    const field = this.#schema.fields.get(column);
    if (field !== undefined) {
      const isQuality = qualityFieldOf(this.#schema) === column;
      if (!this.#schema.key.includes(column) && !isQuality) this.#add(column, column, field.type, field.unit);
      return;
    }
    const bound = this.#bound?.find(column);
    if (bound !== undefined) return this.#add(column.slice(1), column, bound.type, bound.unit);
    const request = this.#columns.requests.find(known => known.column === column);
    if (request?.kind === 'compute') {
      this.addOf(request.expression);
    } else if (request?.kind === 'range') {
      const { aggregate, arguments: columns, type } = request.call;
      const units = columns.map(name => this.#schema.fields.get(name)?.unit ?? null);
      const unit = unitOf(aggregate, units);
      if (unit === null || units.includes(unit)) this.#add(column.slice(1), column, type, unit);
      else this.#addConverted(column, type, unit);
    } else if (request?.kind === 'history' && request.call.function === 'prev') {
      const argument = this.#schema.fields.get(request.call.argument);
      this.#add(column.slice(1), column, request.call.type, argument?.unit ?? null);
    } else if (request?.kind === 'detector') {
      this.#add(column.slice(1), column, request.output.type, this.#unitOfForecast(request.call));
      if (request.call.arguments.length > 1 && request.output.of !== 'argument') this.#addArgument(request.call);
      for (const argument of request.call.arguments) this.#addColumn(argument);
    } else if (request?.kind === 'lookup') {
      this.#add(column.slice(1), column, request.field.type, request.field.unit);
    } else if (request?.kind === 'history') {
      for (const argument of historyArguments(request.call)) this.#addColumn(argument);
    }
  }

  /** Of what looks at several values: which of them says most. */
  #addArgument(call: DetectorCall): void {
    if (!isDetector(call.detector) || DETECTORS[call.detector].namesArgument !== true) return;
    const named = this.#columns.detector(call, { of: 'argument', type: 'string' });
    this.#add(named.slice(1), named, 'string', null);
  }

  /** That of the field that it is of; null of what is no field, and of a time. */
  #unitOfForecast({ detector, arguments: [argument] }: DetectorCall): Checked['unit'] {
    return detector === 'forecast' ? (this.#schema.fields.get(argument!)?.unit ?? null) : null;
  }

  /** A unit that nobody wrote, such as K/s of a slope, gives way to the one of the condition. */
  #addConverted(column: string, type: ValueType, unit: Unit): void {
    const shown = this.#comparedUnits.get(column) ?? unit;
    const value = { expression: { kind: 'column', type, column }, type, unit, span: NOWHERE } as const;
    const { expression } = convert(value, shown, 'differences');
    this.#add(column.slice(1), this.#columns.compute(expression), type, shown);
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

export function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '');
}

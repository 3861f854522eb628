import type { Expression as Syntax } from '../../dsl/ast.ts';
import { knownUnit } from '../../dsl/catalog/unit.ts';
import type { Report } from '../../dsl/check/report.ts';
import type { Binding, Hoist, Scope } from '../../dsl/check/scope.ts';
import { describeAggregate, describeDetector, describeExpression } from '../../dsl/describe-expression.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { parse } from '../../dsl/parse.ts';
import type { ValueType } from '../../dsl/plan.ts';

const BEFORE = 'rule r on s { high when ';

export function parseExpression(text: string): Syntax {
  const { file, diagnostics } = parse(`${BEFORE}${text} }`, 'test.mill');
  const [rule] = file?.statements ?? [];
  const level = rule?.kind === 'rule' ? rule.members[0] : undefined;
  if (level?.kind !== 'level' || level.when === null) throw new Error(`${text}: ${diagnostics[0]?.message}`);
  return level.when;
}

/** A field of each kind; their names say what they are. Declared at 0..1, so that messages can point there. */
export const FIELDS: Readonly<Record<string, readonly [ValueType, string?]>> = {
  temp: ['float', 'degC'],
  tempF: ['float', 'degF'],
  tempK: ['float', 'K'],
  rms: ['float', 'mm/s'],
  pressure: ['float', 'bar'],
  load: ['float', '%'],
  amps: ['float', 'A'],
  milliamps: ['float', 'mA'],
  volts: ['float', 'V'],
  energy: ['float', 'kWh'],
  hours: ['float', 'h'],
  speed: ['float', 'rpm'],
  angle: ['float', 'deg'],
  x: ['float'],
  n: ['int'],
  ok: ['bool'],
  state: ['symbol'],
  note: ['string'],
  time: ['time'],
  ago: ['duration'],
  q: ['quality'],
  level: ['severity'],
};

/** Names of hoisted columns are their calls, so that a test reads as the rule does. */
export class FakeScope implements Scope {
  readonly place = '`when`';
  readonly aggregates: Scope['aggregates'];
  readonly hoist: Hoist = {
    compute: expression => (expression.kind === 'column' ? expression.column : `[${describeExpression(expression)}]`),
    window: call => describeAggregate(call, null),
    range: ({ range, ...call }) => describeAggregate(call, range),
    lookup: ({ table, key, field }) =>
      `${table}[${key.map(value => describeExpression(value)).join(', ')}].${field.name}`,
    detector: (call, { of }) => describeDetector(call, of),
    history: call => `${call.function}(${call.argument}${call.events === 1 ? '' : `, ${call.events}`})`,
  };
  readonly #bindings = new Map<string, Binding>();

  constructor(aggregates: Scope['aggregates'] = 'range') {
    this.aggregates = aggregates;
    for (const [name, [type, unit]] of Object.entries(FIELDS)) {
      this.#bindings.set(name, columnOf(name, type, unit));
    }
    const members = new Map([['rated', columnOf('d.rated', 'float', 'A')]]);
    this.#bindings.set('d', { kind: 'record', members, declaredAt: null });
    this.#bindings.set('limit', constantOf('float', 85, 'degC'));
    this.#bindings.set('hour', constantOf('duration', 3_600_000_000));
  }

  resolve(name: string): Binding | undefined {
    return this.#bindings.get(name);
  }

  names(): readonly string[] {
    return [...this.#bindings.keys()];
  }
}

/** `MR2001 tmp: there is no field …; hint`, and the declarations that it points to. */
export function renderDiagnostic(text: string, { code, span, message, hint, related = [] }: Diagnostic): string {
  const place = text.slice(span.start - BEFORE.length, span.end - BEFORE.length);
  const places = related.map(other => ` (${other.message})`).join('');
  return `${code} ${place}: ${message}${places}${hint === undefined ? '' : `; ${hint}`}`;
}

export function diagnosticsOf(check: (report: Report) => unknown): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  check(diagnostic => diagnostics.push(diagnostic));
  return diagnostics;
}

const DECLARED = { file: 'test.mill', start: 0, end: 1 };

function columnOf(column: string, type: ValueType, unit?: string): Binding {
  return { kind: 'column', column, type, unit: unit === undefined ? null : knownUnit(unit), declaredAt: DECLARED };
}

function constantOf(type: ValueType, value: number, unit?: string): Binding {
  const expression = { kind: 'literal', type, value } as const;
  const checked = { expression, type, unit: unit === undefined ? null : knownUnit(unit), span: DECLARED };
  return { kind: 'constant', value: checked, declaredAt: DECLARED };
}

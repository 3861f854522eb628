import type {
  ExpectStep,
  Expression,
  FeedSegment as FeedSegmentSyntax,
  FeedStep,
  FieldValue,
  Identifier,
  TestStatement,
} from '../ast.ts';
import { differenceUnit, knownUnit } from '../catalog/unit.ts';
import type { Span } from '../diagnostics.ts';
import {
  ACTION_KINDS,
  ALERT_CHANGES,
  type AlertChangeKind,
  type FeedSegment,
  type FieldValues,
  type TestCase,
  type TestStep,
  type ValueType,
} from '../plan.ts';
import { withoutBlanks } from './alert-values.ts';
import type { Context } from './context.ts';
import { NO_DELAY } from './delay.ts';
import { hintFor } from '../did-you-mean.ts';
import { positiveUs } from './duration.ts';
import type { CheckedRule } from './program.ts';
import { error } from './report.ts';
import type { StreamSchema } from './schema.ts';
import type { Checked } from './scope.ts';

type Scalar = number | string | boolean | null;
type FieldsOf = { readonly fields: Fields; readonly faulty: ReadonlySet<string> };
type Fields = ReadonlyMap<string, { readonly type: ValueType; readonly unit: Checked['unit'] }>;

/** A `test` block, its values typed and in the fields' units; null after a report, or where its rule is left out. */
export function checkTest(
  statement: TestStatement,
  rules: ReadonlyMap<string, CheckedRule>,
  context: Context,
): TestCase | null {
  const { rule, title, span } = statement;
  const isRuleThere = rule === null || (context.names.rule(rule, context.report) !== null && rules.has(rule.name));
  const steps = statement.steps.map(step => new StepCheck(rules, context).check(step));
  if (!isRuleThere || steps.includes(null)) return null;
  return {
    title: title.value,
    rule: rule?.name ?? null,
    file: span.file,
    line: context.sources.lineOf(span),
    steps: steps.filter(step => step !== null),
  };
}

class StepCheck {
  readonly #rules: ReadonlyMap<string, CheckedRule>;
  readonly #context: Context;
  #isWhole = true;

  constructor(rules: ReadonlyMap<string, CheckedRule>, context: Context) {
    this.#rules = rules;
    this.#context = context;
  }

  check(step: TestStatement['steps'][number]): TestStep | null {
    const checked = this.#step(step);
    return this.#isWhole ? checked : null;
  }

  #step(step: TestStatement['steps'][number]): TestStep | null {
    switch (step.kind) {
      case 'feed':
        return this.#feed(step);
      case 'expect':
        return this.#expect(step);
      case 'restart':
        return { kind: 'restart', atUs: step.at.us, line: this.#context.sources.lineOf(step.span) };
    }
  }

  #feed(step: FeedStep): TestStep | null {
    if (this.#context.names.get(step.stream.name)?.kind === 'table') return this.#row(step);
    if (step.stream.name === 'actions') return this.#action(step);
    const schema = this.#fedStream(step.stream);
    if (schema === null) return null;
    return this.#fed(step, this.#values(step.values, schema, schema.name), schema);
  }

  #fed(step: FeedStep, values: FieldValues, schema: StreamSchema): TestStep {
    const series = step.series.map(({ field, segments }) => ({
      field: field.name,
      segments: this.#series(field, segments, schema),
    }));
    this.#checkFedFields(step, schema);
    return {
      kind: 'feed',
      stream: schema.name,
      values,
      everyUs: step.every && positiveUs(step.every, '`every`', this.#context.report),
      atUs: step.at?.us ?? 0,
      lateUs: step.late?.us ?? 0,
      series,
      line: this.#context.sources.lineOf(step.span),
    };
  }

  /** A row of a table: there before the first event, or found `at` a time. */
  #row(step: FeedStep): TestStep | null {
    const schema = this.#context.tables.get(step.stream.name);
    if (schema === undefined) return null;
    const values = this.#values(step.values, schema, schema.name);
    if (step.every !== null || step.late !== null || step.series.length > 0) {
      const hint = `write \`feed ${schema.name} { … } at 5s\``;
      this.#fail('MR2712', step.stream.span, `\`${schema.name}\` is a table, which is fed row by row`, hint);
    }
    this.#checkFedKey(step, schema);
    const line = this.#context.sources.lineOf(step.span);
    return { kind: 'row', table: schema.name, values, atUs: step.at?.us ?? null, line };
  }

  /** `key: "m1"`, or the fields of the rule's key by their names, which come last, in its order. */
  #action(step: FeedStep): TestStep {
    const rule = this.#actionRule(step);
    const ofKey = (rule?.key ?? []).filter(({ name }) => !ACTIONS_SCHEMA.fields.has(name));
    const fields = new Map([
      ...ACTIONS_SCHEMA.fields,
      ...ofKey.map(field => [field.name, { ...field, declaredAt: null }] as const),
    ]);
    const given = this.#values(step.values, { ...ACTIONS_SCHEMA, fields }, 'actions');
    const isByName = ofKey.some(({ name }) => Object.hasOwn(given, name));
    const names = isByName ? ofKey.map(({ name }) => name) : [];
    const others = Object.entries(given).filter(([name]) => !names.includes(name));
    const values = Object.fromEntries([...others, ...names.map(name => [name, given[name] ?? null] as const)]);
    this.#checkAction(step, values['action']);
    return this.#fed(step, values, { ...ACTIONS_SCHEMA, fields, key: [...ACTIONS_SCHEMA.key, ...names] });
  }

  /** Null where none is named, and where it is wrong itself, which is told there. */
  #actionRule({ values }: FeedStep): Target | null {
    const { names, report } = this.#context;
    const said = values.find(({ name }) => name.name === 'rule')?.value;
    if (said?.kind !== 'string') return null;
    const name = { kind: 'identifier', name: said.value, span: said.span } as const;
    return names.rule(name, report) && this.#target(name, 'rule');
  }

  #checkAction({ span }: FeedStep, action: FieldValues[string] | undefined): void {
    if (action === undefined || ACTION_KINDS.some(word => word === action)) return;
    this.#fail('MR2730', span, `nobody can \`${action}\` an alert`, hintFor(String(action), ACTION_KINDS, 'actions'));
  }

  #fedStream(stream: Identifier): StreamSchema | null {
    const { names, schemas, report } = this.#context;
    const statement = names.stream(stream, report);
    if (statement?.kind === 'derive') {
      const hint = 'feed the stream that it is made from';
      report(error('MR2706', stream.span, `\`${stream.name}\` is computed, so it cannot be fed`, { hint }));
      return null;
    }
    return (statement && schemas.get(stream.name)) ?? null;
  }

  #checkFedFields(step: FeedStep, schema: StreamSchema): void {
    const given = new Set(step.values.map(value => value.name.name));
    for (const { field } of step.series) {
      if (given.has(field.name)) this.#fail('MR2709', field.span, `\`${field.name}\` is given twice`);
      given.add(field.name);
    }
    const [series] = step.series;
    if (series !== undefined && step.every === null) {
      this.#fail('MR2707', series.field.span, 'a series needs a step', 'write `every 1s` behind the braces');
    }
    if (series === undefined && step.every !== null) {
      const hint = 'write a series behind it: `every 1s temp: 70 for 10s`; for one event, `at 5s`';
      this.#fail('MR2711', step.every.span, 'it is not said how long the events go on', hint);
    }
    this.#checkFedKey(step, schema);
  }

  #checkFedKey(step: FeedStep, schema: { readonly name: string; readonly key: readonly string[] }): void {
    const given = new Set([
      ...step.values.map(value => value.name.name),
      ...step.series.map(({ field }) => field.name),
    ]);
    const missing = schema.key.filter(name => !given.has(name));
    if (missing.length === 0) return;
    const hint = `write \`feed ${schema.name} { ${missing[0]}: … }\``;
    this.#fail('MR2708', step.stream.span, `the key \`${missing.join(', ')}\` is not given`, hint);
  }

  #series(name: Identifier, segments: readonly FeedSegmentSyntax[], schema: StreamSchema): FeedSegment[] {
    const field = this.#field(name, schema, schema.name);
    return field === null ? [] : segments.flatMap(segment => this.#segment(segment, field) ?? []);
  }

  #segment(segment: FeedSegmentSyntax, field: Field): FeedSegment | null {
    if (segment.kind === 'gap') return { kind: 'gap', forUs: this.#positiveUs(segment.for, '`gap`') };
    const lateUs = segment.late?.us ?? 0;
    if (segment.kind === 'constant') {
      const value = this.#literal(segment.value, field);
      const forUs = this.#positiveUs(segment.for, '`for`');
      return value === undefined ? null : { kind: 'constant', value, forUs, lateUs };
    }
    if (field.type !== 'float' && field.type !== 'int') {
      const hint = 'feed values one after the other: `"a" for 10s, "b" for 10s`';
      this.#fail('MR2705', segment.span, `a ${segment.kind} is of numbers, and this is a ${field.type}`, hint);
      return null;
    }
    if (segment.kind === 'ramp') {
      const [from, to] = [this.#number(segment.from, field), this.#number(segment.to, field)];
      const overUs = this.#positiveUs(segment.over, '`over`');
      return from === null || to === null ? null : { kind: 'ramp', from, to, overUs, lateUs };
    }
    const mean = this.#number(segment.mean, field);
    const deviation = this.#number(segment.deviation, deviationOf(field)); // `noise 70 ~ 2`
    const forUs = this.#positiveUs(segment.for, '`for`');
    return mean === null || deviation === null ? null : { kind: 'noise', mean, deviation, forUs, lateUs };
  }

  #expect(step: ExpectStep): TestStep | null {
    const { names, report, sources } = this.#context;
    const statement = names.streamOrRule(step.target, report);
    if (statement === null) return null;
    const target = this.#target(step.target, statement.kind === 'rule' ? 'rule' : 'stream');
    if (target === null) return null;
    this.#checkWords(step, target.kind);
    return {
      kind: 'expect',
      isNegated: step.isNegated,
      target: { kind: target.kind, name: step.target.name },
      key: this.#key(step, target),
      severity: step.severity?.severity ?? null,
      change: this.#change(step.change),
      ...this.#expected(step, target),
      when: this.#when(step.when),
      line: sources.lineOf(step.span),
      text: sources.textOf(step.span).replaceAll(/\s+/g, ' ').trim(),
    };
  }

  /** By the names that the values of the row or the alert have; blanks do not count. */
  #expected({ values, target: { name } }: ExpectStep, { fields, faulty }: Target): ExpectedValues {
    const asWritten = new Map([...fields.keys()].map(field => [withoutBlanks(field), field]));
    const named = values.map(({ of, value, span }) => {
      const written = this.#context.sources.textOf(of.span);
      const field = asWritten.get(withoutBlanks(written)) ?? written;
      return { name: { kind: 'identifier' as const, name: field, span: of.span }, value, span };
    });
    const checked = this.#values(named, { fields, faulty }, name);
    const types = Object.keys(checked).map(field => [field, fields.get(field)!.type] as const);
    return { values: checked, types: Object.fromEntries(types) };
  }

  /** Null where the rule or stream is left out of the program. */
  #target(name: Identifier, kind: 'rule' | 'stream'): Target | null {
    if (kind === 'stream') {
      const schema = this.#context.schemas.get(name.name);
      return schema === undefined
        ? null
        : { kind, fields: shownFields(schema), faulty: schema.faulty, key: keyOf(schema.key, schema) };
    }
    const checked = this.#rules.get(name.name);
    if (checked === undefined) return null;
    const schema = this.#context.schemas.get(checked.on)!;
    return { kind, fields: fieldsOfAlert(checked), faulty: NONE, key: keyOf(checked.by ?? schema.key, schema) };
  }

  #checkWords(step: ExpectStep, kind: 'rule' | 'stream'): void {
    const word = step.severity ?? step.change;
    if (kind === 'rule' || word === null) return;
    this.#fail(
      'MR2703',
      word.span,
      `\`${step.target.name}\` is a stream: it has rows, which are not raised or cleared`,
    );
  }

  #key(step: ExpectStep, { key }: Target): (number | string | boolean)[] {
    if (step.key.length === 0) return [];
    if (step.key.length !== key.length) {
      const names = key.map(field => field.name).join(', ');
      const hint = key.length === 0 ? 'write it without parentheses' : `its key is: ${names}`;
      const message = `the key of \`${step.target.name}\` has ${key.length} values, and ${step.key.length} are given`;
      this.#fail('MR2702', step.target.span, message, hint);
      return [];
    }
    return step.key.flatMap((value, index) => this.#literal(value, key[index]!) ?? []);
  }

  #change(change: Identifier | null): AlertChangeKind | null {
    if (change === null) return null;
    const known = ALERT_CHANGES.find(word => word === change.name);
    if (known !== undefined) return known;
    this.#fail(
      'MR2704',
      change.span,
      `an alert is not \`${change.name}\``,
      hintFor(change.name, ALERT_CHANGES, 'changes'),
    );
    return null;
  }

  #when(when: ExpectStep['when']): Extract<TestStep, { kind: 'expect' }>['when'] {
    if (when === null) return null;
    if (when.kind !== 'between') {
      const { us } = when.time;
      const [fromUs, toUs] = when.kind === 'at' ? [us, us] : when.kind === 'before' ? [0, us] : [us, null];
      return { kind: when.kind, fromUs, toUs };
    }
    const [fromUs, toUs] = [when.from.us, when.to.us];
    if (fromUs > toUs) {
      this.#fail(
        'MR2710',
        when.span,
        `${when.from.text} is later than ${when.to.text}`,
        'write the earlier time first',
      );
    }
    return { kind: 'between', fromUs, toUs };
  }

  #values(values: readonly FieldValue[], fields: FieldsOf, owner: string): FieldValues {
    const result = new Map<string, Scalar>();
    for (const { name, value } of values) {
      const field = this.#field(name, fields, owner);
      if (field === null) continue;
      if (result.has(name.name)) this.#fail('MR2709', name.span, `\`${name.name}\` is given twice`);
      const scalar = this.#literal(value, field);
      if (scalar !== undefined) result.set(name.name, scalar);
    }
    return Object.fromEntries(result);
  }

  #field(name: Identifier, { fields, faulty }: FieldsOf, owner: string): Field | null {
    if (faulty.has(name.name)) return null;
    const field = fields.get(name.name);
    if (field !== undefined) return { name: name.name, ...field };
    const hint = hintFor(name.name, [...fields.keys()], 'fields');
    this.#fail('MR2700', name.span, `\`${owner}\` has no field \`${name.name}\``, hint);
    return null;
  }

  #number(expression: Expression, field: Field): number | null {
    const value = this.#literal(expression, field);
    return typeof value === 'number' ? value : null;
  }

  #literal(expression: Expression, field: Field): Scalar | undefined {
    const value = this.#context.constants.valueFor(expression, field);
    if (value === undefined) this.#isWhole = false;
    return value;
  }

  #positiveUs(...[duration, what]: [Parameters<typeof positiveUs>[0], string]): number {
    return positiveUs(duration, what, this.#context.report);
  }

  #fail(code: string, span: Span, message: string, hint?: string): void {
    this.#isWhole = false;
    this.#context.report(error(code, span, message, { hint }));
  }
}

type Field = { readonly name: string; readonly type: ValueType; readonly unit: Checked['unit'] };
type ExpectedValues = Pick<Extract<TestStep, { readonly kind: 'expect' }>, 'values' | 'types'>;
type Target = FieldsOf & { readonly kind: 'rule' | 'stream'; readonly key: readonly Field[] };

const NONE: ReadonlySet<string> = new Set();

/** What operators do (docs/language/alerts.md); the key of the rule comes with it. */
const ACTIONS_SCHEMA: StreamSchema = {
  name: 'actions',
  fields: new Map(
    (
      [
        ['action', 'string'],
        ['rule', 'string'],
        ['key', 'string'],
        ['by', 'string'],
        ['comment', 'string'],
        ['duration', 'duration'],
      ] as const
    ).map(([name, type]) => [name, { name, type, unit: null, declaredAt: null }]),
  ),
  key: ['action', 'rule'],
  faulty: NONE,
  timeNames: [],
  isSource: true,
  endless: null,
  delay: NO_DELAY,
  hasRevision: false,
};

/** Two readings in degC differ by kelvins. */
function deviationOf(field: Field): Field {
  return { ...field, unit: field.unit && differenceUnit(field.unit) };
}

function keyOf(names: readonly string[], schema: StreamSchema): Field[] {
  return names.map(name => schema.fields.get(name)!);
}

/** What can be expected of an alert's values: those that it carries. */
/** Rows of a stream with early ones show their revision, which nothing but a test and a sink sees. */
function shownFields({ fields, hasRevision }: StreamSchema): Fields {
  if (!hasRevision) return fields;
  return new Map([...fields, ['revision', { name: 'revision', type: 'int', unit: null, declaredAt: null }]]);
}

function fieldsOfAlert({ rule }: CheckedRule): Fields {
  return new Map(
    rule.values.map(({ name, type, unit }) => [name, { type, unit: unit === undefined ? null : knownUnit(unit) }]),
  );
}

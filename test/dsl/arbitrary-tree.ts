/**
 * Random syntax trees, as the parser could have made them: only what the language can say. Spans are all the same, for
 * a tree that no text stands behind has no places.
 */
import fc, { type Arbitrary } from 'fast-check';
import type {
  DurationLiteral,
  Expression,
  File,
  Identifier,
  Pattern,
  PatternEvent,
  PatternStep,
  Quantifier,
  RuleMember,
  Severity,
  Statement,
  StringLiteral,
  TestStep,
  UnitText,
} from '../../dsl/ast.ts';

const span = { file: 'a.mill', start: 0, end: 0 };

// Keywords among them, since every keyword may be a field's name.
const names = fc.constantFrom(
  'temp',
  'x',
  'motor',
  'a_1',
  'time',
  'high',
  'for',
  'message',
  'good',
  'in',
  'and',
  'max',
  'every',
  'when',
);
const texts = fc.string({
  unit: fc.constantFrom('a', '{b}', '"', '\\', '\n', '\t', '\r', "'", '//', 'é', '\u2028', '💧', ' '),
  maxLength: 6,
});
const units = fc.constantFrom('degC', 'mm/s', 'm^3/h', '%', 'N*m', '°C', 'µm', 'm', '%/min', 'm²');
const numbers = fc.oneof(fc.nat(1000).map(String), fc.constantFrom('0.5', '1e-9', '2.50', '1E+3', '00'));

const identifier: Arbitrary<Identifier> = names.map(name => ({ kind: 'identifier', name, span }));
const string: Arbitrary<StringLiteral> = texts.map(value => ({ kind: 'string', value, span }));
const unit: Arbitrary<UnitText> = units.map(text => ({ text, span }));
const duration: Arbitrary<DurationLiteral> = fc.constantFrom(
  ...(
    [
      ['5m', 3e8],
      ['1h30m', 5.4e9],
      ['250ms', 250_000],
      ['0s', 0],
      ['2d', 172_800e6],
    ] as const
  ).map(([text, us]) => ({ kind: 'duration', us, text, span }) as const),
);
const plainNumber = numbers.map(text => ({ kind: 'number', value: Number(text), text, unit: null, span }) as const);

const counts = fc.nat(100).map(n => ({ kind: 'number' as const, value: n, text: String(n), unit: null, span }));

const orNull = <T>(arbitrary: Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const some = <T>(arbitrary: Arbitrary<T>, { min = 0, max = 3 } = {}) =>
  fc.array(arbitrary, { minLength: min, maxLength: max });
const node = <K extends string, T extends object>(kind: K, parts: { [N in keyof T]: Arbitrary<T[N]> }) =>
  fc.record(parts).map(built => ({ kind, ...built, span }) as { kind: K; span: typeof span } & T);

// ---------------------------------------------------------------- expressions

const leaf: Arbitrary<Expression> = fc.oneof(
  fc
    .record({ text: numbers, unit: orNull(unit) })
    .map(({ text, unit }) => ({ kind: 'number' as const, value: Number(text), text, unit, span })),
  duration,
  string,
  fc.boolean().map(value => ({ kind: 'boolean' as const, value, span })),
  fc.constant({ kind: 'null' as const, span }),
  names.map(name => ({ kind: 'name' as const, name, span })),
  some(fc.oneof(names, texts, fc.nat(9))).map(segments => ({ kind: 'path' as const, segments, span })),
  fc.nat(99).map(count => ({ kind: 'events' as const, count, span })),
);

// What a range may begin with: never a parenthesis.
const negative = node('unary', { operator: fc.constant('-' as const), operand: plainNumber as Arbitrary<Expression> });
const rangeEnd = fc.oneof(
  plainNumber,
  negative,
  names.map(name => ({ kind: 'name' as const, name, span })),
) as Arbitrary<Expression>;

const { expression } = fc.letrec<{ expression: Expression; holder: Expression }>(tie => {
  const inner = tie('expression');
  return {
    expression: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'expression' },
      leaf,
      tie('holder'),
      node('unary', { operator: fc.constantFrom('-' as const, 'not' as const), operand: inner }),
      node('binary', {
        operator: fc.constantFrom('or', 'and', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '??'),
        left: inner,
        right: inner,
      }),
      node('is-null', { operand: inner, isNegated: fc.boolean() }),
      node('in', {
        operand: inner,
        items: fc.oneof(some(inner, { min: 1 }), fc.record({ low: rangeEnd, high: rangeEnd })),
        isNegated: fc.boolean(),
      }),
      node('case', {
        branches: some(fc.record({ when: inner, then: inner }), { min: 1, max: 2 }),
        otherwise: orNull(inner),
      }),
      node('rarer', { operand: inner, count: fc.constantFrom(1, 0.5, 12, 1e-9), per: duration }),
    ) as Arbitrary<Expression>,
    holder: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'expression' },
      names.map(name => ({ kind: 'name' as const, name, span })),
      node('call', { name: identifier, arguments: some(fc.oneof({ weight: 5, arbitrary: inner }, interval(inner))) }),
      node('member', { object: inner, property: identifier }),
      node('index', { object: inner, index: some(inner, { min: 1, max: 2 }) }),
    ) as Arbitrary<Expression>,
  };
});

/** `10..20`, which only a call has. */
function interval(end: Arbitrary<Expression>): Arbitrary<Expression> {
  return node('interval', { low: end, high: end });
}

export { expression as arbitraryExpression };

// ---------------------------------------------------------------- patterns

const quantifier: Arbitrary<Quantifier> = fc
  .constantFrom<[number, number | null]>([3, 3], [2, 5], [1, null], [2, null], [0, 1], [0, 0])
  .map(([min, max]) => ({ min, max, span }));

const eventOnce: Arbitrary<PatternEvent> = fc
  .record({ binding: orNull(identifier), stream: identifier, condition: orNull(expression) })
  .map(parts => ({ kind: 'event', ...parts, quantifier: null, span }));

const event: Arbitrary<PatternEvent> = fc
  .record({ event: eventOnce, quantifier: orNull(quantifier) })
  .map(({ event, quantifier }) => ({ ...event, quantifier }));

const { step } = fc.letrec<{ step: PatternStep }>(tie => ({
  step: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'step' },
    event,
    node('absence', { event, for: duration }),
    node('any', { steps: some(tie('step'), { min: 2 }), quantifier: orNull(quantifier) }),
    node('all', { steps: some(tie('step'), { min: 2 }), quantifier: orNull(quantifier) }),
    fc
      .record({
        steps: some(tie('step'), { min: 2 }),
        arrows: fc.array(fc.constantFrom('->' as const, '~>' as const), { minLength: 2, maxLength: 2 }),
        within: orNull(duration),
        quantifier: orNull(quantifier),
      })
      .map(parts => ({ kind: 'sequence', ...parts, arrows: parts.arrows.slice(0, parts.steps.length - 1), span })),
    node('sequence', {
      steps: some(tie('step'), { min: 1, max: 1 }),
      arrows: fc.constant([]),
      within: duration,
      quantifier: orNull(quantifier),
    }),
  ) as Arbitrary<PatternStep>,
}));

const unless = fc
  .record({ event, between: orNull(fc.tuple(identifier, identifier)) })
  .map(parts => ({ ...parts, span }));

const pattern: Arbitrary<Pattern> = node('pattern', {
  step,
  across: orNull(expression),
  within: orNull(duration),
  unless: some(unless, { max: 2 }),
  skip: fc.constantFrom('past-last' as const, 'none' as const, null),
  onTimeout: fc.boolean(),
  maxPartial: orNull(counts),
});

// ---------------------------------------------------------------- statements

const spanned = <T extends object>(arbitrary: Arbitrary<T>) => arbitrary.map(built => ({ ...built, span }));

const field = node('field', {
  isKey: fc.boolean(),
  name: identifier,
  type: identifier,
  unit: orNull(unit),
  value: orNull(expression),
  range: orNull(spanned(fc.record({ low: rangeEnd, high: rangeEnd }))),
  default: orNull(expression),
});

const settings = fc
  .constantFrom('lateness', 'idle', 'future', 'expire')
  .map(name => ({ kind: 'identifier' as const, name, span }));

const streamMember = fc.oneof(
  field,
  node('time', {
    value: leaf.filter(value => value.kind === 'name' || value.kind === 'path'),
    format: orNull(identifier),
  }),
  node('setting', { name: settings, value: duration }),
  fc.constant({
    kind: 'setting' as const,
    name: { kind: 'identifier' as const, name: 'idle', span },
    value: 'never' as const,
    span,
  }),
  node('unique', { fields: some(identifier, { min: 1 }), within: duration }),
);

const lookup = spanned(fc.record({ name: identifier, table: identifier, key: some(expression, { min: 1, max: 2 }) }));
const by = fc.oneof(
  node('by-fields', { fields: some(expression, { min: 1, max: 2 }) }),
  fc.constant({ kind: 'by-global' as const, span }),
);
const side = spanned(fc.record({ stream: identifier, alias: orNull(identifier) }));

const from = fc.oneof(
  node('from-stream', { stream: identifier, alias: orNull(identifier) }),
  node('from-side', { side: fc.constantFrom('rejected' as const, 'late' as const), stream: identifier }),
  node('from-join', {
    join: fc.constantFrom('inner' as const, 'left' as const, 'anti' as const),
    left: side,
    right: side,
    condition: fc.oneof(
      fc.record({
        kind: fc.constant('within' as const),
        duration,
        direction: fc.constantFrom('before' as const, 'after' as const, 'around' as const),
      }),
      fc.record({ kind: fc.constant('latest' as const), within: orNull(duration) }),
    ),
  }),
  node('from-match', { pattern }),
);

const window = fc.oneof(
  node('tumbling', { size: duration, zone: orNull(string) }),
  node('hopping', { size: duration, every: duration, zone: orNull(string) }),
  node('sliding', { size: duration }),
  node('session', { gap: duration, max: orNull(duration) }),
  node('count', { size: counts, every: orNull(counts) }),
  node('state', { from: expression, to: expression, max: orNull(duration) }),
);

const severity = fc
  .constantFrom<Severity>('info', 'low', 'medium', 'high', 'critical')
  .map(severity => ({ kind: 'severity' as const, severity, span }));

const ruleMember = fc.oneof(
  node('level', { severity, when: orNull(expression), for: orNull(duration), gap: orNull(duration) }),
  node('clear', { when: expression, for: orNull(duration), after: orNull(duration) }),
  duration.map(after => ({ kind: 'clear' as const, when: null, for: null, after, span })),
  node('while', { condition: expression, settle: orNull(duration) }),
  node('escalate', { to: severity, after: duration, isUnlessAcked: fc.boolean() }),
  node('cooldown', { duration }),
  node('text', { name: fc.constantFrom('message', 'cause', 'consequence', 'response', 'runbook'), text: string }),
  node('labels', { labels: some(fc.record({ name: identifier, value: string })) }),
  fc.constant({ kind: 'latch' as const, span }),
  node('quality', { otherwise: fc.constantFrom('hold' as const, 'unknown' as const) }),
  node('suppress', { when: expression }),
) as Arbitrary<RuleMember>;

const ruleInput = fc.oneof(
  node('on-stream', { stream: identifier, alias: orNull(identifier) }),
  // A pattern of one bare name is the stream itself.
  node('on-pattern', { pattern }).filter(({ pattern: { step, ...clauses } }) => {
    const isBareName = step.kind === 'event' && !step.binding && !step.condition && !step.quantifier;
    const { within, across, unless, skip, onTimeout, maxPartial } = clauses;
    const hasClauses = [within, across, unless[0], skip, maxPartial].some(clause => clause) || onTimeout;
    return !isBareName || hasClauses;
  }),
  node('on-silence', { stream: identifier, for: duration, expectedBy: orNull(identifier) }),
);

const late = orNull(duration);
const segment = fc.oneof(
  node('constant', { value: expression, for: duration, late }),
  node('ramp', { from: expression, to: expression, over: duration, late }),
  node('noise', { mean: expression, deviation: expression, for: duration, late }),
  node('gap', { for: duration }),
);
const fieldValues = some(spanned(fc.record({ name: identifier, value: expression })));

const name = node('name', { name: identifier.map(({ name }) => name) });
const namedValue = fc.oneof(
  name,
  node('call', { name: identifier, arguments: some(expression) }),
  node('member', { object: node('member', { object: name, property: identifier }), property: identifier }),
  node('member', {
    object: node('index', { object: name, index: some(expression, { min: 1 }) }),
    property: identifier,
  }),
);

const testStep = fc.oneof(
  node('feed', {
    stream: identifier,
    values: fieldValues,
    every: orNull(duration),
    at: orNull(duration),
    late,
    series: some(fc.record({ field: identifier, segments: some(segment, { min: 1 }) }), { max: 2 }),
  }),
  node('restart', { at: duration }),
  node('expect', {
    isNegated: fc.boolean(),
    target: identifier,
    key: some(expression),
    severity: orNull(severity),
    change: orNull(
      fc.constantFrom('raised', 'level', 'cleared').map(name => ({ kind: 'identifier' as const, name, span })),
    ),
    values: some(spanned(fc.record({ of: namedValue, value: expression }))),
    when: orNull(
      fc.oneof(
        node('at', { time: duration }),
        node('before', { time: duration }),
        node('after', { time: duration }),
        node('between', { from: duration, to: duration }),
      ),
    ),
  }),
) as Arbitrary<TestStep>;

export const arbitraryStatement: Arbitrary<Statement> = fc.oneof(
  node('let', { name: identifier, value: expression }),
  node('include', { path: string }),
  node('stream', {
    name: identifier,
    connector: identifier,
    address: string,
    codec: orNull(identifier),
    members: some(streamMember, { max: 6 }),
  }),
  node('derive', {
    name: identifier,
    from,
    lookups: some(lookup, { max: 2 }),
    where: orNull(expression),
    by: orNull(by),
    window: orNull(window),
    select: orNull(some(spanned(fc.record({ value: expression, name: orNull(identifier) })), { min: 1 })),
    having: orNull(expression),
    emit: orNull(spanned(fc.record({ every: orNull(duration) }))),
    revise: orNull(spanned(fc.record({ within: duration }))),
  }),
  node('store', { stream: identifier, keep: orNull(duration) }),
  node('table', {
    name: identifier,
    connector: identifier,
    address: string,
    keys: some(
      field.map(one => ({ ...one, isKey: true })),
      { min: 1, max: 2 },
    ),
    fields: some(field),
  }),
  node('rule', {
    name: identifier,
    on: ruleInput,
    lookups: some(lookup, { max: 2 }),
    where: orNull(expression),
    by: orNull(by),
    members: some(ruleMember, { max: 6 }),
  }),
  node('route', {
    stream: identifier,
    where: orNull(expression),
    targets: some(spanned(fc.record({ connector: identifier, address: orNull(string) })), { min: 1 }),
  }),
  node('test', { title: string, rule: orNull(identifier), steps: some(testStep, { max: 4 }) }),
) as Arbitrary<Statement>;

export function fileOf(statements: readonly Statement[]): File {
  return { kind: 'file', file: 'a.mill', statements, comments: [] };
}

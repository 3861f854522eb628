import fc from 'fast-check';
import { describeExpression } from '../../../dsl/describe-expression.ts';
import type { Expression } from '../../../dsl/plan.ts';
import type { Program } from './run-on-flink.ts';

type Type = 'float' | 'int' | 'bool' | 'string';

const FIELDS: Readonly<Record<Type, readonly string[]>> = {
  float: ['x', 'y'],
  int: ['i', 'j'],
  bool: ['p', 'q'],
  string: ['s', 't'],
};

/** Null now and then; numbers are such that nothing overflows, which Flink does otherwise. */
const VALUES: Readonly<Record<Type, fc.Arbitrary<unknown>>> = {
  float: fc.oneof(
    fc.constant(null),
    fc.integer({ min: -1600, max: 1600 }).map(n => n / 16),
  ),
  int: fc.oneof(fc.constant(null), fc.integer({ min: -20, max: 20 })),
  bool: fc.constantFrom(null, true, false),
  string: fc.constantFrom(null, '', 'a', 'B', 'ab', ' b ', "it's", '10', '-1.5e3', '1d', 'NaN'),
};

/** A rule file that selects random expressions, and readings for it. */
export function drawnProgram(
  seed: number,
  { count, readings }: { readonly count: number; readonly readings: number },
): Program {
  const texts = fc
    .sample(expressions().any, { seed, numRuns: count })
    .map(expression => describeExpression(expression));
  const fields = Object.entries(FIELDS).flatMap(([type, names]) => names.map(name => `  ${name}: ${type}\n`));
  const items = texts.map((text, index) => `    ${text} as e${index}`);
  const row = fc.record(
    Object.fromEntries(
      Object.entries(FIELDS).flatMap(([type, names]) => names.map(name => [name, VALUES[type as Type]])),
    ), // as: its keys
  );
  return {
    rules: `stream drawn from file "readings.json" json {
  key k: symbol
${fields.join('')}  time ts as ms
}

stream values = from drawn
  select
${items.join(',\n')}

route values to file "values"
`,
    readings: fc.sample(row, { seed, numRuns: readings }).map((values, ts) => ({ k: 'k', ts: ts * 1000, ...values })),
  };
}

function expressions(): { readonly any: fc.Arbitrary<Expression> } {
  const { any } = fc.letrec<Record<Type | 'any', Expression>>(tie => {
    const leaf = (type: Type): fc.Arbitrary<Expression> =>
      fc.constantFrom(...FIELDS[type]).map(column => ({ kind: 'column', type, column }));
    const literal = (type: Type, value: fc.Arbitrary<number | string | boolean>): fc.Arbitrary<Expression> =>
      value.map(value => ({ kind: 'literal', type, value }));
    const call = (type: Type, name: string, ...parameters: Type[]): fc.Arbitrary<Expression> =>
      fc.tuple(...parameters.map(parameter => tie(parameter))).map(list => ({
        kind: 'call',
        type,
        function: name,
        arguments: list as Expression[], // as: fast-check does not know
      }));
    const arithmetic = (type: Type, left: Type, right: Type, ...operators: ('+' | '-' | '*' | '/')[]) =>
      fc
        .tuple(fc.constantFrom(...operators), tie(left), tie(right))
        .map(([operator, left, right]): Expression => ({ kind: 'arithmetic', type, operator, left, right }));
    const compare = (type: Type) =>
      fc
        .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie(type), tie(type))
        .map(([operator, left, right]): Expression => ({ kind: 'compare', type: 'bool', operator, left, right }));
    const equal = (type: Type) =>
      fc
        .tuple(fc.constantFrom('==', '!='), tie(type), tie(type))
        .map(([operator, left, right]): Expression => ({ kind: 'compare', type: 'bool', operator, left, right }));
    const choice = (type: Type) =>
      fc
        .tuple(tie('bool'), tie(type), tie(type))
        .map(([when, then, otherwise]): Expression => ({ kind: 'case', type, branches: [{ when, then }], otherwise }));
    const coalesce = (type: Type) =>
      fc.tuple(leaf(type), tie(type)).map(([left, right]): Expression => ({ kind: 'coalesce', type, left, right }));
    const logic = fc
      .tuple(fc.constantFrom('and', 'or'), tie('bool'), tie('bool'))
      .map(([kind, left, right]): Expression => ({ kind, type: 'bool', left, right }));
    const isNull = fc
      .constantFrom<Type>('float', 'int', 'bool', 'string')
      .chain(type => leaf(type))
      .map((operand): Expression => ({ kind: 'is-null', type: 'bool', operand }));
    const depth = { maxDepth: 4, depthSize: 'small' } as const;
    return {
      float: fc.oneof(
        depth,
        leaf('float'),
        literal('float', fc.constantFrom(0.5, 2.25, 3, 10)),
        arithmetic('float', 'float', 'float', '+', '-', '*', '/'),
        arithmetic('float', 'int', 'int', '/'),
        arithmetic('float', 'int', 'float', '+', '*'),
        ...['abs', 'floor', 'ceil', 'round', 'sqrt', 'ln', 'log10', 'sin', 'cos'].map(name =>
          call('float', name, 'float'),
        ),
        call('float', 'mod', 'float', 'float'),
        call('float', 'least', 'float', 'float'),
        call('float', 'greatest', 'float', 'float'),
        call('float', 'number', 'string'),
        choice('float'),
        coalesce('float'),
      ),
      int: fc.oneof(
        depth,
        leaf('int'),
        literal('int', fc.integer({ min: 1, max: 7 })),
        arithmetic('int', 'int', 'int', '+', '-', '*'),
        call('int', 'mod', 'int', 'int'),
        call('int', 'sign', 'float'),
        call('int', 'length', 'string'),
        choice('int'),
        coalesce('int'),
      ),
      bool: fc.oneof(
        depth,
        leaf('bool'),
        compare('float'),
        compare('int'),
        compare('string'),
        equal('bool'),
        logic,
        isNull,
        tie('bool').map((operand): Expression => ({ kind: 'not', type: 'bool', operand })),
        ...['starts_with', 'ends_with', 'contains'].map(name => call('bool', name, 'string', 'string')),
        choice('bool'),
      ),
      string: fc.oneof(
        depth,
        leaf('string'),
        literal('string', fc.constantFrom('a', 'b', "'", '-')),
        ...['lower', 'upper', 'trim'].map(name => call('string', name, 'string')),
        call('string', 'concat', 'string', 'string'),
        call('string', 'replace', 'string', 'string', 'string'),
        call('string', 'text', 'int'),
        choice('string'),
        coalesce('string'),
      ),
      any: fc.oneof(tie('float'), tie('int'), tie('bool'), tie('string')),
    };
  });
  return { any };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { functionNames } from '../../dsl/catalog/functions.ts';
import { checkExpression } from '../../dsl/check/expression.ts';
import type { Scope } from '../../dsl/check/scope.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { FakeScope, FIELDS, parseExpression } from '../dsl/expression-harness.ts';
import { runs } from '../oracle/runs.ts';

describe('any expression', () => {
  const leaf = fc.constantFrom(
    ...Object.keys(FIELDS),
    ...['85', '0', '2.5', '85 degC', '5 K', '9 degF', '50%', '5 bar', '1h', '"on"', 'true', 'null', 'good', 'high'],
    ...['limit', 'hour', 'd.rated', 'd', 'missing'],
  );
  const { expression } = fc.letrec<{ expression: string }>(tie => {
    const inner = tie('expression');
    return {
      expression: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc
          .tuple(inner, fc.constantFrom('+', '-', '*', '/', '==', '!=', '<', '>=', 'and', 'or', '??'), inner)
          .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
        fc.tuple(fc.constantFrom(...functionNames()), fc.array(inner, { maxLength: 3 })).map(([name, values]) => {
          return `${name}(${values.join(', ')})`;
        }),
        fc
          .tuple(inner, inner, inner)
          .map(([when, then, otherwise]) => `case when ${when} then ${then} else ${otherwise} end`),
        fc.tuple(inner, inner).map(([operand, item]) => `(${operand}) in (${item})`),
        inner.map(operand => `not (${operand})`),
        inner.map(operand => `-(${operand})`),
        inner.map(operand => `(${operand}) is null`),
      ),
    };
  });

  test('gives its part of the plan, or says why not', () => {
    fc.assert(
      fc.property(expression, fc.constantFrom('window', 'range', 'none' as const), (text, aggregates) => {
        const scope = new FakeScope(aggregates as Scope['aggregates']);
        const diagnostics: Diagnostic[] = [];
        const checked = checkExpression(parseExpression(text), scope, diagnostic => diagnostics.push(diagnostic));
        expect(checked === null).toBe(diagnostics.length > 0);
        if (checked === null) return;
        expect(checked.expression.type).toBe(checked.type);
        expect(JSON.parse(JSON.stringify(checked.expression))).toEqual(checked.expression);
        expect(checked.unit === null || checked.type === 'float').toBe(true);
      }),
      runs(2000),
    );
  });
});

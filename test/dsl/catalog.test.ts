import { describe, expect, test } from 'vitest';
import { AGGREGATES } from '../../dsl/catalog/aggregates.ts';
import { functionNames, SCALAR_FUNCTIONS } from '../../dsl/catalog/functions.ts';
import { checkExpression } from '../../dsl/check/expression.ts';
import { interpret } from '../../engine/expression/interpret.ts';
import { scalarFunctions } from '../../engine/functions/index.ts';
import { FakeScope, parseExpression, renderDiagnostic } from './expression-harness.ts';

test('no name stands for two functions', () => {
  const names = functionNames();
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('the engine has every function of the catalog, and no other', () => {
  expect(Object.keys(scalarFunctions).sort()).toEqual(Object.keys(SCALAR_FUNCTIONS).sort());
});

describe('examples', () => {
  const scalar = Object.values(SCALAR_FUNCTIONS).flatMap(entry => entry.examples);

  test.each(scalar)('%s is %s', (call, expected) => {
    const checked = checkExpression(parseExpression(call), new FakeScope(), diagnostic => {
      throw new Error(renderDiagnostic(call, diagnostic));
    });
    expect(interpret(checked!.expression, () => null)).toBe(expected);
  });

  test.each(Object.entries(AGGREGATES))('those of %s have its arguments', (_, { parameters, examples }) => {
    const columns = parameters.filter(parameter => parameter.isConstant !== true).length;
    const hasParameter = parameters.some(parameter => parameter.isConstant);
    expect(examples.length).toBeGreaterThan(0);
    for (const { over, parameter } of examples) {
      expect(over.every(row => Array.isArray(row) === columns > 1)).toBe(true);
      expect(parameter !== undefined).toBe(hasParameter);
    }
  });
});

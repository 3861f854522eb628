import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { TableNode } from '../../dsl/plan.ts';
import { contentOf } from '../../engine/state/table-change.ts';

const { plan } = compile({
  file: 'change.mill',
  text: 'table t from file "t.csv" key n: int, id: symbol { site: symbol  x: float }',
});
const TABLE = plan!.nodes.find((node): node is TableNode => node.kind === 'table')!;

it('an entry says which texts are compared as symbols: also those of a key whose row is gone', () => {
  const there = { validFromUs: 0, isTakenOut: false };
  const row = [1, 'a', 'north', 2.5];
  expect(contentOf(TABLE, [{ ...there, key: [1, 'a'], row }]).texts).toEqual(['a', 'north']);
  expect(contentOf(TABLE, [{ ...there, key: [2, 'b'], row: null }]).texts).toEqual(['b']);
});

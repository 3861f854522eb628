import { describe, expect, test } from 'vitest';
import type { HistoryNode, ValueType } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { Frame, Operator, View } from '../../engine/operator.ts';
import { createHistory } from '../../engine/operators/history.ts';
import { columnOf, valueOf } from '../oracle/aggregate-cases.ts';
import type { OracleValue } from '../oracle/aggregates.ts';

type Case = {
  readonly title: string;
  readonly function: HistoryNode['function'];
  readonly type: ValueType;
  readonly events?: number;
  readonly over: readonly OracleValue[]; // one second apart
  readonly keys?: readonly number[];
  readonly mask?: readonly (0 | 1)[];
  readonly gives: readonly (OracleValue | undefined)[]; // undefined: no row
};

const CASES: Case[] = [
  { title: 'the value before', function: 'prev', type: 'float', over: [1, 2, 3], gives: [null, 1, 2] },
  {
    title: 'a null is a value of the past',
    function: 'prev',
    type: 'float',
    over: [1, null, 3, 4],
    gives: [null, 1, null, 3],
  },
  {
    title: 'n rows before',
    function: 'prev',
    type: 'float',
    events: 3,
    over: [1, 2, 3, 4, 5, 6, 7],
    gives: [null, null, null, 1, 2, 3, 4],
  },
  { title: 'of text', function: 'prev', type: 'string', over: ['a', null, 'b', ''], gives: [null, 'a', null, 'b'] },
  { title: 'of symbols', function: 'prev', type: 'symbol', over: [3, 0, 3], gives: [null, 3, 0] },
  {
    title: 'per key',
    function: 'prev',
    type: 'float',
    over: [1, 2, 3, 4],
    keys: [0, 1, 1, 0],
    gives: [null, null, 2, 1],
  },
  {
    title: 'rows of the view',
    function: 'prev',
    type: 'float',
    over: [1, 2, 3, 4],
    mask: [1, 0, 1, 1],
    gives: [null, undefined, 1, 3],
  },
  { title: 'nothing to compare with', function: 'changed', type: 'float', over: [1, 1, 2, 1], gives: [null, 0, 1, 1] },
  {
    title: 'nulls are passed over',
    function: 'changed',
    type: 'float',
    over: [null, 1, null, 1, null, 2],
    gives: [null, null, null, 0, null, 1],
  },
  { title: 'of text', function: 'changed', type: 'string', over: ['a', 'a', 'b'], gives: [null, 0, 1] },
  { title: 'of bools', function: 'changed', type: 'bool', over: [1, 0, 0], gives: [null, 1, 0] },
  { title: 'from false to true', function: 'becomes', type: 'bool', over: [0, 1, 1, 0, 1], gives: [0, 1, 0, 0, 1] },
  {
    title: 'true at first is not known to have become so',
    function: 'becomes',
    type: 'bool',
    over: [1, 1, 0, 1],
    gives: [null, 0, 0, 1],
  },
  {
    title: 'nulls are passed over',
    function: 'becomes',
    type: 'bool',
    over: [1, null, 1, 0, null, 1],
    gives: [null, null, 0, 0, null, 1],
  },
  {
    title: 'since the last true row',
    function: 'since',
    type: 'bool',
    over: [0, 1, 1, 0, null, 1],
    gives: [null, 0, 0, 1e6, 2e6, 0],
  },
  { title: 'per key', function: 'since', type: 'bool', over: [1, 0, 0], keys: [0, 1, 0], gives: [0, null, 2e6] },
];

describe.each(CASES)('$function: $title', example => {
  test('in one frame', () => {
    expect(run(create(example), example, 0, example.over.length)).toEqual(example.gives);
  });

  test('in frames of one row, restored between all of them', () => {
    let operator = create(example);
    let ids = [0, 1];
    const found = example.over.flatMap((_, row) => {
      const one = structuredClone(operator.snapshot(Uint32Array.of(ids[1]!)));
      const both = structuredClone(operator.snapshot(Uint32Array.from(ids)));
      operator = create(example);
      ids = ids.map(id => (id + 1) % IDS); // others than before, with a hole
      operator.restore(one, Int32Array.of(ids[1]!));
      operator.restore(both, Int32Array.of(ids[0]!, -1));
      expect(operator.snapshot(Uint32Array.from(ids))).toEqual(both);
      return run(operator, { ...example, keys: idsOf(example, ids) }, row, row + 1);
    });
    expect(found).toEqual(example.gives);
  });

  test('again, after its keys are forgotten', () => {
    const operator = create(example);
    run(operator, example, 0, example.over.length);
    const { stateBytes } = operator;
    for (let round = 0; round < 10; round++) {
      operator.forget(0);
      operator.forget(1);
      expect(operator.snapshot(Uint32Array.of(0))).toEqual(operator.snapshot(Uint32Array.of(NEVER_SEEN)));
      expect(run(operator, example, 0, example.over.length)).toEqual(example.gives);
    }
    expect(operator.stateBytes).toBe(stateBytes);
  });

  test('of one key, while the other is forgotten', () => {
    const operator = create(example);
    const isOfFirst = (at: number) => (example.keys?.[at] ?? 0) === 0;
    const found = example.over.flatMap((_, row) => {
      operator.forget(1);
      return run(operator, example, row, row + 1);
    });
    expect(found.filter((_, at) => isOfFirst(at))).toEqual(example.gives.filter((_, at) => isOfFirst(at)));
  });
});

const IDS = 3;
const NEVER_SEEN = 2;

function idsOf({ over, keys }: Case, ids: readonly number[]): number[] {
  return over.map((_, row) => ids[keys?.[row] ?? 0]!);
}

function create({ function: name, type, events = 1 }: Case): Operator {
  const result = name === 'prev' ? type : name === 'since' ? 'duration' : 'bool';
  const node: HistoryNode = {
    kind: 'history',
    id: 'h#',
    input: 'frame',
    function: name,
    argument: 'x',
    events,
    type: result,
  };
  const keys = { fields: ['key'], size: IDS, values: (key: number) => ({ key }) };
  const input: View = { frame: { id: 'frame', keys, addSlot: () => 0 }, mask: 1, slots: new Map([['x', 0]]) };
  return createHistory(node, { input, symbols: new SymbolTable(), alerts: { emit: () => {} } }, 2);
}

function run(
  operator: Operator,
  { over, keys, mask, type }: Case,
  from: number,
  to: number,
): (OracleValue | undefined)[] {
  const timeUs = Float64Array.from(over, (_, row) => row * 1e6).slice(from, to);
  const exists = over.map((_, row) => mask?.[row] ?? 1).slice(from, to);
  const frame: Frame = {
    length: to - from,
    keyIds: Uint32Array.from(over, (_, row) => keys?.[row] ?? 0).slice(from, to),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: timeUs,
    rows: undefined,
    hasRows: true,
    columns: [columnOf(type, over.slice(from, to)), columnOf('bool', exists)],
  };
  operator.process(frame);
  return exists.map((isRow, row) => (isRow === 1 ? valueOf(frame.columns[2]!, row) : undefined));
}

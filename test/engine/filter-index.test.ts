import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { FilterNode, Plan } from '../../dsl/plan.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine } from '../../engine/engine.ts';
import type { ScalarFunction } from '../../engine/functions/function.ts';
import { scalarFunctions } from '../../engine/functions/index.ts';
import type { Functions } from '../../engine/functions/own-functions.ts';
import { beyondGuard, guardsOf } from '../../engine/operators/row-index/guard.ts';
import { batchOf } from '../oracle/plan-builder.ts';
import { built } from '../oracle/built.ts';

const STREAM = 'stream s from memory "s" { key device: symbol  site: symbol  value: float  time ts as ms }\n';
const NEVER = { kind: 'literal', type: 'bool', value: true };

test.each([
  ['device == "d"', []],
  ['device == "d" and value > 3', ['value']],
  ['value > 3 and device in ("d", "e")', ['value']],
  ['device == "d" and device in ("d", "e")', []],
  ['(device == "d" or device == "e") and value > 3', ['device', 'value']],
  ['(device == "d" and value > 3) or device == "e"', ['device', 'value']],
  ['device == "d" and site != "x" and value > 3', ['site', 'value']],
])('what is asked of a row that `%s` is found by', (where, columns) => {
  const { condition } = filtersOf(planOf(`stream f = from s where ${where}`))[0]!;
  const guard = guardsOf(condition).find(({ column }) => column === 'device')!;
  const rest = beyondGuard(condition, guard);
  const asked = [...new Set(JSON.stringify(rest).match(/(?<="column":")\w+/g) ?? [])].sort();
  expect(asked).toEqual(columns);
  if (columns.length === 0) expect(rest).toEqual(NEVER);
});

const eight = (stream: (i: number) => string) => Array.from({ length: 8 }, (_, i) => stream(i)).join('\n');

test.each([
  {
    name: 'of a device each',
    text: eight(i => `stream f${i} = from s where device == "d${i}" and value > 3`),
    foundBy: 'device',
  },
  { name: 'limits', text: eight(i => `stream f${i} = from s where value > ${i}`), foundBy: 'value' },
  {
    name: 'too few',
    text: eight(i => (i === 7 ? '' : `stream f${i} = from s where value > ${i}`)),
    foundBy: undefined,
  },
  {
    name: 'limits beside others',
    text: eight(i => `stream f${i} = from s where value > ${i} and site == "a"`),
    foundBy: undefined,
  },
  {
    name: 'rules that leave rows out',
    text: eight(i => `rule f${i} on s where device == "d${i}" { high when value > 3 }`),
    foundBy: 'device',
  },
  {
    name: 'of panes that are shown early',
    text: eight(
      i => `stream f${i} = from s window tumbling 10s emit every 2s select max(value) as top having top > ${i}`,
    ),
    foundBy: undefined,
  },
])('what streams are found by: $name', ({ text, foundBy }) => {
  const { operators } = built(planOf(text));
  const found = [...operators.values()].filter(({ node }) => node.kind === 'filter').map(operator => operator.foundBy);
  expect(new Set(found)).toEqual(new Set([foundBy]));
});

test('one that asks for a column which is computed behind the others looks at all rows itself', () => {
  const text = `${eight(i => `stream f${i} = from s where value > ${i}`)}
rule r on s { high when prev(value) > 3 }
stream late = from s where device in ("a", "b", "c", "d", "e", "f", "g", "h") and prev(value) > 3`;
  const plan = planOf(text);
  const found = new Map([...built(plan).operators].map(([id, { foundBy }]) => [id, foundBy]));
  expect(found.get('f0#where')).toBe('value');
  expect(found.get('late#where')).toBeUndefined();
});

test('a column may be called as what generated code names', () => {
  const text = `stream s from memory "s" { key device: symbol  site: symbol  kept: float  time ts as ms }
${eight(i => `stream f${i} = from s where kept > ${i}`)}`;
  expect(rowCounts(text, [1, 2, 7.5])).toEqual({ f0: 3, f1: 2, f2: 1, f3: 1, f4: 1, f5: 1, f6: 1, f7: 1 });
});

test('rows of panes that are shown early do not come to streams behind', () => {
  const window = 'window tumbling 10s emit every 2s select max(value) as top, count(site) as n';
  const rowsOf = (more: number) => {
    const rows: OutputRow[] = [];
    const others = Array.from({ length: more }, (_, i) => `stream g${i} = from w where top > ${i + 9}`).join('\n');
    const engine = new Engine(planOf(`stream w = from s ${window}\nstream f = from w where top > 2\n${others}`), {
      rowStreams: ['f', 'w'],
      onRows: batch => batch.stream === 'f' && rows.push(...batch.rows),
    });
    push(engine, [1, 2, 3, 4, 5, 6, 1, 1, 1, 1, 1, 9]);
    engine.finish('s');
    return rows;
  };
  expect(rowsOf(8)).toEqual(rowsOf(0));
  expect(rowsOf(8).map(({ values }) => values['top'])).toEqual([6]);
});

test('functions of a program are asked as often as ever', () => {
  const asked: number[] = [];
  const abs: ScalarFunction = {
    ...scalarFunctions['abs']!,
    isOwn: true,
    evaluate: value => {
      asked.push(value);
      return Math.abs(value);
    },
  };
  const text = `${STREAM}${eight(i => `stream f${i} = from s where value > ${i} select abs(value) as x, site`)}
${eight(i => `stream g${i} = from s where device == "d${i}" and abs(value) > 3 select value, site`)}`;
  expect(rowCounts(text, [-1, 1, 6.5, -4], { ...scalarFunctions, abs })).toEqual({
    f0: 2,
    f1: 1,
    f2: 1,
    f3: 1,
    f4: 1,
    f5: 1,
    f6: 1,
    g0: 2,
  });
  const ofFilters = [1, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5];
  const ofConditions = Array.from({ length: 8 }, () => [-1, 1, 6.5, -4]).flat();
  expect(asked.toSorted((a, b) => a - b)).toEqual([...ofFilters, ...ofConditions].sort((a, b) => a - b));
});

test('what is behind a stream ends with it, and other streams go on', () => {
  const plan = planOf(
    `${eight(i => `stream f${i} = from s where value > ${i}`)}
rule on_rows on s where value > 0.5 { high when value > 1 }`,
  );
  const told: string[] = [];
  const engine = new Engine(plan, {
    rowStreams: ['f1'],
    onRows: batch => told.push(`${batch.stream} ${batch.length}`),
    onAlert: ({ rule, change }) => told.push(`${rule} ${change}`),
  });
  push(engine, [2]);
  engine.pause(['on_rows']);
  push(engine, [0, 3], 2);
  expect(told).toEqual(['on_rows raised', 'f1 1', 'f1 1']);
});

/** Of readings of one device, by stream. */
function rowCounts(text: string, values: readonly number[], functions?: Functions): Record<string, number> {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  const counts: Record<string, number> = {};
  const engine = new Engine(plan, {
    functions,
    rowStreams: plan.nodes.flatMap(({ kind, id }) => (kind === 'select' ? [id] : [])),
    onRows: batch => (counts[batch.stream] = batch.length),
  });
  push(engine, values);
  return counts;
}

/** One a second, in a batch of their own. */
function push(engine: Engine, values: readonly number[], second = 0): void {
  const events = values.map((value, i) => {
    const timeUs = (second + i) * 1_000_000;
    return { key: 'd0', timeUs, arrivalUs: timeUs, value };
  });
  engine.push(batchOf(events, engine.symbols));
}

function filtersOf({ nodes }: Plan): FilterNode[] {
  return nodes.filter(node => node.kind === 'filter');
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text: STREAM + text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

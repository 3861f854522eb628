import { describe, expect, test } from 'vitest';
import { lookAtSample } from '../../../apps/cli/new-from-data/look-at-data.ts';
import { writeRules } from '../../../apps/cli/new-from-data/write-rules.ts';
import type { Cell } from '../../../connectors/file/cell.ts';
import { compile } from '../../../dsl/compile.ts';
import { format } from '../../../dsl/format.ts';
import { runScenario } from '../../../engine/scenario/run-scenario.ts';

const SHAPES: Readonly<Record<string, (at: number) => number>> = {
  wave: at => Math.sin(at / 5) * 20 + 70,
  'tiny, negative': at => -1e-6 * (1 + ((at * 7919) % 101) / 1000),
  huge: at => 1e12 + ((at * 7919) % 101) * 1e9,
  'mostly one value': at => (at % 97 === 0 ? at : 5),
  codes: at => (at * 7919) % 5,
  counter: at => at * 10,
};

/** Whatever the interval and the values: it compiles, is in form, and its tests pass. */
describe.each(Object.keys(SHAPES))('rules for values of the shape: %s', shape => {
  test.each([0.0004, 0.003, 0.0333, 0.7, 1, 7, 61, 300, 800, 3600, 86_400, 2_592_000])('every %d s', seconds => {
    const at = Array.from({ length: 200 }, (_, row) => row);
    const columns: readonly (readonly [string, readonly Cell[]])[] = [
      ['when', at.map(row => ({ us: Math.round(1e14 + row * seconds * 1e6) }))],
      ['x [mm/s]', at.map(SHAPES[shape]!)],
      ['device', at.map(() => 'a')],
    ];
    const sample = {
      format: 'parquet',
      separator: null,
      columns: columns.map(([name, cells]) => ({ path: [name], cells, isNested: false })),
      rows: at.length,
      isWhole: true,
      repeatedColumns: [],
      unreadableRows: 0,
    } as const;
    const text = writeRules(lookAtSample(sample, 'x.parquet'), { address: '../x.parquet' });
    const { plan, tests, diagnostics, ast } = compile({ file: 'rules.mill', text });
    expect(diagnostics, text).toEqual([]);
    expect(format(ast!, text)).toBe(text);
    const failures = tests.flatMap(scenario => runScenario({ plan: plan!, test: scenario }).failures);
    expect(failures, text).toEqual([]);
  });
});

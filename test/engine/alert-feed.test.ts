import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { type PartitionedCheckpoint, PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { batchOf } from '../oracle/plan-builder.ts';

const RULES = `
  stream s from memory "s" { key device: symbol  site: symbol  value: float }
  rule hot on s { high when value > 2  labels { team: "mech" } }
  stream changes = from alerts select change, site`;

/** A change waits until its instant is behind, so that a checkpoint may have some. */
it.each([
  { what: 'the same', more: '', rows: [] },
  {
    what: 'more',
    more: 'stream levels = from alerts where severity >= high select rule, value, team',
    // what their alerts did not carry is null
    rows: [{ stream: 'levels', values: { rule: 'hot', value: null, team: 'mech' } }],
  },
])('changes that wait when a run stops are told by the next one, which reads $what of them', ({ more, rows }) => {
  const before = started(RULES);
  before.push(1, 3);
  expect(before.rows).toEqual([]);
  const after = started(`${RULES}\n${more}`, before.engine.checkpoint());
  after.push(2, 3);
  expect(after.rows).toEqual([{ stream: 'changes', values: { change: 'raised', site: 'north' } }, ...rows]);
});

function started(text: string, checkpoint?: PartitionedCheckpoint) {
  const { plan, diagnostics } = compile({ file: 'feed.mill', text });
  expect(diagnostics).toEqual([]);
  const rows: unknown[] = [];
  const engine = new PartitionedEngine({
    plan: plan!,
    workerCount: 2,
    rowStreams: plan!.nodes.flatMap(node => (node.kind === 'select' ? [node.id] : [])),
    arrivalClock: 'recorded',
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onRows: batch => rows.push(...batch.rows.map(({ values }) => ({ stream: batch.stream, values }))),
  });
  const push = (second: number, value: number) => {
    const us = second * 1_000_000;
    const event = { key: 'a', site: 'north', timeUs: us, arrivalUs: us, value };
    engine.push(batchOf([event], engine.symbols, 's'));
  };
  return { engine, rows, push };
}

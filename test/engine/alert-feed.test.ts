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

/** What reads alerts has a copy of the rule where all keys are. */
it.each([
  { what: 'nothing there before', before: '' },
  {
    what: 'a stream that is keyed anew there before',
    before: 'stream by_site = from s window tumbling 1s by site select count() as n',
  },
])('an alert that fires when a reader of it is added is not raised again for the reader: $what', ({ before }) => {
  const rule = 'rule hot on s { high when value > 2  clear when value < 1  message "{site}" }';
  const source = 'stream s from memory "s" { key device: symbol  site: symbol  value: float }';
  const first = started([source, rule, before].join('\n'));
  first.push(1, 3);
  const text = [source, rule, before, 'stream changes = from alerts select change'].join('\n');
  const after = started(text, first.engine.checkpoint());
  after.push(2, 4);
  after.push(3, 0);
  after.push(4, 2);
  const changes = after.rows.filter(row => row.stream === 'changes');
  expect(changes).toEqual([{ stream: 'changes', values: { change: 'cleared' } }]);
});

it('what the end of a source brings about happens at its arrival clock, and is told', () => {
  const run = started(`
    stream s from memory "s" { key device: symbol  site: symbol  value: float  idle never }
    rule hot on s by site { high when value > 2  clear when value < 1 }
    stream changes = from alerts select change, time as at`);
  run.push(1, 3, 's', 'slow');
  run.push(5, 0); // waits at its site for the slow one
  run.engine.tick('s', 10_000_000);
  run.engine.finish('s');
  expect(run.rows.map(({ values }) => values)).toEqual([
    { change: 'raised', at: 1_000_000 },
    { change: 'cleared', at: 10_000_000 },
  ]);
});

it.each(['each by itself', 'all at once'])(
  'what a slow device held up happens when it is idle, and is told, where instants come %s',
  how => {
    const run = started(`
    stream s from memory "s" { key device: symbol  site: symbol  value: float  idle 5s }
    rule hot on s by global { high when value > 2  clear after 7s  message "{site}" }
    stream changes = from alerts where change in ("raised", "cleared") select change, time as at`);
    run.push(1_000, 3, 's', 'first');
    run.push(1_000, 0);
    run.push(1_005, 0);
    run.push(1_010, 0, 's', 'slow', 998); // until 1,015 s; the others alone would have come to the end at 1,012 s
    if (how === 'each by itself') for (let second = 1_011; second < 1_020; second++) run.engine.tick('s', second * 1e6);
    run.engine.tick('s', 1_020_000_000);
    expect(run.rows.map(({ values }) => values)).toEqual([
      { change: 'raised', at: 1_000_000_000 },
      { change: 'cleared', at: 1_015_000_000 },
    ]);
  },
);

const OF_TWO = ['s', 't'].flatMap(name => [
  `stream ${name} from memory "${name}" { key device: symbol  site: symbol  value: float }`,
  `rule hot_${name} on ${name} { high when value > 2  clear when value < 1 }`,
  `stream by_${name} = from ${name} window tumbling 10s by site select count() as n`,
]);
const APART = OF_TWO.join('\n');
const TOGETHER = [...OF_TWO, 'stream changes = from alerts select rule, change'].join('\n');

it.each([
  { what: 'meet from now on', from: APART, to: TOGETHER },
  { what: 'part again', from: TOGETHER, to: APART },
  { what: 'meet, as before', from: TOGETHER, to: TOGETHER },
])('sources that $what go on with their state', ({ from, to }) => {
  const first = started(from);
  first.push(1, 3, 's');
  first.push(2, 3, 't');
  const after = started(to, first.engine.checkpoint());
  for (const [second, value] of [
    [3, 3],
    [4, 0],
    [25, 0],
    [70, 0],
  ] as const) {
    for (const stream of ['s', 't']) after.push(second, value, stream);
  }
  const rowsOf = (name: string) => after.rows.flatMap(({ stream, values }) => (stream === name ? [values] : []));
  expect([rowsOf('by_s')[0], rowsOf('by_t')[0]]).toEqual([{ n: 3 }, { n: 3 }]);
  const changes = (change: string) => ['hot_s', 'hot_t'].map(rule => ({ rule, change }));
  const waited = from === TOGETHER ? changes('raised') : []; // for the clock of s to pass, when it stopped
  expect(rowsOf('changes')).toEqual(to === TOGETHER ? [...waited, ...changes('cleared')] : []);
});

function started(text: string, checkpoint?: PartitionedCheckpoint) {
  const { plan, diagnostics } = compile({ file: 'feed.mill', text });
  expect(diagnostics).toEqual([]);
  const rows: { readonly stream: string; readonly values: unknown }[] = [];
  const engine = new PartitionedEngine({
    plan: plan!,
    workerCount: 2,
    rowStreams: plan!.nodes.flatMap(node => (node.kind === 'select' ? [node.id] : [])),
    arrivalClock: 'recorded',
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onRows: batch => rows.push(...batch.rows.map(({ values }) => ({ stream: batch.stream, values }))),
  });
  const push = (second: number, value: number, stream = 's', key = 'a', timeS = second) => {
    const event = { key, site: 'north', timeUs: timeS * 1_000_000, arrivalUs: second * 1_000_000, value };
    engine.push(batchOf([event], engine.symbols, stream));
  };
  return { engine, rows, push };
}

import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { type PartitionedCheckpoint, PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { batchOf } from '../oracle/plan-builder.ts';

const STREAMS = `
stream pump from memory "pump" { key device: symbol  site: symbol  value: float }
stream line from memory "line" { key device: symbol  site: symbol  value: float }`;
const STOPPED = 'rule stopped on line by site { critical when value > 2  clear when value < 1 }';
const BROKEN = 'rule broken on line by site { critical when value > 2  clear when value < 1 }';
const PLAIN =
  'rule hot on pump { low when value > 2  high when value > 5  clear when value < 1  message "{device} {value}" }';
const HOT = PLAIN.replace(' message', ' suppress when alert("stopped", site)  message');

it('the state says so as long as it holds, and each change is told once', () => {
  const run = started([STREAMS, STOPPED, HOT]);
  run.push('pump', 1, 3);
  run.push('line', 2, 3);
  run.push('pump', 3, 7);
  run.push('line', 4, 0);
  run.push('pump', 5, 0);
  run.push('pump', 6, 3);
  run.push('line', 6, 3);
  run.push('pump', 7, 0);
  run.end(8);
  expect(run.told('hot')).toEqual([
    { change: 'raised', level: 'low', at: 1, state: [], message: 'a 3' },
    { change: 'suppressed', level: 'low', at: 2, state: ['suppressed'], message: 'a 3' },
    { change: 'level', level: 'high', at: 3, state: ['suppressed'], message: 'a 7' },
    { change: 'unsuppressed', level: 'high', at: 4, state: [], message: 'a 7' },
    { change: 'cleared', level: 'high', at: 5, state: [], message: 'a 0' },
    { change: 'raised', level: 'low', at: 6, state: ['suppressed'], message: 'a 3' },
    { change: 'cleared', level: 'low', at: 7, state: ['suppressed'], message: 'a 0' },
  ]);
});

it.each([
  { what: 'gets a `suppress`', from: [PLAIN], to: [HOT] },
  {
    what: 'asks of another rule',
    from: [BROKEN, HOT.replace('"stopped"', '"broken"').replace(', site', ', "nowhere"')],
    to: [HOT],
  },
  {
    what: 'asks in another way',
    from: [HOT.replace('alert("stopped", site)', 'alert("stopped", "nowhere")')],
    to: [HOT],
  },
])('a rule that $what while alerts fire is suppressed from then on', ({ from, to }) => {
  const before = started([STREAMS, STOPPED, ...from]);
  before.push('line', 1, 3);
  before.push('pump', 2, 3);
  before.end(3);
  expect(before.told('hot')).toMatchObject([{ change: 'raised', state: [] }]);
  const after = started([STREAMS, STOPPED, ...to], before.engine.checkpoint());
  after.push('pump', 4, 3);
  after.push('pump', 5, 3);
  after.push('line', 6, 0);
  after.end(7);
  const turns = after.told('hot').map(({ change, at, state }) => [change, at >= 4 && at <= 6, state]);
  expect(turns).toEqual([
    ['suppressed', true, ['suppressed']],
    ['unsuppressed', true, []],
  ]);
});

it.each([
  { what: 'gets a `suppress`', from: [PLAIN], to: [HOT] },
  { what: 'loses it', from: [HOT], to: [PLAIN] },
])('an alert goes on where its rule $what beside another rule of its stream', ({ from, to }) => {
  const other = 'rule cold on pump { low when value < 0 }';
  const before = started([STREAMS, STOPPED, other, ...from]);
  before.push('pump', 1, 3);
  before.end(2);
  const after = started([STREAMS, STOPPED, other, ...to], before.engine.checkpoint());
  after.push('pump', 3, 4);
  after.push('pump', 4, 0);
  after.end(5);
  expect(after.told('hot').map(({ change }) => change)).toEqual(['cleared']);
});

it('what the `suppress` of a rule on alerts reads is carried by these', () => {
  const each = `rule each on alerts where rule == "hot" { low when change == "raised"  suppress when alert("stopped", site) }`;
  const plain = 'rule hot on pump { high when value > 2 }';
  const run = started([STREAMS, STOPPED, plain, each]);
  run.push('line', 1, 3);
  run.push('pump', 2, 3);
  run.end(3);
  run.end(4);
  expect(run.told('each')).toMatchObject([{ change: 'raised', state: ['suppressed'] }]);
});

it('where a rule that is asked of stops, its alerts suppress nothing any more', () => {
  const { engine, push, told } = alone([STREAMS, STOPPED, HOT]);
  push('line', 1, 3);
  push('pump', 1, 3);
  push('line', 2, 3);
  push('pump', 2, 3);
  engine.pause(['stopped']);
  push('line', 3, 3);
  push('pump', 3, 3);
  expect(told('hot')).toMatchObject([
    { change: 'raised', state: ['suppressed'] },
    { change: 'unsuppressed', state: [] },
  ]);
});

it('where the rule itself stops, what waited is told', () => {
  const { engine, push, told } = alone([STREAMS, STOPPED, HOT]);
  push('line', 1, 3);
  push('pump', 1, 0);
  push('line', 2, 3);
  push('pump', 2, 3);
  expect(told('hot')).toEqual([]);
  engine.pause(['hot']);
  expect(told('hot')).toMatchObject([{ change: 'raised', level: 'low' }]);
  push('line', 3, 0);
  push('pump', 3, 0);
  expect(told('hot')).toHaveLength(1);
});

it('a source that is far ahead of the other waits, and both are read on when it has come', () => {
  const { engine, push } = alone([STREAMS, STOPPED, HOT]);
  push('line', 1, 3);
  const events = Array.from({ length: 70_000 }, (_, second) => ({
    ...{ key: 'a', site: 'north', value: second % 2 === 0 ? 3 : 0 },
    ...{ timeUs: second * 1e6, arrivalUs: second * 1e6 },
  }));
  engine.push(batchOf(events, engine.symbols, 'pump'));
  expect(engine.fullSources()).toEqual(['pump']);
  push('line', 70_000, 3);
  expect(engine.fullSources()).toEqual([]);
});

function planOf(parts: readonly string[]): Plan {
  const { plan, diagnostics } = compile({ file: 'suppression.mill', text: parts.join('\n') });
  expect(diagnostics).toEqual([]);
  // as it runs with state: all fields are columns
  const nodes = plan!.nodes.map(node =>
    node.kind === 'source' ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) } : node,
  );
  return { ...plan!, nodes };
}

function started(parts: readonly string[], checkpoint?: PartitionedCheckpoint) {
  const changes: AlertChange[] = [];
  const engine = new PartitionedEngine({
    plan: planOf(parts),
    workerCount: 2,
    rowStreams: [],
    arrivalClock: 'recorded',
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onAlert: change => changes.push(change),
  });
  const end = (second: number) => ['pump', 'line'].forEach(stream => engine.tick(stream, second * 1_000_000));
  return { engine, ...tools(engine, changes), end };
}

function alone(parts: readonly string[]) {
  const changes: AlertChange[] = [];
  const engine = new Engine(planOf(parts), { onAlert: change => changes.push(change) });
  return { engine, ...tools(engine, changes) };
}

function tools(engine: Pick<Engine, 'push' | 'symbols'>, changes: readonly AlertChange[]) {
  const push = (stream: string, second: number, value: number) => {
    const us = second * 1_000_000;
    engine.push(batchOf([{ key: 'a', site: 'north', timeUs: us, arrivalUs: us, value }], engine.symbols, stream));
  };
  const told = (rule: string) =>
    changes
      .filter(change => change.rule === rule)
      .map(({ change, level, timeUs, state = [], message }) => ({ change, level, at: timeUs / 1e6, state, message }));
  return { push, told };
}

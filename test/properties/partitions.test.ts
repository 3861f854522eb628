import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { ActionKind, Plan } from '../../dsl/plan.ts';
import type { EventBatch, Rejection, SymbolTable } from '../../engine/batch.ts';
import type { InputEntry } from '../../engine/recorded-input.ts';
import { actionContent, ACTIONS } from '../../engine/operators/rule/operator-action.ts';
import { Engine, type EngineCounters } from '../../engine/engine.ts';
import { type Output, OutputRecord } from '../../engine/scenario/output-record.ts';
import { type PartitionedCheckpoint, PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

/** What a program may have of a stream; each entry stands alone. */
const CONSUMERS = [
  'stream $_own = from $ window tumbling 10ms select count() as n, sum(value) as total, first(value) as f',
  'stream $_hop = from $ window hopping 12ms every 4ms select median(value) as middle, mode(site) as often',
  'stream $_by = from $ window tumbling 10ms by site select count() as n, sum(value) as total',
  `stream $_sites = from $ window hopping 6ms every 3ms by site select sum(value) as total
   stream $_all = from $_sites window tumbling 10ms by global select sum(total) as total, count() as n`,
  `stream $_small = from $ window tumbling 3ms select sum(value) as total
   stream $_of_small = from $_small window tumbling 10ms by global select sum(total) as total, last(total) as l`,
  `rule $_high on $ {
     low  when value > avg(value, 20ms) for 3ms
     high when value > 3 and changed(site)
     clear when value < 0 for 2ms
     cooldown 7ms
   }`,
  'rule $_latched on $ { low when value > 2  high when value > 4 for 4ms  escalate to critical after 25ms unless acked  latch }',
  'rule $_site on $ by site { low when value > 0  escalate to high after 7ms  clear after 30ms }',
  'rule $_longer on $ { medium when prev(value, 2) < value clear after 9ms }',
  `stream $_busy_sites = from $ window tumbling 5ms by site select count() as n
   rule $_busy on $_busy_sites { high when n > 2 for 5ms clear after 10ms }`,
  `rule $_base on $ { low when value > 2  clear when value < 0  labels { team: "x" } }
   rule $_flood on alerts where rule == "$_base" by global { high when count(30ms) > 2 for 3ms  clear after 20ms }
   rule $_each on alerts where rule == "$_base" { medium when change == "raised"  escalate to high after 12ms  clear when change == "cleared" }`,
  `rule $_at_site on $ by site { low when value > 0  clear when value < 0 }
   rule $_of_sites on alerts where rule == "$_at_site" { info when count(20ms) > 1  clear after 15ms }`,
  `rule $_up on $ { low when value > 1  high when value > 3  clear when value < 0  labels { team: "x" } }
   stream $_ups = from alerts where rule == "$_up" and change == "raised" window tumbling 20ms select count() as n, max(value) as most
   stream $_changes = from alerts where rule == "$_up" select change, severity, team, value, time - event_time as behind, prev(change) as before
   rule $_restless on $_changes { info when count(30ms) > 2 for 2ms  clear after 15ms }`,
  `rule $_full on $ { low when value > 0  clear when value < 0 }
   stream $_full_sites = from alerts where rule == "$_full" by site window hopping 12ms every 4ms select count() as n, last(change) as l
   rule $_full_site on $_full_sites { medium when n > 2  clear after 20ms }`,
  'stream $_late = from late($) where value > -3 select value, event_time',
  `stream $_late_by = from late($) window tumbling 10ms by site select count() as n, max(time - event_time) as behind
   rule $_very_late on $_late_by { low when behind > 10ms  high when n > 1  clear after 30ms }`,
  `stream $_broken = from rejected($)
   rule $_breaks on $_broken { low when count(20ms) > 1 for 5ms gap 30ms  clear after 20ms }`,
  `stream $_broken_by = from rejected($) where raw != "no" window hopping 12ms every 4ms by code select count() as n, last(raw) as r
   stream $_broken_all = from rejected($) window tumbling 20ms by global select count() as n, max(event_time) as newest`,
];

const STREAMS = ['s', 't'] as const;

/** What a program may have of alerts of both streams. */
const MEETINGS = [
  `rule s_met on s { low when value > 1  clear when value < 0  labels { team: "x" } }
   rule t_met on t by site { medium when value > 0 for 3ms  clear when value < 0 }
   rule meet on alerts where rule in ("s_met", "t_met") and change != "level" by site { high when count(20ms) > 2  clear after 15ms }
   stream met = from alerts where rule in ("s_met", "t_met") select rule, change, value, team`,
  `rule s_in on s { low when value > 2  clear when value < 0 }
   stream t_panes = from t window tumbling 5ms by site select sum(value) as value
   rule t_in on t_panes { low when value > 2  clear when value < 0 }
   stream ins = from alerts where rule in ("t_in", "s_in") by rule, site window hopping 12ms every 4ms select count() as n, last(value) as l
   rule crowded on ins { info when n > 1 for 4ms  clear after 12ms }`,
];

type Declaration = {
  readonly lateness: string;
  readonly idle: string;
  readonly expire: string;
  readonly unique: string;
  readonly consumers: readonly string[];
};

const declarations: fc.Arbitrary<Declaration> = fc.record({
  lateness: fc.constantFrom('0s', '3ms', '10ms'),
  idle: fc.constantFrom('0s', '2ms', '10ms', '30ms', 'never'),
  expire: fc.constantFrom('', 'expire 40ms', 'expire 100ms'),
  unique: fc.constantFrom('', '', 'unique by value within 15ms', 'unique by site, value within 200ms'),
  consumers: fc.uniqueArray(fc.constantFrom(...CONSUMERS), { minLength: 1, maxLength: 4 }),
});

function programOf({ lateness, idle, expire, unique, consumers }: Declaration, stream: string): string {
  const settings = `lateness ${lateness}  idle ${idle}  ${expire}  ${unique}`;
  const source = `stream $ from memory "$" { key device: symbol  site: symbol  value: float  ${settings} }`;
  return [source, ...consumers].join('\n').replaceAll('$', stream);
}

/** One or two streams, with random settings and consumers each; of two, something may read alerts of both. */
const plans = fc
  .record({
    all: fc.array(declarations, { minLength: 1, maxLength: 2 }),
    meetings: fc.uniqueArray(fc.constantFrom(...MEETINGS), { maxLength: 2 }),
  })
  .map(({ all, meetings }) => {
    const texts = all.map((declaration, i) => programOf(declaration, STREAMS[i]!));
    return planOf(all.length === 1 ? texts : [...texts, ...meetings]);
  });

type StreamEvent = TestEvent & {
  readonly stream: string;
  readonly broken: 'no' | 'value' | 'wholly';
  /** What an operator does to all alerts of the event's key, just before it arrives. */
  readonly action: ActionKind | null;
};

const actions = fc.option(
  fc.constantFrom<ActionKind>('acknowledge', 'acknowledge', 'shelve', 'unshelve', 'suppress', 'unsuppress'),
  {
    freq: 4,
  },
);

/** Devices come and go, and move between two sites; more of them than there are workers. */
const inputs = fc
  .array(
    fc.record({
      stream: fc.constantFrom(...STREAMS),
      key: fc.constantFrom(...'abcdefghij'),
      site: fc.constantFrom('north', 'south'),
      delayMs: fc.constantFrom(0, 0, 0, 1, 2, 5, 12, 40),
      stepMs: fc.constantFrom(0, 0, 1, 1, 2, 5, 20, 60),
      value: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
      broken: fc.constantFrom('no', 'no', 'no', 'no', 'value', 'wholly'),
      action: actions,
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map(steps => {
    let arrivalMs = 1_000;
    return steps.map(({ delayMs, stepMs, ...event }): StreamEvent => {
      arrivalMs += stepMs;
      return { ...event, timeUs: (arrivalMs - delayMs) * 1_000, arrivalUs: arrivalMs * 1_000 };
    });
  });

/** By event: before which of them something happens. */
const disturbances = fc.record({
  cuts: fc.array(fc.nat(60), { maxLength: 8 }),
  ticks: fc.array(fc.nat(60), { maxLength: 4 }),
  checkpoints: fc.array(fc.nat(60), { maxLength: 8 }),
  /** All since the last checkpoint is repeated, by as many workers as are next. */
  crashes: fc.uniqueArray(fc.nat(60), { maxLength: 4 }),
  workers: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
});

type Disturbances = {
  readonly cuts: readonly number[];
  readonly ticks: readonly number[];
  readonly checkpoints: readonly number[];
  readonly crashes: readonly number[];
  readonly workers: readonly number[];
};

const UNDISTURBED: Disturbances = { cuts: [], ticks: [], checkpoints: [], crashes: [], workers: [1] };

/**
 * With `expire`, which keys are pending counts, and so does what else reads the stream: a lane has those of its own streams alone
 * (docs/decisions/0006). So there one worker is what others are compared with, where sites are made of keys that come and go.
 */
function dependsOnForgotten(plan: Plan): boolean {
  const isRekeyed = plan.nodes.some(node => node.kind === 'rekey');
  return isRekeyed && plan.nodes.some(node => node.kind === 'source' && node.expireUs !== null);
}

describe.each(['recorded', 'as-read'] as const)('partitions of streams whose arrivals are %s', arrivalClock => {
  it('give each key what one engine gives it, with any number of workers, through any crashes', () => {
    fc.assert(
      fc.property(plans, inputs, disturbances, (plan, all, how) => {
        const events = all.filter(({ stream }) => plan.nodes.some(node => node.id === stream));
        const disturbed = new DisturbedRun(plan, arrivalClock, how).play(events);
        const whole = dependsOnForgotten(plan)
          ? new DisturbedRun(plan, arrivalClock, UNDISTURBED).play(events)
          : { ...runWhole(plan, arrivalClock, events), contradictions: [] };
        expect(disturbed).toEqual(whole);
      }),
      runs(200),
    );
  });
});

const FEW = ['a', 'b', 'c'] as const;

it('a statement gives what it gives where nothing else reads its stream', () => {
  fc.assert(
    fc.property(declarations, inputs, (declaration, all) => {
      const settings = { ...declaration, expire: '' };
      // Few keys, of which most are silent for a while.
      const events = all.map(event => ({
        ...event,
        key: FEW[event.key.charCodeAt(0) % 3]!,
        stream: STREAMS[0],
        action: null,
      }));
      const { outputs } = runWhole(planOf([programOf(settings, STREAMS[0])]), 'recorded', events);
      const alone = settings.consumers.flatMap(consumer => {
        const plan = planOf([programOf({ ...settings, consumers: [consumer] }, STREAMS[0])]);
        return Object.entries(runWhole(plan, 'recorded', events).outputs);
      });
      expect(outputs).toEqual(Object.fromEntries(alone));
    }),
    runs(200),
  );
});

type Result = { readonly outputs: Readonly<Record<string, readonly Output[]>>; readonly counters: EngineCounters };

/** One engine, every run of events of one stream as one batch. */
function runWhole(plan: Plan, arrivalClock: 'recorded' | 'as-read', events: readonly StreamEvent[]): Result {
  const outputs = new OutputRecord();
  const engine = new Engine(plan, {
    rowStreams: rowStreamsOf(plan),
    arrivalClocks: Object.fromEntries(STREAMS.map(stream => [stream, arrivalClock])),
    ...listenersOf(outputs),
  });
  engine.hear(events.flatMap((_, i) => entriesBefore(plan, events, i)));
  let start = 0;
  for (let end = 1; end <= events.length; end++) {
    if (events[end]?.stream === events[start]!.stream) continue;
    engine.push(mixedBatch(events, { start, end, arrivalClock }, engine.symbols));
    start = end;
  }
  for (const stream of sourcesOf(plan)) engine.finish(stream);
  return { outputs: sorted(outputs), counters: engine.counters() };
}

/** What is done before event i, behind what has arrived until then: to its key, and to all keys, of every rule. */
function entriesBefore(plan: Plan, events: readonly StreamEvent[], i: number): InputEntry[] {
  const { action, key } = events[i]!;
  if (action === null) return [];
  const arrivalUs = events[i - 1]?.arrivalUs ?? 0;
  const rules = plan.nodes.filter(node => node.kind === 'rule').map(rule => rule.name);
  const of = rules.flatMap(rule => [key, 'north'].map(value => ({ rule, key: [value] })));
  const rest = { alert: null, by: 'Eva', comment: null, durationUs: i % 2 === 0 ? 15_000 : null };
  return of.map((target, n) => ({
    sequence: i * 1_000 + n + 1,
    input: ACTIONS,
    arrivalUs,
    ahead: {},
    ...actionContent({ action, ...target, ...rest }),
  }));
}

/** Events start … end−1 of one stream, as a source gives them: the broken ones are refused. */
function mixedBatch(
  all: readonly StreamEvent[],
  range: { readonly start: number; readonly end: number; readonly arrivalClock: 'recorded' | 'as-read' },
  symbols: SymbolTable,
): EventBatch {
  const { start, end, arrivalClock } = range;
  const { stream } = all[start]!;
  const whole: StreamEvent[] = [];
  const rejected: Rejection[] = [];
  let highestUs = Math.max(
    0,
    ...all.slice(0, start).flatMap(event => (isWholeOf(stream, event) ? [event.timeUs] : [])),
  );
  for (const event of all.slice(start, end)) {
    const { broken, key, timeUs, value } = event;
    if (broken === 'no') {
      whole.push(event);
      highestUs = Math.max(highestUs, timeUs);
      continue;
    }
    const isKnown = broken === 'value';
    rejected.push({
      stream,
      code: isKnown ? 'MR4012' : 'MR4001',
      reason: 'broken',
      raw: String(value),
      arrivalUs: arrivalClock === 'recorded' ? event.arrivalUs : highestUs,
      eventTimeUs: isKnown ? timeUs : null,
      key: isKnown ? { device: key } : null,
      identity: null,
      atIndex: whole.length,
    });
  }
  return { ...batchOf(whole, symbols, stream), rejected };
}

function isWholeOf(stream: string, event: StreamEvent): boolean {
  return event.stream === stream && event.broken === 'no';
}

class DisturbedRun {
  readonly #plan: Plan;
  readonly #arrivalClock: 'recorded' | 'as-read';
  readonly #how: Disturbances;
  readonly #outputs = new OutputRecord();
  #starts = 0;
  #engine: PartitionedEngine;
  #last: { readonly at: number; readonly state?: PartitionedCheckpoint; readonly heard: ReadonlyMap<string, number> };

  constructor(plan: Plan, arrivalClock: 'recorded' | 'as-read', how: Disturbances) {
    this.#plan = plan;
    this.#arrivalClock = arrivalClock;
    this.#how = how;
    this.#engine = this.#start();
    this.#last = { at: 0, heard: this.#outputs.position() };
  }

  play(events: readonly StreamEvent[]): Result & { readonly contradictions: readonly string[] } {
    const crashes = new Set(this.#how.crashes);
    for (let at = 0; at < events.length; ) {
      if (this.#how.checkpoints.includes(at)) this.#checkpoint(at);
      if (crashes.delete(at)) {
        at = this.#crash();
        continue;
      }
      at = this.#push(events, at);
    }
    for (const stream of sourcesOf(this.#plan)) this.#engine.finish(stream);
    this.#outputs.close();
    const { contradictions } = this.#outputs;
    return { outputs: sorted(this.#outputs), counters: this.#engine.counters(), contradictions };
  }

  /** Up to where something happens, or another stream comes. */
  #push(events: readonly StreamEvent[], start: number): number {
    const { cuts, ticks, checkpoints, crashes } = this.#how;
    const { stream, arrivalUs } = events[start]!;
    const entries = entriesBefore(this.#plan, events, start);
    if (entries.length > 0) this.#engine.hear(entries);
    if (ticks.includes(start) && this.#arrivalClock === 'recorded') this.#engine.tick(stream, arrivalUs);
    let end = start + 1;
    const isCut = () => [cuts, ticks, checkpoints, crashes].some(places => places.includes(end));
    while (events[end]?.stream === stream && events[end]!.action === null && !isCut()) end++;
    const range = { start, end, arrivalClock: this.#arrivalClock };
    this.#engine.push(mixedBatch(events, range, this.#engine.symbols));
    return end;
  }

  #checkpoint(at: number): void {
    this.#last = { at, state: this.#engine.checkpoint(), heard: this.#outputs.position() };
  }

  #crash(): number {
    this.#engine = this.#start(this.#last.state);
    this.#outputs.rewind(this.#last.heard);
    return this.#last.at;
  }

  #start(checkpoint?: PartitionedCheckpoint): PartitionedEngine {
    const { workers } = this.#how;
    return new PartitionedEngine({
      plan: this.#plan,
      workerCount: workers[this.#starts++ % workers.length]!,
      rowStreams: rowStreamsOf(this.#plan),
      arrivalClock: this.#arrivalClock,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...listenersOf(this.#outputs),
    });
  }
}

function listenersOf(outputs: OutputRecord) {
  return {
    onRows: (batch: { readonly stream: string; readonly rows: readonly Extract<Output, { kind: 'row' }>['row'][] }) => {
      for (const row of batch.rows) outputs.add({ kind: 'row', name: batch.stream, row });
    },
    onAlert: (alert: Extract<Output, { kind: 'alert' }>['alert']) =>
      outputs.add({ kind: 'alert', name: alert.rule, alert }),
  };
}

function sorted(outputs: OutputRecord): Result['outputs'] {
  return Object.fromEntries([...outputs.series].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sourcesOf(plan: Plan): string[] {
  return plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : []));
}

function rowStreamsOf(plan: Plan): string[] {
  return plan.nodes.filter(node => node.kind === 'select').map(node => node.id);
}

/** As it runs with state: all fields are columns. */
function planOf(streams: readonly string[]): Plan {
  const { plan, diagnostics } = compile({ file: 'p.mill', text: streams.join('\n') });
  expect(diagnostics).toEqual([]);
  const nodes = plan!.nodes.map(node =>
    node.kind === 'source' ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) } : node,
  );
  return { ...plan!, nodes };
}

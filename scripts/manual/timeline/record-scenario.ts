import type { Plan, PlanNode, RuleNode, SelectNode, TestCase } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { EngineCounters } from '../../../engine/engine.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import { type FedEvent, feedEndUs } from '../../../engine/scenario/fed-events.ts';
import { REPLAY } from '../../../engine/scenario/modes.ts';
import type { Output } from '../../../engine/scenario/output-record.ts';
import { playScenario } from '../../../engine/scenario/play-scenario.ts';
import { START_US } from '../../../engine/scenario/virtual-clock.ts';
import { frameOf } from './frame-of.ts';
import { boundFields, boundIn, withoutBound, withTimes } from './bound-events.ts';
import type { BoundEvent } from './timeline.ts';

/** What the engine did with the events of a test; all times are those of the test's clock. */
export type Recording = {
  readonly plan: Plan;
  readonly events: readonly RecordedEvent[]; // in order of arrival
  readonly rows: readonly RecordedRow[];
  /** What the conditions of each rule were at each of its rows, in order. */
  readonly judgements: readonly Judgement[];
  readonly changes: readonly RecordedChange[];
  readonly restartsUs: readonly number[];
  readonly endUs: number;
};

export type RecordedEvent = {
  readonly stream: string;
  readonly key: string;
  readonly atUs: number;
  readonly arrivedUs: number;
  readonly values: Readonly<Record<string, Scalar>>;
  readonly fate: 'taken' | 'late' | 'repeated' | 'rejected';
};

export type RecordedRow = {
  readonly stream: string;
  readonly key: string;
  readonly atUs: number;
  readonly untilUs: number | null; // of a pane
  readonly bound: readonly BoundEvent[]; // of a match, in order
  readonly values: Readonly<Record<string, Scalar>>;
};

export type Judgement = {
  readonly rule: string;
  readonly key: string;
  readonly atUs: number;
  readonly levels: readonly (boolean | null)[];
  readonly clear: boolean | null;
  readonly isOn: boolean | null; // the condition of `while`
  readonly isGood: boolean;
  readonly bound: readonly BoundEvent[]; // of a match, in order
  readonly values: Readonly<Record<string, Scalar>>;
};

export type RecordedChange = Pick<AlertChange, 'rule' | 'level' | 'change' | 'message' | 'state'> & {
  readonly key: string;
  readonly atUs: number;
};

/** Runs a test, event by event, with the conditions of rules and the ends of panes made visible. */
export function recordScenario(plan: Plan, test: TestCase): Recording {
  const events: RecordedEvent[] = [];
  const keyOf = keysOf(plan);
  let before: EngineCounters | null = null;
  const { outputs } = playScenario({
    plan: withEverythingShown(plan),
    test: withoutRestarts(test),
    mode: { ...REPLAY, batchEvents: 1 },
    tables: new Map(),
    onTaken: (input, counters) => {
      if (input.kind === 'event') events.push(recordedEvent(input.event, { keyOf, before, counters }));
      before = counters;
    },
  });
  const all = [...outputs.series.values()].flat();
  const rows = all.flatMap(output => rowOf(output));
  const changes = all.flatMap(output => changeOf(output));
  const restartsUs = test.steps.flatMap(step => (step.kind === 'restart' ? [step.atUs] : []));
  const judgements = all.flatMap(output => judgementOf(output, plan)).sort((a, b) => a.atUs - b.atUs); // stable
  const ends = [
    ...test.steps.map(step => (step.kind === 'feed' ? feedEndUs(step) - START_US : 0)),
    ...events.map(event => event.arrivedUs),
    ...rows.map(row => row.untilUs ?? row.atUs),
    ...changes.map(change => change.atUs),
  ];
  return { plan, events, rows, judgements, changes, restartsUs, endUs: Math.max(...ends) };
}

/** What comes after a restart is the same, and here each event is counted once. */
function withoutRestarts(test: TestCase): TestCase {
  return { ...test, steps: test.steps.filter(step => step.kind !== 'restart') };
}

// ---------------------------------------------------------------- the plan, with more to see

/** Names with a blank: no field of a rule file has one. */
const JUDGED = 'judged by ';
const UNTIL = 'pane end';

function withEverythingShown(plan: Plan): Plan {
  const shown = plan.nodes.map(node => {
    if (node.kind === 'match') return withTimes(node);
    if (node.kind !== 'select') return node;
    const fields = boundFields(node, plan);
    return isOfPanes(node, plan) ? withUntil(node) : { ...node, fields: [...node.fields, ...fields] };
  });
  const judged = plan.nodes.filter(node => node.kind === 'rule').map(rule => judgedRows(rule, boundFields(rule, plan)));
  return { ...plan, nodes: [...shown, ...judged] };
}

/** Whether its rows have a start and an end: those of a window by count are of one instant. */
export function isOfPanes(node: SelectNode, plan: Plan): boolean {
  const { kind } = frameOf(node, plan);
  return kind.endsWith('-window') && kind !== 'count-window';
}

/** What a rule reads, whatever its own `where` leaves of it. */
export function streamOf({ input }: { readonly input: string }, plan: Plan): string {
  const node = plan.nodes.find(({ id }) => id === input)!;
  return node.kind === 'filter' ? streamOf(node, plan) : node.id;
}

function withUntil(node: SelectNode): PlanNode {
  return { ...node, fields: [...node.fields, { name: UNTIL, type: 'time', column: 'until' }] };
}

/** A row for each row that the rule sees: its conditions, and what they compare. */
function judgedRows(rule: RuleNode, bound: SelectNode['fields']): PlanNode {
  const levels = rule.levels.map(
    ({ when }, index) => ({ name: `level ${index}`, type: 'bool', column: when }) as const,
  );
  const clear = rule.clear === null ? [] : [{ name: 'clear when', type: 'bool', column: rule.clear.when } as const];
  const on = rule.while === null ? [] : [{ name: 'while on', type: 'bool', column: rule.while.condition } as const];
  const { column } = rule.quality;
  const quality = column === null ? [] : [{ name: 'reading quality', type: 'quality', column } as const];
  const fields = [...levels, ...clear, ...on, ...quality, ...bound, ...rule.values];
  return { kind: 'select', id: `${JUDGED}${rule.name}`, input: rule.input, fields };
}

// ---------------------------------------------------------------- what came

function recordedEvent(
  { stream, timeUs, arrivalUs, values }: FedEvent,
  given: {
    readonly keyOf: (stream: string, values: RecordedEvent['values']) => string;
    readonly before: EngineCounters | null;
    readonly counters: EngineCounters;
  },
): RecordedEvent {
  const has = (count: 'late' | 'repeated' | 'rejected') => given.counters[count] > (given.before?.[count] ?? 0);
  const fate = (['rejected', 'repeated', 'late'] as const).find(has) ?? 'taken';
  const times = { atUs: timeUs - START_US, arrivedUs: arrivalUs - START_US };
  return { stream, key: given.keyOf(stream, values), ...times, values, fate };
}

function keysOf(plan: Plan): (stream: string, values: RecordedEvent['values']) => string {
  const sources = new Map(plan.nodes.flatMap(node => (node.kind === 'source' ? [[node.id, node.key]] : [])));
  return (stream, values) => keyText((sources.get(stream) ?? []).map(field => values[field]!));
}

function rowOf(output: Output): RecordedRow[] {
  if (output.kind !== 'row' || output.name.startsWith(JUDGED)) return [];
  const { [UNTIL]: until, ...values } = withoutBound(output.row.values);
  const key = keyText(Object.values(output.row.key));
  const untilUs = typeof until === 'number' ? until - START_US : null;
  const bound = boundIn(output.row.values);
  return [{ stream: output.name, key, atUs: output.row.timeUs - START_US, untilUs, bound, values }];
}

function judgementOf(output: Output, plan: Plan): Judgement[] {
  if (output.kind !== 'row' || !output.name.startsWith(JUDGED)) return [];
  const rule = output.name.slice(JUDGED.length);
  const values = withoutBound(output.row.values);
  const { levels, quality } = plan.nodes.find((node): node is RuleNode => node.id === `rule:${rule}`)!;
  return [
    {
      rule,
      key: keyText(Object.values(output.row.key)),
      atUs: output.row.timeUs - START_US,
      levels: levels.map((_, index) => truth(values[`level ${index}`])),
      clear: truth(values['clear when']),
      isOn: truth(values['while on']),
      isGood: quality.column === null || values['reading quality'] === 'good',
      bound: boundIn(output.row.values),
      values,
    },
  ];
}

function truth(value: Scalar | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function changeOf(output: Output): RecordedChange[] {
  if (output.kind !== 'alert') return [];
  const { rule, level, change, message, state = [], timeUs, key } = output.alert;
  return [{ rule, level, change, message, state, key: keyText(Object.values(key)), atUs: timeUs - START_US }];
}

function keyText(key: readonly Scalar[]): string {
  return key.map(String).join(', ');
}

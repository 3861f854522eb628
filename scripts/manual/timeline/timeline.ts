import type { Plan, Severity, TestCase } from '../../../dsl/plan.ts';
import { alertLanes } from './alert-lanes.ts';
import { type Recording, recordScenario } from './record-scenario.ts';
import { rowLanes } from './row-lanes.ts';
import { valueLanes } from './value-lanes.ts';

/** What a picture shows: for each key a stack of lanes over one axis of event time. */
export type Timeline = {
  readonly title: string;
  readonly groups: readonly { readonly key: string; readonly lanes: readonly Lane[] }[];
  readonly restartsUs: readonly number[];
  readonly endUs: number;
};

export type Lane = ChartLane | StripLane | PaneLane | RowLane | MatchLane | HeldLane | AlertLane;

/** A value over time, with the limits that it is compared with. */
export type ChartLane = {
  readonly kind: 'chart';
  readonly label: string;
  readonly unit: string;
  readonly points: readonly ChartPoint[];
  readonly limits: readonly Limit[];
};

/** `value` null: the event has none. `arrivedUs` is later than `atUs` where the event was on its way for some time. */
export type ChartPoint = {
  readonly atUs: number;
  readonly arrivedUs: number;
  readonly value: number | null;
  readonly fate: 'taken' | 'bad' | 'late' | 'repeated' | 'rejected';
};

/** `steps`: of a limit that is a value itself, as it was at each row, `value` being the last; none where it is a constant. */
export type Limit = {
  readonly value: number;
  readonly steps: readonly { readonly atUs: number; readonly value: number }[];
  readonly text: string;
  readonly tone: Tone;
};

/** A value that is no number: a state, a quality. */
export type StripLane = {
  readonly kind: 'strip';
  readonly label: string;
  readonly spans: readonly {
    readonly fromUs: number;
    readonly toUs: number;
    readonly text: string;
    readonly tone: Tone;
  }[];
};

/** Panes with what their rows say; panes that overlap stand below each other. */
export type PaneLane = {
  readonly kind: 'panes';
  readonly label: string;
  readonly panes: readonly { readonly fromUs: number; readonly toUs: number; readonly text: string }[];
};

/** Rows that come now and then, each with what it says. */
export type RowLane = {
  readonly kind: 'rows';
  readonly label: string;
  readonly rows: readonly { readonly atUs: number; readonly text: string }[];
};

/**
 * Matches, each from its first event to its last, or to the instant at which time alone made it complete, with the events
 * that are bound; those that overlap stand below each other.
 */
export type MatchLane = {
  readonly kind: 'matches';
  readonly label: string;
  readonly matches: readonly {
    readonly fromUs: number;
    readonly toUs: number;
    readonly bound: readonly BoundEvent[];
    readonly text: string;
  }[];
};

export type BoundEvent = { readonly atUs: number; readonly name: string };

/** Where a condition holds; up to `dueUs` it has not held for long enough. */
export type HeldLane = {
  readonly kind: 'held';
  readonly label: string;
  readonly tone: Tone;
  readonly spans: readonly HeldSpan[];
};

export type HeldSpan = { readonly fromUs: number; readonly toUs: number; readonly dueUs: number };

export type AlertLane = {
  readonly kind: 'alert';
  readonly label: string;
  readonly spans: readonly AlertSpan[];
  readonly marks: readonly { readonly atUs: number; readonly text: string; readonly tone: Tone }[];
};

/** `words`: what is said of a firing alert beside its level. */
export type AlertSpan = {
  readonly fromUs: number;
  readonly toUs: number;
  readonly state: Severity | 'cooldown';
  readonly words: readonly string[];
};

export type Tone = Severity | 'clear' | 'good' | 'bad' | 'plain' | 'muted';

/** What a test's run comes to, lane by lane. */
export function timelineOf(plan: Plan, test: TestCase): Timeline {
  const recording = recordScenario(plan, test);
  const groups = keysIn(recording).map(key => ({ key, lanes: lanesOf(key, recording) }));
  const { restartsUs, endUs } = recording;
  return { title: test.title, groups: groups.filter(({ lanes }) => lanes.length > 0), restartsUs, endUs };
}

function keysIn({ events, rows, changes }: Recording): string[] {
  return [...new Set([...events, ...rows, ...changes].map(({ key }) => key))];
}

function lanesOf(key: string, recording: Recording): Lane[] {
  return [...valueLanes(key, recording), ...rowLanes(key, recording), ...alertLanes(key, recording)];
}

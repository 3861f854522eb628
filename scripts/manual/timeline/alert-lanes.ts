import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { RuleNode } from '../../../dsl/plan.ts';
import { limitsOf, timeText } from './limits.ts';
import { ruleMatchLane } from './match-lanes.ts';
import { type Judgement, type RecordedChange, type Recording, streamOf } from './record-scenario.ts';
import { chartUnit, chartValue } from './shown-value.ts';
import { stretches } from './stretches.ts';
import type { AlertLane, ChartLane, HeldLane, HeldSpan, Lane, Tone } from './timeline.ts';

/** Each rule that saw the key: values that it computes, where its conditions hold, and its alert. */
export function alertLanes(key: string, recording: Recording): Lane[] {
  const rules = recording.plan.nodes.filter(node => node.kind === 'rule');
  return rules.flatMap((rule): Lane[] => {
    const judgements = recording.judgements.filter(judgement => judgement.rule === rule.name && judgement.key === key);
    const changes = recording.changes.filter(change => change.rule === rule.name && change.key === key);
    if (judgements.length === 0 && changes.length === 0) return [];
    const of: OfRule = { rule, judgements, changes, recording };
    if (rule.isMomentary === true) return [...ruleMatchLane(judgements), alertLane(of)];
    return [...computedCharts(of), ...whileLane(of), ...levelLanes(of), ...clearLane(of), alertLane(of)];
  });
}

type OfRule = {
  readonly rule: RuleNode;
  readonly judgements: readonly Judgement[];
  readonly changes: readonly RecordedChange[];
  readonly recording: Recording;
};

/** Values with a limit that are no fields of a source, which have their charts already. */
function computedCharts({ rule, judgements, recording }: OfRule): ChartLane[] {
  const isOfSource = recording.plan.nodes.some(
    node => node.id === streamOf(rule, recording.plan) && node.kind === 'source',
  );
  const limits = limitsOf(rule, recording.plan, judgements);
  const computed = rule.values.filter(({ name, column }) => limits.has(name) && (!isOfSource || column.includes('#')));
  return computed.map(field => ({
    kind: 'chart',
    label: field.name,
    unit: chartUnit(field),
    points: judgements.map(({ atUs, values, isGood }) => {
      return { atUs, arrivedUs: atUs, value: chartValue(values[field.name], field), fate: isGood ? 'taken' : 'bad' };
    }),
    limits: limits.get(field.name)!,
  }));
}

// ---------------------------------------------------------------- where conditions hold

/** With `settle`: dotted until conditions count. */
function whileLane(of: OfRule): HeldLane[] {
  const { rule } = of;
  if (rule.while === null) return [];
  const { settleUs } = rule.while;
  const label = `while${settleUs === 0 ? '' : ` settle ${describeDuration(settleUs)}`}`;
  const spans = held(of, judgement => judgement.isOn).map(span => ({ ...span, dueUs: span.fromUs + settleUs }));
  return [{ kind: 'held', label, tone: 'plain', spans: spans.map(shortened) }];
}

function levelLanes(of: OfRule): HeldLane[] {
  return of.rule.levels.map((level, index) => {
    const spans = counted(
      of,
      held(of, judgement => judgement.levels[index]!),
    );
    const lasting = spans.flatMap(span => withoutGaps(span, { of, gapUs: level.gapUs }));
    const due = lasting.map(span => ({ ...span, dueUs: span.fromUs + level.forUs }));
    const label = `${level.severity}${timeText(level)}`;
    return { kind: 'held', label, tone: level.severity, spans: due.map(shortened) };
  });
}

/** Of a firing alert: since when the clear condition holds, or since when no level does. */
function clearLane(of: OfRule): HeldLane[] {
  const { rule, recording } = of;
  if (rule.clear === null && rule.clearAfterUs === null) return [];
  const any = counted(
    of,
    held(of, judgement => judgement.levels.some(level => level === true)),
  );
  const noLevel = complement(any, recording.endUs);
  const wanted =
    rule.clear === null
      ? noLevel
      : intersection(
          noLevel,
          held(of, judgement => judgement.clear),
        );
  const forUs = rule.clear === null ? rule.clearAfterUs! : rule.clear.forUs;
  if (forUs === 0) return []; // it clears where it begins to hold
  const word = rule.clear === null ? `clear after ${describeDuration(forUs)}` : `clear${timeText({ forUs })}`;
  const spans = intersection(wanted, firing(of)).map(span => ({ ...span, dueUs: span.fromUs + forUs }));
  return [{ kind: 'held', label: word, tone: 'clear', spans: spans.map(shortened) }];
}

type Span = { readonly fromUs: number; readonly toUs: number };

/**
 * Where a condition holds as the rule sees it: an unknown one as it last was, or, under `else unknown`, not at all
 * (MEANING.md 23).
 */
function held({ rule, judgements, recording }: OfRule, truth: (judgement: Judgement) => boolean | null): Span[] {
  let last: boolean | null = false;
  const said = judgements.map(judgement => {
    const now = judgement.isGood ? truth(judgement) : null;
    if (now !== null || rule.quality.otherwise === 'unknown') last = now;
    return { atUs: judgement.atUs, value: last === true };
  });
  const holding = stretches(said, recording.endUs).filter(({ value }) => value);
  return holding.map(({ fromUs, toUs }) => ({ fromUs, toUs }));
}

/** Of these spans, what lies where `while` has settled. */
function counted(of: OfRule, spans: readonly Span[]): Span[] {
  if (of.rule.while === null) return [...spans];
  const { settleUs } = of.rule.while;
  const on = held(of, judgement => judgement.isOn).map(span => ({ ...span, fromUs: span.fromUs + settleUs }));
  return intersection(spans, on);
}

/** Silence for `gap` ends it, until the next event. */
function withoutGaps(span: Span, { of, gapUs }: { readonly of: OfRule; readonly gapUs: number | null }): Span[] {
  if (gapUs === null) return [span];
  const times = of.judgements.map(({ atUs }) => atUs).filter(atUs => atUs >= span.fromUs && atUs < span.toUs);
  const parts = times.map((atUs, index) => {
    return { fromUs: atUs, toUs: Math.min(times[index + 1] ?? span.toUs, atUs + gapUs) };
  });
  return joined(parts);
}

function joined(parts: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const part of parts) {
    const before = spans.at(-1);
    if (before?.toUs === part.fromUs) spans[spans.length - 1] = { fromUs: before.fromUs, toUs: part.toUs };
    else spans.push(part);
  }
  return spans;
}

function complement(spans: readonly Span[], endUs: number): Span[] {
  const edges = [0, ...spans.flatMap(({ fromUs, toUs }) => [fromUs, toUs]), endUs];
  const between = Array.from({ length: edges.length / 2 }, (_, i) => ({
    fromUs: edges[2 * i]!,
    toUs: edges[2 * i + 1]!,
  }));
  return between.filter(({ fromUs, toUs }) => toUs > fromUs);
}

function intersection(a: readonly Span[], b: readonly Span[]): Span[] {
  const parts = a.flatMap(one =>
    b.map(other => ({ fromUs: Math.max(one.fromUs, other.fromUs), toUs: Math.min(one.toUs, other.toUs) })),
  );
  return parts.filter(({ fromUs, toUs }) => toUs > fromUs).sort((x, y) => x.fromUs - y.fromUs);
}

/** Not due any more where it ended before. */
function shortened(span: HeldSpan): HeldSpan {
  return { ...span, dueUs: Math.min(span.dueUs, span.toUs) };
}

// ---------------------------------------------------------------- the alert

function alertLane(of: OfRule): AlertLane {
  const { rule, changes, recording } = of;
  const spans = changes.flatMap(({ change, level, state: words = [], atUs }, index): AlertLane['spans'] => {
    const nextUs = changes[index + 1]?.atUs ?? recording.endUs;
    if (change !== 'cleared') return [{ fromUs: atUs, toUs: nextUs, state: level, words }];
    if (rule.cooldownUs === 0) return [];
    return [{ fromUs: atUs, toUs: Math.min(nextUs, atUs + rule.cooldownUs), state: 'cooldown', words: [] }];
  });
  const marks = changes.map(({ change, level, message, atUs }) => {
    const tone: Tone = change === 'cleared' ? 'clear' : level;
    const said = rule.message === null || !SAYS_MESSAGE.includes(change) ? '' : `: ${message}`;
    return { atUs, text: `${change === 'level' ? level : change} ${describeDuration(atUs)}${said}`, tone };
  });
  return { kind: 'alert', label: rule.name, spans, marks };
}

const SAYS_MESSAGE: readonly string[] = ['raised', 'level', 'escalated'];

function firing({ changes, recording }: OfRule): Span[] {
  const ends = changes.filter(({ change }) => change === 'raised' || change === 'cleared');
  return ends.flatMap(({ change, atUs }, index) =>
    change === 'raised' ? [{ fromUs: atUs, toUs: ends[index + 1]?.atUs ?? recording.endUs }] : [],
  );
}

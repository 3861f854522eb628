import type {
  FeedSegment,
  FeedStep,
  ExpectStep,
  FieldMember,
  FieldValue,
  RuleMember,
  StreamMember,
  TestStep,
} from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { BINDING, formatExpression, formatList, formatRange, formatString } from './expression.ts';

/** A member of a block: `head` is padded to a common width where `isAligned` and alone on its line; neighbours of one `group` may share a line. */
export type Member = {
  readonly head: string;
  readonly rest: string;
  readonly isAligned: boolean;
  readonly group: 'settings' | 'advice' | null;
  readonly span: Span;
  /** The same on lines of their own, for one that is too long or that its author has broken. */
  readonly parts?: readonly MemberPart[];
};

export type MemberPart = { readonly text: string; readonly start: number };

export function streamMember(member: StreamMember): Member {
  const { span } = member;
  switch (member.kind) {
    case 'field':
      return fieldMember(member);
    case 'time': {
      const rest = formatExpression(member.value) + (member.format ? ` as ${member.format.name}` : '');
      return { head: 'time', rest, isAligned: true, group: null, span };
    }
    case 'setting': {
      const rest = member.value === 'never' ? 'never' : member.value.text;
      return { head: member.name.name, rest, isAligned: false, group: 'settings', span };
    }
    case 'unique': {
      const rest = `by ${member.fields.map(field => field.name).join(', ')} within ${member.within.text}`;
      return { head: 'unique', rest, isAligned: false, group: null, span };
    }
  }
}

export function fieldMember(field: FieldMember): Member {
  const { isKey, name, span } = field;
  return { head: `${isKey ? 'key ' : ''}${name.name}:`, rest: fieldType(field), isAligned: !isKey, group: null, span };
}

/** Everything of a field behind its name. */
export function fieldType({ type, unit, value, range, default: otherwise }: FieldMember): string {
  return joined([
    type.name,
    unit?.text,
    value && `= ${formatExpression(value, BINDING.coalesce)}`,
    range && `in ${formatRange(range)}`,
    otherwise && `default ${formatExpression(otherwise, BINDING.unary)}`,
  ]);
}

export function ruleMember(member: RuleMember): Member {
  const isAdvice = member.kind === 'text' && member.name !== 'message' && member.name !== 'runbook';
  const isAligned = !UNALIGNED.has(member.kind);
  const [head, rest] = ruleMemberText(member);
  return { head, rest, isAligned, group: isAdvice ? 'advice' : null, span: member.span };
}

const UNALIGNED: ReadonlySet<RuleMember['kind']> = new Set(['latch', 'quality', 'labels']);

function ruleMemberText(member: RuleMember): readonly [head: string, rest: string] {
  switch (member.kind) {
    case 'level': {
      const { when, for: duration, gap } = member;
      const parts = [
        when && `when ${formatExpression(when)}`,
        duration && `for ${duration.text}`,
        gap && `gap ${gap.text}`,
      ];
      return [member.severity.severity, joined(parts)];
    }
    case 'clear': {
      const { when, for: duration, after } = member;
      const parts = [
        when && `when ${formatExpression(when)}`,
        duration && `for ${duration.text}`,
        after && `after ${after.text}`,
      ];
      return ['clear', joined(parts)];
    }
    case 'while':
      return ['while', joined([formatExpression(member.condition), member.settle && `settle ${member.settle.text}`])];
    case 'escalate': {
      const { to, after, isUnlessAcked } = member;
      return ['escalate', `to ${to.severity} after ${after.text}${isUnlessAcked ? ' unless acked' : ''}`];
    }
    case 'cooldown':
      return ['cooldown', member.duration.text];
    case 'text':
      return [member.name, formatString(member.text)];
    case 'labels': {
      const labels = member.labels.map(({ name, value }) => `${name.name}: ${formatString(value)}`);
      return ['labels', inBraces(labels)];
    }
    case 'latch':
      return ['latch', ''];
    case 'quality':
      return ['quality', `good else ${member.otherwise}`];
    case 'suppress':
      return ['suppress', `when ${formatExpression(member.when)}`];
  }
}

export function testStep(step: TestStep): Member {
  const { kind, span } = step;
  if (kind === 'feed') return feedStep(step);
  const rest = kind === 'expect' ? expectation(step) : `at ${step.at.text}`;
  return { head: kind, rest, isAligned: false, group: null, span };
}

function feedStep(step: FeedStep): Member {
  const { stream, values, every, at, late, series, span } = step;
  const rest = joined([
    stream.name,
    values.length > 0 && fieldValues(values),
    every && `every ${every.text}`,
    at && `at ${at.text}`,
    late && `late ${late.text}`,
  ]);
  const parts = series.map(({ field, segments }) => {
    return { text: `${field.name}: ${segments.map(segmentText).join(', ')}`, start: field.span.start };
  });
  return { head: 'feed', rest, isAligned: false, group: null, span, parts };
}

function segmentText(segment: FeedSegment): string {
  if (segment.kind === 'gap') return `gap ${segment.for.text}`;
  return joined([shape(segment), segment.late && `late ${segment.late.text}`]);
}

function shape(segment: Exclude<FeedSegment, { kind: 'gap' }>): string {
  switch (segment.kind) {
    case 'constant':
      return `${formatExpression(segment.value)} for ${segment.for.text}`;
    case 'ramp':
      return `ramp ${formatRange({ low: segment.from, high: segment.to })} over ${segment.over.text}`;
    case 'noise': {
      const [mean, deviation] = [segment.mean, segment.deviation].map(value => formatExpression(value, BINDING.sum));
      return `noise ${mean} ~ ${deviation} for ${segment.for.text}`;
    }
  }
}

function expectation({ isNegated, target, key, severity, change, values, when }: ExpectStep): string {
  return joined([
    isNegated && 'no',
    target.name + (key.length > 0 ? `(${formatList(key)})` : ''),
    severity?.severity,
    change?.name,
    values.length > 0 && inBraces(values.map(({ of, value }) => `${formatExpression(of)}: ${formatExpression(value)}`)),
    when &&
      (when.kind === 'between' ? `between ${when.from.text} and ${when.to.text}` : `${when.kind} ${when.time.text}`),
  ]);
}

function fieldValues(values: readonly FieldValue[]): string {
  return inBraces(values.map(({ name, value }) => `${name.name}: ${formatExpression(value)}`));
}

function inBraces(items: readonly string[]): string {
  return items.length > 0 ? `{ ${items.join(', ')} }` : '{}';
}

function joined(parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter(part => part).join(' ');
}

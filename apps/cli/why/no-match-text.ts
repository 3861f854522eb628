import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { RuleMembers } from '../../../dsl/rule-members.ts';
import type { AwaitedEvent, BoundEvent, PartialAnswer, WhyNoMatch } from '../../../engine/explanation/why-no-match.ts';
import { shownPart } from './story-text.ts';

type Shown = { readonly members: RuleMembers; readonly clock: (us: number) => string };

/** How far matches came, as lines. */
export function noMatchLines({ waiting, ended, first, isOfTimeouts }: WhyNoMatch, shown: Shown): string[] {
  const lines: string[] = [];
  if (waiting !== null) {
    lines.push(
      `A match had begun at ${shown.clock(waiting.begunUs)}, and was waiting:`,
      ...partialLines(waiting, shown),
    );
  }
  if (ended !== null) {
    const which = isOfTimeouts ? 'Of those that did not run out of time' : 'Of those that were not complete';
    lines.push(
      `${which}, the one that came furthest began at ${shown.clock(ended.begunUs)}:`,
      ...partialLines(ended, shown),
    );
  }
  if (waiting === null && ended === null) {
    lines.push('None had begun:', ...first.flatMap(step => indented(awaitedLines(step, 'it may begin with', shown))));
  }
  return lines;
}

function partialLines(partial: PartialAnswer, shown: Shown): string[] {
  const { bound, sinceUs, waitsFor, without, untilUs, end } = partial;
  const { clock } = shown;
  const since = `waited for since ${clock(sinceUs)}`;
  const until = `${since}${Number.isFinite(untilUs) ? `, and until ${clock(untilUs)}` : ''}`;
  return indented([
    ...bound.map(event => boundLine(event, shown)),
    ...(end?.kind === 'complete' ? [] : waitsFor.flatMap(step => awaitedLines(step, until, shown))),
    ...without.map(({ event, dueUs }) => `${nameOf(event, shown)}: must not come before ${clock(dueUs)}`),
    ...(end === null ? [] : [endLine(end, partial, shown)]),
  ]);
}

function boundLine({ event, count, firstUs, lastUs }: BoundEvent, shown: Shown): string {
  const { clock } = shown;
  if (count === 1) return `${nameOf(event, shown)}: came at ${clock(firstUs)}`;
  return `${nameOf(event, shown)}: ${count} came, from ${clock(firstUs)} to ${clock(lastUs)}`;
}

function awaitedLines(step: AwaitedEvent, since: string, shown: Shown): string[] {
  const name = `${nameOf(step.event, shown)}: ${since}`;
  const { nearest, seen } = step;
  if (nearest === null) return [`${name}; no event of its stream came`];
  const count = seen === 1 ? '1 event' : `${seen} events`;
  const at = shown.clock(nearest.timeUs);
  if (nearest.failing.length === 0) return [`${name}; it came at ${at}, behind an event that must not come before it`];
  const parts = nearest.failing.map(part => {
    const short = part.distance === null ? '' : `, ${part.distance.text} away`;
    return `  ${shownPart(part)}${short}`;
  });
  return [`${name}; ${count} of its stream came, the nearest at ${at}`, ...parts];
}

function endLine(end: NonNullable<PartialAnswer['end']>, { begunUs, untilUs }: PartialAnswer, shown: Shown): string {
  const at = shown.clock(end.atUs);
  const name = end.event === null ? '' : nameOf(end.event, shown);
  const values = end.parts.length === 0 ? '' : `: ${end.parts.map(shownPart).join(', ')}`;
  return {
    complete: () => `it was complete at ${at}`,
    time: () => `it ended at ${at}: its time was over, ${describeDuration(untilUs - begunUs)} after its first event`,
    strict: () => `it ended at ${at}: with ~>, the event of then would have had to be the next step`,
    absence: () => `it ended at ${at}, as there came what must not, ${name}${values}`,
    unless: () => `it ended at ${at}, by unless ${name}${values}`,
    skipped: () => `it ended at ${at}: another match was complete, and skip past last ends those that had begun`,
    dropped: () => `it was dropped at ${at}: as many as there may be of one key had begun, and it was the oldest`,
  }[end.kind]();
}

function nameOf(event: number, { members }: Shown): string {
  return members.steps[event] ?? '';
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}

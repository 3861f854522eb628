import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { RuleMembers } from '../../../dsl/rule-members.ts';
import type { LevelAnswer, WhyNot } from '../../../engine/explanation/why-not.ts';
import { hiddenLines } from './hidden-text.ts';
import { noMatchLines } from './no-match-text.ts';
import { shownPart } from './story-text.ts';
import { clockTime, dateTime } from './times.ts';

/** What went by the rule in the stretch that was looked at. */
export type Aside = {
  readonly late: readonly { readonly timeUs: number; readonly arrivalUs: number }[];
  readonly rejected: readonly { readonly arrivalUs: number; readonly reason: string }[];
};

/** An answer as lines, the weightiest first. */
export function whyNotLines(
  answer: WhyNot,
  options: { readonly timeUs: number; readonly members: RuleMembers; readonly aside: Aside },
): string[] {
  const { timeUs, members, aside } = options;
  const clock = (us: number) => clockTime(us, timeUs);
  return [
    ...stateLines(answer, { ...options, clock }),
    ...answer.levels.flatMap(levelLines),
    ...(answer.matches === null ? [] : noMatchLines(answer.matches, { members, clock })),
    ...asideLines(aside, clock),
  ];

  function levelLines(level: LevelAnswer): string[] {
    if (answer.alert !== null) return [];
    return [members.levels[level.index] ?? level.severity, ...levelText(level, clock, timeUs).map(text => `  ${text}`)];
  }
}

function stateLines(
  answer: WhyNot,
  {
    timeUs,
    members,
    clock,
  }: { readonly timeUs: number; readonly members: RuleMembers; readonly clock: (us: number) => string },
): string[] {
  const lines: string[] = [];
  const { alert, hidden, lastEventUs, leftOut, quality, notBeforeUs } = answer;
  if (alert !== null) {
    lines.push(`It had one: ${alert.level}, since ${clock(alert.raisedUs)}, alert ${alert.id}.`);
    return [...lines, ...hiddenLines(hidden, { isRaised: true, members, clock })];
  }
  if (answer.silence !== null) lines.push(silenceText(answer.silence, timeUs));
  else if (answer.isOfMatches) lines.push(matchText(answer, timeUs));
  else if (lastEventUs === null) lines.push(`No event that it looks at had come by ${dateTime(timeUs)}.`);
  else lines.push(`The last event that it saw is of ${clock(lastEventUs)}${age(timeUs - lastEventUs)}.`);
  if (answer.heard.length > 0) lines.push(heardText(answer.heard, clock));
  if (answer.reachedUs !== null) {
    lines.push(`Nothing moved its time on since ${clock(answer.reachedUs)}: what was due later had not come.`);
  }
  if (leftOut !== null) {
    lines.push(
      `${members.where ?? 'where'} left out the event of ${clock(leftOut.timeUs)}: ${leftOut.parts.map(shownPart).join(', ')}.`,
    );
  }
  if (quality !== null) {
    const member = members.quality ?? 'quality good else hold';
    lines.push(
      `That reading is not good (${quality === 'null' ? 'no quality' : quality}), so it does not count: ${member}.`,
    );
  }
  if (answer.while !== null) lines.push(whileText(answer.while, members, clock));
  if (notBeforeUs !== null)
    lines.push(`${members.cooldown ?? 'It has just cleared'}: no alert before ${clock(notBeforeUs)}.`);
  return [...lines, ...hiddenLines(hidden, { isRaised: false, members, clock })];
}

function matchText({ lastEventUs, matches }: WhyNot, timeUs: number): string {
  const how = matches?.isOfTimeouts === true ? 'out of time' : 'complete';
  if (lastEventUs === null) return `No match of its pattern was ${how} by ${dateTime(timeUs)}.`;
  return `The last match of its pattern was ${how} at ${clockTime(lastEventUs, timeUs)}${age(timeUs - lastEventUs)}, and none since.`;
}

/** Rows of several streams wait for each other, or for partners. */
function heardText(heard: WhyNot['heard'], clock: (us: number) => string): string {
  const last = heard.map(({ stream, lastUs }) => `of ${stream} ${lastUs === null ? 'none' : `of ${clock(lastUs)}`}`);
  return `Last events: ${last.join(', ')}.`;
}

function silenceText({ stream, after, lastUs }: NonNullable<WhyNot['silence']>, timeUs: number): string {
  if (lastUs === null) return `Nothing of it had come on ${stream} by ${dateTime(timeUs)}.`;
  return `It was last heard of on ${stream} at ${clockTime(lastUs, timeUs)}${age(timeUs - lastUs)}; it is silent ${after} after a message.`;
}

function age(us: number): string {
  return us <= 0 ? '' : `, ${describeDuration(us)} before`;
}

function whileText(
  { sinceUs, settledUs, parts }: NonNullable<WhyNot['while']>,
  { while: member }: RuleMembers,
  clock: (us: number) => string,
): string {
  const shown = parts.map(shownPart).join(', ');
  if (sinceUs === null || settledUs === null) return `${member}: it did not hold, so no condition counted: ${shown}.`;
  return `${member}: it held since ${clock(sinceUs)}, and counts from ${clock(settledUs)} on.`;
}

function levelText(level: LevelAnswer, clock: (us: number) => string, timeUs: number): string[] {
  const { truth, pending, failing, nearest, interrupted, knownUs } = level;
  const lines: string[] = [];
  if (knownUs !== null) lines.push(`as of ${clock(knownUs)}: later events do not tell`);
  if (pending !== null) {
    lines.push(
      `held since ${clock(pending.sinceUs)}, for ${describeDuration(timeUs - pending.sinceUs)}; it would be due at ${clock(pending.dueUs)}`,
    );
  } else if (truth === true) {
    lines.push('held, and did not count');
  }
  for (const part of failing) {
    const short = part.distance === null ? '' : `, ${part.distance.text} away`;
    const isKnown = part.truth === null ? 'is not known' : 'did not hold';
    lines.push(`${isKnown}: ${shownPart(part)}${short}`);
  }
  for (const { timeUs: nearUs, part } of nearest) {
    const how = part.truth === true ? 'it did hold at' : 'came nearest at';
    const short = part.truth === true || part.distance === null ? '' : `, ${part.distance.text} away`;
    lines.push(`${how} ${clock(nearUs)}: ${shownPart(part)}${short}`);
  }
  if (interrupted !== null) {
    const { fromUs, toUs, endedBy } = interrupted;
    const by = endedBy.length === 0 ? '' : `: ${endedBy.map(shownPart).join(', ')}`;
    lines.push(`held for ${describeDuration(toUs - fromUs)} from ${clock(fromUs)} until ${clock(toUs)}${by}`);
  }
  return lines;
}

function asideLines({ late, rejected }: Aside, clock: (us: number) => string): string[] {
  const lastLate = late.at(-1);
  const lastRejected = rejected.at(-1);
  return [
    ...(lastLate === undefined
      ? []
      : [
          `${late.length} of its events came late and were not seen, the last of ${clock(lastLate.timeUs)} at ${clock(lastLate.arrivalUs)}.`,
        ]),
    ...(lastRejected === undefined
      ? []
      : [
          `${rejected.length} of its events were rejected, the last at ${clock(lastRejected.arrivalUs)}: ${lastRejected.reason}.`,
        ]),
  ];
}

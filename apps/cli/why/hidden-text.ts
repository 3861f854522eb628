import type { RuleMembers } from '../../../dsl/rule-members.ts';
import type { FiringThen, Hiding } from '../../../engine/explanation/hidden-alert.ts';

/** What kept an alert from being told, or would, as lines. */
export function hiddenLines(
  hidden: readonly Hiding[],
  {
    isRaised,
    members,
    clock,
  }: { readonly isRaised: boolean; readonly members: RuleMembers; readonly clock: (us: number) => string },
): string[] {
  if (hidden.length === 0) return [];
  const lead = isRaised ? 'It was hidden, and not routed:' : 'What it raises is hidden, and not routed:';
  return [lead, ...hidden.map(hiding => `  ${hidingText(hiding)}`)];

  function hidingText({ word, sinceUs, untilUs, by, comment, alerts }: Hiding): string {
    const since = sinceUs === null ? '' : ` since ${clock(sinceUs)}`;
    const until = untilUs === null ? '' : ` until ${clock(untilUs)}`;
    const who = by === null ? '' : `, by ${by}`;
    const said = comment === null ? '' : `: “${comment}”`;
    const own = alerts.length === 0 ? '' : `, ${members.suppress.join(', ')}: ${alerts.map(alertText).join(', ')}`;
    return `${word.replaceAll('_', ' ')}${since}${until}${who}${said}${own}`;
  }

  function alertText({ rule, key, raisedUs }: FiringThen): string {
    const values = Object.entries(key).map(([name, value]) => `${name} ${value}`);
    return `${[rule, ...values].join(', ')} had an alert since ${clock(raisedUs)}`;
  }
}

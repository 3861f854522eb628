import type { RuleMembers } from '../../../dsl/rule-members.ts';
import { isoTime } from '../../../connectors/codecs/output-lines.ts';
import type { Told } from '../why.ts';

/** With times as text, and names as JSON lines have them. */
export function jsonOf({ alert, version, isSame, late, story, from }: Told, members: RuleMembers): string {
  return JSON.stringify({
    type: 'why',
    rule: alert.rule,
    key: alert.key,
    id: alert.id,
    rule_version: version.now,
    raised_by: version.then,
    is_same: isSame,
    ...(late === null ? {} : { late: asJson(late) }),
    read: from,
    members,
    story: story.map(asJson),
  });
}

/** Members that are times end in `Us` inside, and are ISO 8601 outside; those that are not now are null. */
export function asJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      if (!name.endsWith('Us')) return [snake(name), asJson(member)];
      const isTime = typeof member === 'number' && Number.isFinite(member);
      return [snake(name.slice(0, -2)), isTime ? isoTime(member) : null];
    }),
  );
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

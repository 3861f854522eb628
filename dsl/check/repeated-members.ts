import type { RuleMember } from '../ast.ts';
import type { Context } from './context.ts';
import { error } from './report.ts';

/** Members that a rule has once; `clear when` and `clear after` are two. */
export function reportRepeated(members: readonly RuleMember[], { report }: Context): void {
  const seen = new Map<string, RuleMember>();
  for (const member of members) {
    for (const word of onceWords(member)) {
      const first = seen.get(word);
      if (first === undefined) {
        seen.set(word, member);
        continue;
      }
      const related = [{ span: first.span, message: 'the first one' }];
      report(error('MR2610', member.span, `\`${word}\` is said twice`, { related }));
    }
  }
}

function onceWords(member: RuleMember): readonly string[] {
  switch (member.kind) {
    case 'clear':
      return [...(member.when === null ? [] : ['clear when']), ...(member.after === null ? [] : ['clear after'])];
    case 'text':
      return [member.name];
    case 'while':
    case 'cooldown':
    case 'latch':
    case 'quality':
      return [member.kind];
    case 'level':
    case 'escalate':
    case 'labels':
    case 'suppress':
      return [];
  }
}

import type { Span } from '../diagnostics.ts';
import { type Line, line, MAX_WIDTH } from './line.ts';
import type { Member } from './members.ts';
import type { Source } from './source.ts';

/**
 * `header { … }`: on one line if it fits and its author had not broken it behind the brace; else a line for each
 * member, their values under each other. `header` may have lines of its own.
 */
export function block(header: readonly Line[], members: readonly Member[], span: Span, source: Source): Line[] {
  const [first] = members;
  const last = header.at(-1)!;
  const isBroken = source.hasComment(span) || (first !== undefined && source.startsLine(first.span.start));
  const oneLine = `${last.code} ${['{', members.map(plain).join('  '), '}'].filter(part => part).join(' ')}`;
  const short = first ? oneLine : `${last.code} {}`;
  if (!isBroken && last.indent + short.length <= MAX_WIDTH) return [...header.slice(0, -1), { ...last, code: short }];
  return [
    ...header.slice(0, -1),
    { ...last, code: `${last.code} {`, bracket: 'opens' },
    ...memberLines(members, source),
    { ...line('}', span.end - 1), bracket: 'closes' },
  ];
}

function memberLines(members: readonly Member[], source: Source): Line[] {
  const width = Math.max(0, ...members.filter(isPadded).map(member => member.head.length));
  const lines: Line[] = [];
  let previous: Member | null = null;
  for (const member of members) {
    const code = isPadded(member) ? `${member.head.padEnd(width)} ${member.rest}` : plain(member);
    const above: Line | undefined = lines.at(-1);
    const sharesLine =
      member.group !== null && member.group === previous?.group && !source.startsLine(member.span.start);
    if (above && sharesLine && 2 + above.code.length + 2 + code.length <= MAX_WIDTH) {
      lines[lines.length - 1] = { ...above, code: `${above.code}  ${code}` };
    } else {
      lines.push({ ...line(code, member.span.start, 2), keepsBlankBefore: true });
    }
    previous = member;
  }
  return lines;
}

function isPadded({ isAligned, rest }: Member): boolean {
  return isAligned && rest !== '';
}

function plain({ head, rest }: Member): string {
  return rest === '' ? head : `${head} ${rest}`;
}

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
  const rows = rowsOf(members, source);
  const width = Math.max(0, ...rows.map(row => (row.length === 1 && isPadded(row[0]!) ? row[0]!.head.length : 0)));
  return rows.flatMap(row => {
    const [first] = row as [Member];
    const code = row.length === 1 && isPadded(first) ? `${first.head.padEnd(width)} ${first.rest}` : rowText(row);
    const whole = { ...line(code, first.span.start, 2), keepsBlankBefore: true };
    if (!isInParts(first, code, source)) return [whole];
    const parts = first.parts!.map(({ text, start }) => line(text, start, 4));
    return [{ ...whole, code: withoutParts(first) }, ...parts];
  });
}

function isInParts({ parts = [] }: Member, code: string, source: Source): boolean {
  const [first] = parts;
  return first !== undefined && (2 + code.length > MAX_WIDTH || source.startsLine(first.start));
}

/** Each on a line of its own, save neighbours of a group whose author wrote them on one. */
function rowsOf(members: readonly Member[], source: Source): Member[][] {
  const rows: Member[][] = [];
  for (const member of members) {
    const above = rows.at(-1);
    const sharesLine =
      member.group !== null && member.group === above?.at(-1)!.group && !source.startsLine(member.span.start);
    if (above && sharesLine && 2 + rowText([...above, member]).length <= MAX_WIDTH) above.push(member);
    else rows.push([member]);
  }
  return rows;
}

function rowText(row: readonly Member[]): string {
  return row.map(plain).join('  ');
}

function isPadded({ isAligned, rest }: Member): boolean {
  return isAligned && rest !== '';
}

function plain(member: Member): string {
  return [withoutParts(member), ...(member.parts ?? []).map(({ text }) => text)].join(' ');
}

function withoutParts({ head, rest }: Member): string {
  return rest === '' ? head : `${head} ${rest}`;
}

import type { Expression, SelectItem } from '../ast.ts';
import { formatExpression } from './expression.ts';
import { type Line, line, MAX_WIDTH } from './line.ts';

/** One line where it fits; else a line for each column, and of a `case` that is too wide for each of its branches. */
export function selectLines(select: readonly SelectItem[]): Line[] {
  const whole = `select ${select.map(itemText).join(', ')}`;
  if (2 + whole.length <= MAX_WIDTH) return [line(whole, select[0]!.span.start, 2)];
  return select.flatMap((item, index) => {
    const [before, indent] = index === 0 ? ['select ', 2] : ['', 4];
    const comma = index < select.length - 1 ? ',' : '';
    const code = before + itemText(item) + comma;
    if (item.value.kind !== 'case' || indent + code.length <= MAX_WIDTH) return [line(code, item.span.start, indent)];
    return caseLines(item.value, { before, indent, behind: nameText(item) + comma });
  });
}

function caseLines(
  { branches, otherwise, span }: Extract<Expression, { kind: 'case' }>,
  { before, indent, behind }: { readonly before: string; readonly indent: number; readonly behind: string },
): Line[] {
  const branchLines = branches.map(({ when, then }) =>
    line(`when ${formatExpression(when)} then ${formatExpression(then)}`, when.span.start, 6),
  );
  return [
    line(`${before}case`, span.start, indent),
    ...branchLines,
    ...(otherwise ? [line(`else ${formatExpression(otherwise)}`, otherwise.span.start, 6)] : []),
    line(`end${behind}`, span.end - 'end'.length, 4),
  ];
}

function itemText(item: SelectItem): string {
  return formatExpression(item.value) + nameText(item);
}

function nameText({ name }: SelectItem): string {
  return name ? ` as ${name.name}` : '';
}

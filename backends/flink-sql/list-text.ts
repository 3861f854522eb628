import { indented } from './sql-text.ts';

const SHORT_LINE = 90;

/** Plain names on one line, where they fit; else an item a line. */
export function listText(items: readonly string[]): string {
  const line = items.join(', ');
  const isShort = line.length <= SHORT_LINE && items.every(item => /^`[^`]+`$/.test(item));
  return isShort ? ` ${line}` : `\n${indented(items.join(',\n'))}`;
}

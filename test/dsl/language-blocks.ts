import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rules of the language's description, word for word: the whole file, and the further forms. */
export const languageBlocks: readonly string[] = [
  ...readFileSync(join(import.meta.dirname, 'language.md'), 'utf8').matchAll(/```\n([\s\S]*?)```/g),
].map(match => match[1]!);

/** The same on one single line, comments removed. */
export function onOneLine(text: string): string {
  return text.replaceAll(/(^|\s)\/\/ .*/g, '$1').replaceAll('\n', ' ');
}

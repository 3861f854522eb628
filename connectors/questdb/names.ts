import { MillraceError } from '../../engine/errors.ts';

/** `cairo.max.file.name.length`, in UTF-16 units, as the official client counts. */
const MAX_NAME_LENGTH = 127;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what QuestDB forbids
const FORBIDDEN = /[?,'"\\/:()+*%~\u0000-\u0009\u000b-\u000f\r\n\u007f\ufeff]/;

/** Errors: MR5204, of what QuestDB takes for no table's name. */
export function checkTableName(name: string): void {
  const isDotWrong = name.startsWith('.') || name.endsWith('.') || name.includes('..');
  if (isDotWrong || !isName(name)) throw wrongName('table', name);
}

/** Errors: MR5204. */
export function checkColumnName(name: string): void {
  if (!isName(name) || /[-.]/.test(name)) throw wrongName('column', name);
}

/** In a query. The name is checked, so it holds no quotes. */
export function quoted(name: string): string {
  return `"${name}"`;
}

/** As text in a query. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function isName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_LENGTH && name.isWellFormed() && !FORBIDDEN.test(name);
}

function wrongName(what: string, name: string): MillraceError {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  return new MillraceError('MR5204', `${shown} is no name for a ${what} of QuestDB`, {
    hint: `at most ${MAX_NAME_LENGTH} characters, without quotes, control characters and any of ? , \\ / : ( ) + * % ~`,
  });
}

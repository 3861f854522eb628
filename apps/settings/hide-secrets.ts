import type { Span } from '../../dsl/diagnostics.ts';

/**
 * The text of settings as it may be shown: what stands in these places, what stands behind a name that sounds like a secret, and logins in
 * addresses are dots, so that lines and columns stay.
 */
export function hideSecrets(text: string, spans: readonly Span[]): string {
  let hidden = text;
  for (const { start, end } of spans)
    hidden = hidden.slice(0, start) + dots(hidden.slice(start, end)) + hidden.slice(end);
  return hidden
    .replaceAll(SECRET, (_, name: string, value: string) => name + dots(value))
    .replaceAll(LOGIN, (_, before: string, login: string) => `${before}${dots(login)}@`);
}

function dots(text: string): string {
  return text.replaceAll(/[^\s]/g, '•');
}

/** A file's name is none. */
const SECRET = /((?:pass\w*|token|nkey|seed|secret\w*)["']?[ \t]*[:=][ \t]*)(?!\{[ \t]*["']?file)([^\n]+)/gi;
const LOGIN = /(:\/\/)([^\s/@"']+)@/g;

/**
 * Text from data and rule files must not steer the terminal: controls, line separators and marks that turn the
 * direction of writing are replaced one by one, so that columns stay where they are.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u{fffd}');
}

/** As `printable`, of several lines with tabs. */
export function printableLines(text: string): string {
  return text.replace(/[^\t\n\r]/gu, character => printable(character));
}

const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

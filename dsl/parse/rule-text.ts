const UTF_8 = new TextDecoder('utf-8', { fatal: true }); // takes a byte order mark away, which is no part of the text

/** The text of a rule file; null: it is not text in UTF-8. */
export function ruleTextOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return UTF_8.decode(bytes);
  } catch {
    return null;
  }
}

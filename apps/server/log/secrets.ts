const SECRET_NAME = /pass(word|phrase)?|secret|token|credential|authorization|cookie|seed|nkey|jwt|api_?key/i;
const HIDDEN = '***';
const MAX_TEXT = 4_000;
const MAX_DEPTH = 4;
const MAX_ITEMS = 50;

/** What a line may hold: no secrets by their name or in an address, and bounded in length and depth. */
export function fitForLog(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shortened(withoutCredentials(value));
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return shortened(withoutCredentials(value.message));
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(item => fitForLog(item, depth + 1));
  const fields = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, SECRET_NAME.test(name) ? HIDDEN : fitForLog(field, depth + 1)]),
  );
}

/** `nats://eva:secret@plant:4222`, `Bearer abc` */
function withoutCredentials(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`)
    .replaceAll(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`);
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

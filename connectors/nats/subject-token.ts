import type { Scalar } from '../../engine/batch.ts';

/**
 * A value as a part of a subject, and back again by `decodeURIComponent` where it has no `%` that stands alone: what NATS
 * reads as something else (dots, wildcards, spaces, control characters) and `%` itself are percent-encoded UTF-8, all
 * else stays as it is. Empty text is `%`, a missing value is `%null`.
 *
 * A value of more than MAX_TOKEN_BYTES is cut and ends in `%~` and a hash: the server takes no long subjects, and the
 * whole value is in the message.
 */
export function subjectToken(value: Scalar, hash: (text: string) => string): string {
  if (value === null) return '%null';
  const text = String(value);
  if (text === '') return '%';
  if (text.length <= MAX_TOKEN_BYTES) {
    const token = text.replaceAll(UNSAFE, percentEncoded);
    if (Buffer.byteLength(token) <= MAX_TOKEN_BYTES) return token;
  }
  return `${start(text)}%~${hash(text)}`;
}

export const MAX_TOKEN_BYTES = 128;

const KEPT_BYTES = 96;
const UNSAFE = /[\s\p{Cc}\p{Cs}.*>%]/gu;

function start(text: string): string {
  let kept = '';
  for (const character of text.slice(0, KEPT_BYTES)) {
    const longer = kept + character.replaceAll(UNSAFE, percentEncoded);
    if (Buffer.byteLength(longer) > KEPT_BYTES) break;
    kept = longer;
  }
  return kept;
}

/** Half of a pair of surrogates, which is no character, has the three bytes that UTF-8 would give it. */
function percentEncoded(character: string): string {
  const code = character.charCodeAt(0);
  const isHalf = character.length === 1 && code >= 0xd800 && code <= 0xdfff;
  const bytes = isHalf ? [0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)] : Buffer.from(character);
  return [...bytes].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

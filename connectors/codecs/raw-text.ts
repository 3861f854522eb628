import { MAX_RAW_CHARACTERS } from '../../engine/batch/batch-builder.ts';
import { Instant } from './instant.ts';

/**
 * The beginning of a value as JSON, for the rejection of an event that has no text of its own. It costs what is shown of
 * it, however large or deep the value is. Beyond JSON: binary as `h'01ff'`, times as in ISO 8601.
 */
export function rawText(value: unknown): string {
  const parts: string[] = [];
  print(value, { room: MAX_RAW_CHARACTERS, parts });
  return parts.join('').slice(0, MAX_RAW_CHARACTERS);
}

/** The beginning of bytes that cannot be read. */
export function hexOf(bytes: Buffer, from: number): string {
  return bytes.toString('hex', from, Math.min(bytes.length, from + MAX_RAW_CHARACTERS / 2));
}

type Output = { room: number; readonly parts: string[] };

/** A level takes a character at least, so the stack has a bound, too. */
function print(value: unknown, output: Output): void {
  if (output.room <= 0) return;
  if (typeof value === 'string') return put(JSON.stringify(value.slice(0, output.room)), output);
  if (typeof value !== 'object' || value === null) return put(String(value), output);
  if (value instanceof Uint8Array)
    return put(`h'${Buffer.from(value.subarray(0, output.room)).toString('hex')}'`, output);
  if (value instanceof Instant) return put(shownInstant(value), output);
  if (Array.isArray(value)) return printAll(value, '[]', output);
  // Own names in order, without a list of all of them.
  let separator = '{';
  for (const name in value) {
    if (output.room <= 0 || !Object.hasOwn(value, name)) break;
    put(`${separator}${JSON.stringify(name.slice(0, output.room))}:`, output);
    print((value as Readonly<Record<string, unknown>>)[name], output);
    separator = ',';
  }
  put(separator === '{' ? '{}' : '}', output);
}

function printAll(items: readonly unknown[], [open, close]: string, output: Output): void {
  put(open!, output);
  for (let index = 0; index < items.length && output.room > 0; index++) {
    if (index > 0) put(',', output);
    print(items[index], output);
  }
  put(close!, output);
}

function put(text: string, output: Output): void {
  output.room -= text.length;
  output.parts.push(text);
}

function shownInstant({ us }: Instant): string {
  const date = new Date(us / 1000);
  return Number.isNaN(date.getTime()) ? String(us) : date.toISOString();
}

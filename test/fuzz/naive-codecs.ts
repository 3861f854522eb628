import { isUtf8 } from 'node:buffer';
import type { CodecCase } from './codec-case.ts';
import { naiveOutcome, type Written } from './naive-schema.ts';
import type { Outcome } from './outcome.ts';

/** NDJSON by JSON.parse, line by line. */
export function naiveNdjson({ bytes, node, maxEventBytes }: CodecCase): readonly Outcome[] {
  return linesOf(withoutMark(bytes)).flatMap((line): readonly Outcome[] => {
    if (line.length + 1 > maxEventBytes) return [rejected('MR4003')];
    if (!isUtf8(line)) return [rejected('MR4002')];
    const text = line.toString('utf8').trim();
    return text === '' ? [] : jsonOutcomes({ node }, text);
  });
}

/** A JSON document by JSON.parse of the whole; null where it is none, and only its items say what is wrong with each. */
export function naiveJson({ bytes, node, maxEventBytes }: CodecCase): readonly Outcome[] | null {
  const body = withoutMark(bytes);
  if (!isUtf8(body)) return null;
  const text = body.toString('utf8').replace(/^[\0- ]+|[\0- ]+$/g, ''); // not U+2028, as `trim` would
  if (text === '') return [];
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  return jsonItems(text).flatMap(item =>
    Buffer.byteLength(item) > maxEventBytes ? [rejected('MR4003')] : jsonOutcomes({ node }, item),
  );
}

/**
 * CSV by a regular expression a cell. A record that does not fit its form (a quote that is never closed, text behind a
 * closing one) costs its first line; so does one of several lines that is too long, or has a quoted cell beyond its columns:
 * a quote has gone astray.
 */
export function naiveCsv({ bytes, node, separator, maxEventBytes }: CodecCase): readonly Outcome[] {
  const [header = NO_BYTES, ...rest] = linesOf(bytes);
  const names = header.toString('utf8').split(separator);
  // One character a byte, so that places are those of the bytes.
  let text = rest.map(line => `${line.toString('latin1')}\n`).join('');
  const outcomes: Outcome[] = [];
  while (text !== '') {
    const line = text.slice(0, text.indexOf('\n') + 1);
    const record = recordAt(text, { separator, columns: names.length });
    const isBroken = record === null || (record.isOfLines && record.length > maxEventBytes);
    if (line.length > maxEventBytes) outcomes.push(rejected('MR4003'));
    else if (isBroken) outcomes.push(rejected('MR4005'));
    else if (!/^\r?\n$/.test(line)) outcomes.push(recordOutcome(record, { text, node, names }));
    text = text.slice(isBroken || line.length > maxEventBytes ? line.length : record.length);
  }
  return outcomes;
}

type CsvRecord = { readonly cells: readonly string[]; readonly length: number; readonly isOfLines: boolean };

function recordAt(
  text: string,
  { separator, columns }: { readonly separator: string; readonly columns: number },
): CsvRecord | null {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"(?!")|((?!")[^\\n\\${separator}]*?))(\\${separator}|\\r?\\n)`, 'y');
  const cells: string[] = [];
  for (;;) {
    const match = cell.exec(text);
    if (match === null) return null;
    const [, quoted, plain, end] = match;
    const isOfLines = text.slice(0, cell.lastIndex - 1).includes('\n');
    if (quoted !== undefined && isOfLines && cells.length >= columns) return null;
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    return { cells, length: cell.lastIndex, isOfLines };
  }
}

function recordOutcome(
  { cells, length }: CsvRecord,
  { text, node, names }: Pick<CodecCase, 'node'> & { readonly text: string; readonly names: readonly string[] },
): Outcome {
  if (!isUtf8(Buffer.from(text.slice(0, length), 'latin1'))) return rejected('MR4002');
  if (cells.length !== names.length) return rejected('MR4004');
  return naiveOutcome(node, ([name]) => {
    const cell = cells[names.indexOf(String(name))];
    return cell === undefined || cell === ''
      ? { kind: 'missing' }
      : { kind: 'cell', text: Buffer.from(cell, 'latin1').toString('utf8') };
  });
}

function jsonOutcomes({ node }: Pick<CodecCase, 'node'>, text: string): readonly Outcome[] {
  let message: unknown;
  try {
    message = JSON.parse(text, withSources);
  } catch {
    return [rejected('MR4001')];
  }
  const events: readonly unknown[] = Array.isArray(message) ? message : [message];
  return events.map(event =>
    isObject(event) ? naiveOutcome(node, path => writtenAt(event, path)) : rejected('MR4006'),
  );
}

/** A number as it is written in the text. */
class WrittenNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

function withSources(this: unknown, _name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new WrittenNumber(context!.source!) : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
}

function writtenAt(event: unknown, path: readonly (string | number)[]): Written {
  let value = event;
  for (const part of path) {
    const isThere =
      typeof part === 'number'
        ? Array.isArray(value) && part < value.length
        : isObject(value) && Object.hasOwn(value, part);
    if (!isThere) return { kind: 'missing' };
    value = (value as Readonly<Record<string | number, unknown>>)[part]; // just looked at
  }
  if (value === null) return { kind: 'missing' };
  if (value instanceof WrittenNumber) return { kind: 'number', source: value.source };
  if (typeof value === 'string') return { kind: 'text', text: value };
  return typeof value === 'boolean' ? { kind: 'truth', value } : { kind: 'other' };
}

/** The texts of a document's items; a list is cut where a comma makes two whole documents of it. */
function jsonItems(document: string): readonly string[] {
  if (!document.startsWith('[')) return document === '' ? [] : [document];
  const items: string[] = [];
  let item = '';
  for (const part of document.slice(1, -1).split(',')) {
    item = item === '' ? part : `${item},${part}`;
    if (!isJson(item)) continue;
    items.push(item.trim());
    item = '';
  }
  return items.flatMap(jsonItems);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at);
    lines.push(bytes.subarray(at, end < 0 ? bytes.length : end));
    at = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? bytes.subarray(3) : bytes;
}

function rejected(code: string): Outcome {
  return { kind: 'rejected', code };
}

const NO_BYTES = Buffer.alloc(0);

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What two runs wrote into a file, compared key by key: lines of one key have an order, lines of different keys have none. */
export type Comparison = {
  readonly lines: number; // of the expected file
  readonly keys: number;
  /** Where the two differ first, for people; null: nowhere. */
  readonly difference: string | null;
};

export async function compareOutputs(
  file: string,
  folders: { readonly expected: string; readonly found: string },
): Promise<Comparison> {
  const expected = await linesByKey(join(folders.expected, file));
  const found = await linesByKey(join(folders.found, file));
  const keys = [...new Set([...expected.keys(), ...found.keys()])];
  const differing = keys.find(key => expected.get(key)?.digest !== found.get(key)?.digest);
  return {
    lines: [...expected.values()].reduce((sum, { count }) => sum + count, 0),
    keys: expected.size,
    difference: differing === undefined ? null : await differenceOf(file, folders, differing),
  };
}

type Lines = { readonly count: number; readonly digest: string };

async function linesByKey(path: string): Promise<ReadonlyMap<string, Lines>> {
  const hashes = new Map<string, { count: number; readonly hash: Hash }>();
  for await (const { key, line } of keyedLines(path)) {
    let lines = hashes.get(key);
    if (lines === undefined) hashes.set(key, (lines = { count: 0, hash: createHash('sha256') }));
    lines.count++;
    lines.hash.update(line).update('\n');
  }
  return new Map([...hashes].map(([key, { count, hash }]) => [key, { count, digest: hash.digest('hex') }]));
}

/** The header of a CSV is a line without a key. */
async function* keyedLines(path: string): AsyncGenerator<{ readonly key: string; readonly line: string }> {
  let keyColumn = -1;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.startsWith('{')) yield { key: jsonKey(line), line };
    else if (keyColumn >= 0) yield { key: line.split(',')[keyColumn]!, line };
    else {
      keyColumn = line.split(',').indexOf('device');
      yield { key: '', line };
    }
  }
}

function jsonKey(line: string): string {
  const { rule = '', key } = JSON.parse(line) as { readonly rule?: string; readonly key: object }; // as: our own lines
  return `${rule} ${JSON.stringify(key)}`;
}

async function differenceOf(
  file: string,
  { expected, found }: { readonly expected: string; readonly found: string },
  key: string,
): Promise<string> {
  const [ofExpected, ofFound] = [await linesOf(join(expected, file), key), await linesOf(join(found, file), key)];
  const at = ofExpected.findIndex((line, index) => line !== ofFound[index]);
  const place = at < 0 ? ofExpected.length : at;
  return [
    `${file}, key ${key}: ${ofFound.length} lines instead of ${ofExpected.length}; the first that differs is ${place}:`,
    `expected ${ofExpected[place] ?? 'none'}`,
    `found    ${ofFound[place] ?? 'none'}`,
  ].join('\n');
}

async function linesOf(path: string, key: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const keyed of keyedLines(path)) if (keyed.key === key) lines.push(keyed.line);
  return lines;
}

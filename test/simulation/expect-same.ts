import { resolve } from 'node:path';
import type { Plan } from '../../dsl/plan.ts';
import type { Rejection } from '../../engine/batch.ts';
import type { Disk } from '../../engine/disk.ts';
import type { Counts } from '../../engine/runtime/delivery.ts';
import { isSame } from '../../engine/scenario/same-value.ts';
import { contentOf } from './copy-folder.ts';
import type { Surroundings } from './life.ts';
import type { Named } from './named.ts';

/** What a run left behind. */
export type Result = Pick<Surroundings, 'disk' | 'stores' | 'rejected'> & {
  /** Of all its lives together; null: other rules counted too. */
  readonly counts: Counts | null;
};

/**
 * The invariant: whatever happened, sinks and files hold what those of the undisturbed run hold, each row and alert once
 * and, for a key, in the same order; the same messages were rejected; and the same was counted. Throws the first
 * difference.
 */
export async function expectSame(runs: {
  readonly plan: Plan;
  /** What is in the files and of no interest. */
  readonly isNamed: Named;
  readonly undisturbed: Result;
  readonly disturbed: Result;
}): Promise<void> {
  const { plan, isNamed, undisturbed, disturbed } = runs;
  for (const [address, { record }] of undisturbed.stores) {
    const found = disturbed.stores.get(address)!.record;
    found.close();
    if (found.contradictions.length > 0) throw new Error(`the sink ${address}: ${found.contradictions[0]}`);
    expectSameSeries(record.series, found.series, `the sink ${address}`);
  }
  for (const path of filesOf(plan)) {
    const [expected, found] = [await linesIn(undisturbed.disk, path), await linesIn(disturbed.disk, path)];
    expectSameSeries(seriesOfLines(path, expected, isNamed), seriesOfLines(path, found, isNamed), path);
  }
  expectSameSeries(seriesOfRejected(undisturbed.rejected), seriesOfRejected(disturbed.rejected), 'what was rejected');
  if (disturbed.counts !== null && !isSame(disturbed.counts, undisturbed.counts)) {
    throw new Error(
      `counted were ${JSON.stringify(disturbed.counts)} instead of ${JSON.stringify(undisturbed.counts)}`,
    );
  }
}

type Series = ReadonlyMap<string, readonly unknown[]>;

function expectSameSeries(expected: Series, found: Series, where: string): void {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [right, is] = [expected.get(name) ?? [], found.get(name) ?? []];
    const at = right.findIndex((item, i) => !isSame(item, is[i]));
    if (at < 0 && right.length === is.length) continue;
    const index = at < 0 ? right.length : at;
    const [should, does] = [right[index], is[index]].map(item => JSON.stringify(item));
    throw new Error(
      `${where}: ${name} differs at ${index} of ${right.length} (${is.length} found):\n  ${does}\n  instead of\n  ${should}`,
    );
  }
}

function filesOf(plan: Plan): string[] {
  const targets = plan.nodes.flatMap(node => (node.kind === 'route' ? [node.target] : []));
  const files = targets.filter(target => target.connector === 'file');
  return [...new Set(files.map(target => resolve(target.directory, target.address!)))]; // a file has an address
}

async function linesIn(disk: Disk, path: string): Promise<string[]> {
  const text = (await contentOf(disk, path))!.toString(); // it is a file
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${path} ends within a line`);
  return text.split('\n').slice(0, -1);
}

/** Lines of JSON by stream or rule, and key; of CSV all in one, in order. */
function seriesOfLines(path: string, lines: readonly string[], isNamed: Named): Series {
  if (path.endsWith('.csv')) return new Map([['lines', linesOfCsv(lines, isNamed).sort()]]);
  const named = lines.flatMap(line => {
    const { stream, rule, key } = JSON.parse(line) as { stream?: string; rule?: string; key: unknown };
    return isNamed({ kind: stream === undefined ? 'alert' : 'row', name: (stream ?? rule)! })
      ? [{ name: JSON.stringify([stream, rule, key]), line }]
      : [];
  });
  const byName = Map.groupBy(named, ({ name }) => name);
  return new Map([...byName].map(([name, own]) => [name, own.map(({ line }) => line)]));
}

/** Of alerts, the second column is the rule; a header alone is of alerts that are not named. */
function linesOfCsv(lines: readonly string[], isNamed: Named): string[] {
  const [header, ...others] = lines;
  if (header?.startsWith('time,rule,') !== true) return [...lines];
  const named = others.filter(line => isNamed({ kind: 'alert', name: line.split(',')[1]! }));
  return named.length === 0 ? [] : [header, ...named];
}

/** Messages are rejected again after a restart, and say the same. */
function seriesOfRejected(rejected: readonly Rejection[]): Series {
  const texts = rejected.map(({ atIndex: _, ...rejection }) => JSON.stringify(rejection));
  return new Map([['messages', [...new Set(texts)].sort()]]);
}

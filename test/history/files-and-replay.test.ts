import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFileConnector } from '../../connectors/file/index.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import { openHistoryTask } from '../../embed/history/history-task.ts';
import { replayPlan } from '../../embed/history/replay-plan.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { runJob, type SourceAddress } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { runs } from '../oracle/runs.ts';
import { inOrder, planOf } from './plans.ts';
import { type Arriving, telemetryOf } from './telemetry.ts';

const FOLDERS = [join(import.meta.dirname, '../simulation/programs'), join(import.meta.dirname, 'programs')];
const files = FOLDERS.flatMap(folder => readdirSync(folder).map(name => join(folder, name))).filter(
  file => file.endsWith('.mill') && !/-(before|after)\.mill$/.test(file),
);

/** A file records no arrivals: a run of it and a replay of it are the same, slice by slice and in shares. */
describe.each(files.map(file => ({ file, name: basename(file) })))('files, $name', ({ file }) => {
  const plan = planOf(file);

  test('alerts of a run and of a replay are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.integer(),
        fc.integer({ min: 1, max: 3 }),
        async (count, seed, shares) => {
          const folder = mkdtempSync(join(tmpdir(), 'millrace-files-'));
          try {
            const random = createRandom(String(seed));
            const sources = written(plan, withLeaps(telemetryOf(plan, { count, random }), random), folder);
            const live = await runFiles(plan, sources);
            expect(inOrder(await replayFiles(plan, sources, shares))).toEqual(inOrder(live));
          } finally {
            rmSync(folder, { recursive: true, force: true });
          }
        },
      ),
      { ...runs(8), endOnFailure: true },
    );
  }, 600_000);
});

/** Now and then a time that nothing else confirms, or a gap that lasts. */
function withLeaps(events: readonly Arriving[], random: () => number): readonly Arriving[] {
  let leapMs = 0;
  return events.map(arriving => {
    if (random() < 0.01) leapMs += 3 * DAY_MS;
    const ts = Number(arriving.event['ts']) + leapMs + (random() < 0.01 ? 40 * DAY_MS : 0);
    return { ...arriving, event: { ...arriving.event, ts } };
  });
}

function written(plan: Plan, events: readonly Arriving[], directory: string): Record<string, SourceAddress> {
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  return Object.fromEntries(
    sources.map(({ id }) => {
      const lines = events.filter(({ stream }) => stream === id).map(({ event }) => `${JSON.stringify(event)}\n`);
      writeFileSync(join(directory, `${id}.ndjson`), lines.join(''));
      return [id, { connector: 'file', address: `${id}.ndjson`, directory }] as const;
    }),
  );
}

async function runFiles(plan: Plan, sources: Record<string, SourceAddress>): Promise<AlertChange[]> {
  const changes: AlertChange[] = [];
  await runJob({
    plan,
    sources,
    connectors: new Map([['file', createFileConnector(new NodeDisk())]]),
    isRouteShown: () => true,
    onAlert: change => changes.push(change),
    signal: new AbortController().signal,
  });
  return changes;
}

async function replayFiles(
  plan: Plan,
  sources: Record<string, SourceAddress>,
  shares: number,
): Promise<readonly AlertChange[]> {
  const changes: AlertChange[] = [];
  await replayPlan(plan, {
    fromUs: null,
    toUs: null,
    nowUs: Infinity,
    store: null,
    sources,
    workers: shares,
    openShares: tasks => Promise.all(tasks.map(openHistoryTask)),
    onAlerts: some => void changes.push(...some.map(({ historical: _, ...change }) => change)),
    signal: new AbortController().signal,
  });
  return changes;
}

const DAY_MS = 86_400_000;

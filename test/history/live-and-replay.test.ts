import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import type { Plan } from '../../dsl/plan.ts';
import { openHistoryTask } from '../../embed/history/history-task.ts';
import { alertsInHistory, type ReplayPlanOptions, replayPlan } from '../../embed/history/replay-plan.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { runs } from '../oracle/runs.ts';
import { inOrder, planOf } from './plans.ts';
import { RowsByIdentity, runLive, storedRows } from './live-run.ts';
import { telemetryOf } from './telemetry.ts';

const FOLDERS = [join(import.meta.dirname, '../simulation/programs'), join(import.meta.dirname, 'programs')];
const files = FOLDERS.flatMap(folder => readdirSync(folder).map(name => join(folder, name))).filter(
  file => file.endsWith('.mill') && !/-(before|after)\.mill$/.test(file),
);

/** Rules of many kinds, those that simulations run among them, with all of their streams stored. */
describe.each(files.map(file => ({ file, name: basename(file) })))('live and as history, $name', ({ file }) => {
  const plan = planOf(file);

  test('alerts and rows are the same, in one share and in several', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.integer(),
        fc.integer({ min: 2, max: 4 }),
        async (count, seed, shares) => {
          const folder = mkdtempSync(join(tmpdir(), 'millrace-history-'));
          try {
            const store = join(folder, 'store.duckdb');
            const events = telemetryOf(plan, { count, random: createRandom(String(seed)) });
            const live = await runLive(plan, { events, store });
            const rows = await seriesOf(plan, store);
            const once = await replayed(plan, { store, shares: 1 });
            expect(once.rows).toEqual(rows);
            expect(inOrder(once.alerts)).toEqual(inOrder(live));
            const shared = await replayed(plan, { store, shares });
            expect(shared.rows).toEqual(rows);
            expect(shared.alerts).toEqual(once.alerts); // in the same order
          } finally {
            rmSync(folder, { recursive: true, force: true });
          }
        },
      ),
      { ...runs(6), endOnFailure: true },
    );
  }, 600_000);
});

test('threads of a pool give what one gives', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plan = planOf(join(FOLDERS[0]!, 'motors.mill'));
  const store = join(folder, 'store.duckdb');
  const live = await runLive(plan, { events: telemetryOf(plan, { count: 2_000, random: createRandom('7') }), store });
  expect(live.length).toBeGreaterThan(20);
  const found = await replayed(plan, { store, workers: 3 });
  expect(inOrder(found.alerts)).toEqual(inOrder(live));
  expect(found.rows).toEqual(await seriesOf(plan, store));
  const changes = await alertsInHistory(plan, {
    fromUs: live[5]!.timeUs,
    toUs: null,
    nowUs: Infinity,
    warmUpUs: Infinity,
    store: { kind: 'duckdb', path: store },
    rules: ['hot'],
    workers: 0,
    signal: new AbortController().signal,
  });
  expect(changes.map(({ historical: _, ...change }) => change)).toEqual(
    found.alerts.filter(({ rule, timeUs }) => rule === 'hot' && timeUs >= live[5]!.timeUs),
  );
}, 300_000);

async function replayed(
  plan: Plan,
  {
    store,
    shares,
    workers = shares ?? 0,
  }: { readonly store: string; readonly shares?: number; readonly workers?: number },
) {
  const alerts: AlertChange[] = [];
  const rows = new Map<string, RowsByIdentity>();
  const openHere: Pick<ReplayPlanOptions, 'openShares'> =
    shares === undefined ? {} : { openShares: tasks => Promise.all(tasks.map(openHistoryTask)) };
  await replayPlan(plan, {
    fromUs: null,
    toUs: null,
    nowUs: Infinity,
    store: { kind: 'duckdb', path: store },
    hasSeries: true,
    workers,
    ...openHere,
    onAlerts: changes => void alerts.push(...changes),
    onRows: batch => {
      const ofSeries = rows.get(batch.stream) ?? new RowsByIdentity(batch.series);
      rows.set(batch.stream, ofSeries);
      ofSeries.add(batch.columnar);
    },
    signal: new AbortController().signal,
  });
  expect(alerts.every(({ historical }) => historical === true)).toBe(true);
  return {
    alerts: alerts.map(({ historical: _, ...change }) => change),
    rows: Object.fromEntries(derived(plan).map(name => [name, rows.get(name)?.texts ?? []])),
  };
}

async function seriesOf(plan: Plan, path: string): Promise<Record<string, readonly string[]>> {
  const reader = await createDuckDbConnector({ path }).openReader!();
  try {
    const found: Record<string, readonly string[]> = {};
    for (const name of derived(plan)) found[name] = await storedRows(reader, name);
    return found;
  } finally {
    await reader.close();
  }
}

function derived({ nodes }: Plan): string[] {
  const sources = new Set(nodes.flatMap(node => (node.kind === 'source' ? [node.id] : [])));
  return nodes.flatMap(node => (node.kind === 'store' && !sources.has(node.input) ? [node.input] : []));
}

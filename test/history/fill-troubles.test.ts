import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import type { Connector, SeriesReader } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { inOrder, planOf } from './plans.ts';
import { resumedRun, withoutRules } from './resumed-run.ts';
import { telemetryOf } from './telemetry.ts';

const plan = planOf(join(import.meta.dirname, 'programs/ranges.mill'));
const events = telemetryOf(plan, { count: 600, random: createRandom('fill') });
const [past, coming] = [events.slice(0, 400), events.slice(400)];

test('a run that is asked to end while it is filled has changed nothing: the next one fills', async () => {
  const { state, store, never } = await stored();
  const stopping = new AbortController();
  const slow = withReader(store, reader => ({
    ...reader,
    read: async function* (options) {
      for await (const page of reader.read(options)) {
        stopping.abort();
        yield page;
      }
    },
  }));
  const before = readdirSync(state).filter(name => name !== 'fill');
  const stopped = await resumedRun({
    plan,
    state,
    store: slow,
    events: [],
    workers: 0,
    isEnd: false,
    signal: stopping.signal,
  });
  expect(stopped.alerts).toEqual([]);
  expect(codesOf(stopped)).toEqual(['MR6040']);
  expect(readdirSync(state).filter(name => name !== 'fill')).toEqual(before);

  const found = await resumedRun({ plan, state, store, events: coming, workers: 0, isEnd: true });
  expect(codesOf(found)).toEqual(['MR6040', 'MR6041']);
  expect(inOrder(found.alerts)).toEqual(inOrder(never.alerts));
  expect(
    existsSync(join(state, 'fill')) && readdirSync(join(state, 'fill')).some(name => name.startsWith('part-')),
  ).toBe(false);
});

test('where the store fails on the way, the rules go live without it, once and for all', async () => {
  const { state, store } = await stored();
  const failing = withReader(store, reader => ({
    ...reader,
    read: async function* (options) {
      yield* reader.read({ ...options, toUs: options.fromUs + 1 });
      throw new MillraceError('MR5200', 'the store is away', { domain: 'external', retry: 'backoff' });
    },
  }));
  const found = await resumedRun({
    plan,
    state,
    store: failing,
    events: coming.slice(0, 50),
    workers: 0,
    isEnd: false,
  });
  expect(codesOf(found)).toEqual(['MR6040', 'MR6042', 'MR6007']);
  const next = await resumedRun({ plan, state, store, events: coming.slice(50), workers: 0, isEnd: true });
  expect(codesOf(next)).toEqual([]);
  expect(next.alerts.length).toBeGreaterThan(0);
});

test('shares of the keys fill what is theirs', async () => {
  const { state, store, never } = await stored();
  const alerts = [];
  const shares = [0, 1].map(index => ({ state: `${state}-${index}`, store, workers: 0, share: { index, count: 2 } }));
  for (const share of shares) await resumedRun({ ...share, plan: withoutRules(plan), events: past, isEnd: false });
  for (const share of shares) {
    const found = await resumedRun({ ...share, plan, events: coming, isEnd: true });
    expect(codesOf(found)).toEqual(['MR6040', 'MR6041']);
    alerts.push(...found.alerts);
  }
  expect(inOrder(alerts)).toEqual(inOrder(never.alerts));
});

/** With what a run without trouble finds. */
async function stored() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [state, path] = [join(folder, 'state'), join(folder, 'store.duckdb')];
  await resumedRun({ plan: withoutRules(plan), state, store: path, events: past, workers: 0, isEnd: false });
  const [copy, copiedStore] = [join(folder, 'copy'), join(folder, 'copy.duckdb')];
  cpSync(state, copy, { recursive: true });
  cpSync(path, copiedStore);
  const never = await resumedRun({ plan, state: copy, store: copiedStore, events: coming, workers: 0, isEnd: true });
  expect(never.alerts.length).toBeGreaterThan(10);
  return { state, store: createDuckDbConnector({ path }), never };
}

function withReader(store: Connector, change: (reader: SeriesReader) => SeriesReader): Connector {
  return { ...store, openReader: async () => change(await store.openReader!()) };
}

function codesOf({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): readonly string[] {
  return warnings.map(({ code }) => code).filter(code => code.startsWith('MR60'));
}

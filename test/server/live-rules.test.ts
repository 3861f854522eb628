import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compileRuleSet } from '../../apps/server/rules/compile-rule-set.ts';
import { LiveRules, type Proposal } from '../../apps/server/rules/live-rules.ts';
import { VersionStore } from '../../apps/server/rules/version-store.ts';
import { RuleRun } from '../../apps/server/run/rule-run.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { Disk } from '../../engine/disk.ts';
import { MillraceError } from '../../engine/errors.ts';
import { NO_METRICS } from '../../engine/runtime/metrics/job-metrics.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';

const STREAM = 'stream s from memory "s" json { key id: symbol  x: float }\n';

test('versions follow each other, whoever sends them and however many at once', async () => {
  const { rules, started } = await liveRules();
  await rules.begin(proposal('a'));
  const outcomes = await Promise.all([
    rules.propose(proposal('b')),
    rules.propose(proposal('c')),
    rules.propose(proposal('c')),
  ]);
  expect(outcomes.map(outcome => [outcome.kind, 'version' in outcome && outcome.version.version])).toEqual([
    ['switched', 2],
    ['switched', 3],
    ['unchanged', 3],
  ]);
  expect(started).toEqual(['a', 'b', 'c']);
  await rules.close();
});

test('more changes than wait at any time are refused', async () => {
  const { rules } = await liveRules();
  await rules.begin(proposal('a'));
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => rules.propose(proposal(`b${i}`))));
  const refused = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  expect(new Set(refused)).toEqual(new Set(['MR7064']));
  expect(refused.length).toBeGreaterThan(10);
  await rules.close();
});

test('a comment changes no rule: the run goes on', async () => {
  const { rules, started } = await liveRules();
  await rules.begin(proposal('a'));
  const { run } = rules.live!;
  expect(await rules.propose(proposal('a', '// why\n'))).toMatchObject({
    kind: 'switched',
    version: { version: 2 },
    pauseMs: 0,
  });
  expect(rules.live!.run).toBe(run);
  expect(started).toEqual(['a']);
  await rules.close();
});

test('where the disk is full, the rules that ran run on', async () => {
  const { rules, disk, started } = await liveRules();
  await rules.begin(proposal('a'));
  disk.fullFor = 'active.json.new';
  expect(await rules.propose(proposal('b'))).toMatchObject({ kind: 'refused', error: { code: 'MR6002' } });
  expect(started).toEqual(['a', 'a']);
  expect(rules.live!.version.version).toBe(1);
  disk.fullFor = '2.json.new';
  expect(await rules.propose(proposal('b'))).toMatchObject({ kind: 'refused', error: { code: 'MR6002' } });
  expect(started).toEqual(['a', 'a']);
  disk.fullFor = null;
  expect(await rules.propose(proposal('b'))).toMatchObject({ kind: 'switched', version: { version: 2 } });
  await rules.close();
});

test('where the last checkpoint cannot be made, the rules that ran run on', async () => {
  const { rules, started, faults } = await liveRules();
  await rules.begin(proposal('a'));
  faults.stop = new MillraceError('MR5124', 'it takes no more', { retry: 'backoff' });
  expect(await rules.propose(proposal('b'))).toMatchObject({
    kind: 'refused',
    error: { code: 'MR7064', retry: 'backoff' },
  });
  expect(started).toEqual(['a', 'a']);
  faults.stop = null;
  expect(await rules.propose(proposal('b'))).toMatchObject({ kind: 'switched' });
  await rules.close();
});

test('after a crash in a change, rules that cannot be opened give way to those before', async () => {
  const { rules, directory, faults } = await liveRules();
  await rules.begin(proposal('a'));
  await rules.propose(proposal('b'));
  await rules.close();
  const versions = await VersionStore.open(new NodeDisk(), directory);
  await versions.activate({ version: 2, previous: 1, folder: 'f' });
  const next = await liveRules({ directory, faults: { ...faults, cannotOpen: 'b' } });
  await next.rules.begin(null);
  expect(next.started).toEqual(['b', 'a']);
  expect(next.rules.live!.version.version).toBe(1);
  expect(await next.versions.active()).toEqual({ version: 1, previous: null, folder: 'f' });
  await next.rules.close();
});

test('rules that fail for good while they run end all', async () => {
  const { rules, fail } = await liveRules();
  await rules.begin(proposal('a'));
  fail(new MillraceError('MR5105', 'the stream is gone'));
  await expect(rules.ended).rejects.toMatchObject({ code: 'MR5105' });
});

test('old versions are let go of', async () => {
  const { rules, directory } = await liveRules();
  await rules.begin(proposal('a'));
  for (let i = 0; i < 60; i++) await rules.propose(proposal(`b${i}`));
  expect(readdirSync(join(directory, 'versions'))).toHaveLength(2 * 50 + 1);
  await expect(rules.rollBack(1, { by: 'me', folder: '' })).rejects.toMatchObject({ code: 'MR7067' });
  expect(await rules.rollBack(null, { by: 'me', folder: '' })).toMatchObject({
    kind: 'switched',
    version: { version: 62 },
  });
  await rules.close();
});

type Faults = { stop: Error | null; cannotOpen: string | null };

/** Rules whose jobs do nothing, and fail as told. `started` has the name of each one's rule. */
async function liveRules(options: { readonly directory?: string; readonly faults?: Faults } = {}) {
  const { directory = temporaryFolder(), faults = { stop: null, cannotOpen: null } } = options;
  const disk = new FullDisk();
  const versions = await VersionStore.open(disk, directory);
  const started: string[] = [];
  let fail: (error: Error) => void = () => {};
  const rules = new LiveRules({
    versions,
    compile: async (set, { isFromDisk }) => compileRuleSet({ set, directory, isFromDisk, store: 'there' }),
    keepAlertsOf: () => {},
    nowUs: () => 1_767_225_600e6,
    log: () => {},
    start: plan => {
      const name = ruleOf(plan);
      started.push(name);
      return new RuleRun({
        log: () => {},
        start: ({ signal }) => {
          const done = Promise.withResolvers<never>();
          fail = done.reject;
          const cannotOpen = new MillraceError('MR5001', 'there is no such file');
          if (faults.cannotOpen === name) done.reject(cannotOpen);
          const stopped = new Promise<void>((resolve, reject) => {
            signal.addEventListener('abort', () => (faults.stop === null ? resolve() : reject(faults.stop)));
          });
          const ended = Promise.race([done.promise, stopped]).then(() => NO_METRICS.counts);
          ended.catch(() => {}); // who runs it hears of it
          const opened = faults.cannotOpen === name ? Promise.reject(cannotOpen) : Promise.resolve();
          return { opened, done: ended, metrics: async () => NO_METRICS };
        },
      });
    },
  });
  return { rules, versions, directory, disk, started, faults, fail: (error: Error) => fail(error) };
}

function proposal(rule: string, comment = ''): Proposal {
  const text = `${comment}${STREAM}rule ${rule} on s { high when x > 1 }\n`;
  return { set: { files: { 'r.mill': text }, roots: ['r.mill'] }, origin: { kind: 'deploy', by: 'me' }, folder: 'f' };
}

function ruleOf(plan: Plan): string {
  return plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []))[0]!;
}

/** A disk that has no room for a file of this name. */
class FullDisk extends NodeDisk {
  fullFor: string | null = null;

  override async open(path: string, mode: Parameters<Disk['open']>[1]): ReturnType<Disk['open']> {
    if (this.fullFor === null || !path.endsWith(`/${this.fullFor}`)) return await super.open(path, mode);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-live-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

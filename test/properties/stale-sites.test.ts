import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const IDLE_MS = 10;
const END_MS = 3_000;

/** It is raised with the first event of a site, or of them all, and stays. */
const RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float  idle ${IDLE_MS}ms }
rule of_site on s by site { high when value > 0 }
rule of_sites on s by global { high when value > 0 }`;
const ALL = 'all';

type Step = {
  readonly key: string;
  readonly site: string;
  readonly stepMs: number;
  readonly isRestored: boolean;
  readonly isTicked: boolean;
};

const steps = fc.array(
  fc.record<Step>({
    key: fc.constantFrom(...'abcd'),
    site: fc.constantFrom('north', 'south', 'east'),
    stepMs: fc.constantFrom(0, 1, 4, 9, 10, 11, 30),
    isRestored: fc.boolean(),
    isTicked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

it('a site is stale from when all of its devices are silent until one of them speaks', () => {
  fc.assert(
    fc.property(steps, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), (all, workers) => {
      expect(told(all, workers)).toEqual(expected(all));
    }),
    runs(100),
  );
});

/** Millisecond by millisecond, from all that has arrived so far. */
function expected(all: readonly Step[]): Record<string, string[]> {
  const changes: Record<string, string[]> = {};
  const heardMs = new Map<string, number>(); // by device
  const sitesOf = new Map<string, Set<string>>(); // by device
  const stale = new Set<string>();
  const change = (site: string, what: string, atMs: number) => (changes[site] ??= []).push(`${what} ${atMs}`);
  let next = 0;
  let arrivesMs = 1_000 + all[0]!.stepMs;
  for (let nowMs = 1_000; nowMs <= END_MS; nowMs++) {
    for (const site of new Set([...sitesOf.values()].flatMap(sites => [...sites]))) {
      const devices = [...sitesOf].flatMap(([device, sites]) => (sites.has(site) ? [device] : []));
      if (stale.has(site) || devices.some(device => heardMs.get(device)! + IDLE_MS > nowMs)) continue;
      stale.add(site);
      change(site, 'stale', nowMs);
    }
    for (; next < all.length && arrivesMs === nowMs; arrivesMs += all[++next]?.stepMs ?? 0) {
      const { key, site } = all[next]!;
      heardMs.set(key, nowMs);
      if (!sitesOf.has(key)) sitesOf.set(key, new Set([ALL]));
      sitesOf.get(key)!.add(site);
      for (const of of sitesOf.get(key)!) if (stale.delete(of)) change(of, 'heard', nowMs);
    }
  }
  return changes;
}

function told(all: readonly Step[], workers: readonly number[]): Record<string, string[]> {
  const { plan, diagnostics } = compile({ file: 'stale.mill', text: RULES });
  expect(diagnostics).toEqual([]);
  const changes: Record<string, string[]> = {};
  let starts = 0;
  const start = (checkpoint?: ReturnType<PartitionedEngine['checkpoint']>) =>
    new PartitionedEngine({
      plan: plan!,
      workerCount: workers[starts++ % workers.length]!,
      rowStreams: [],
      arrivalClock: 'recorded',
      ...(checkpoint === undefined ? {} : { checkpoint }),
      onAlert: ({ change, key, timeUs }) => {
        if (change !== 'raised') (changes[String(key['site'] ?? ALL)] ??= []).push(`${change} ${timeUs / 1_000}`);
      },
    });
  let engine = start();
  let nowUs = 1_000_000;
  for (const { key, site, stepMs, isRestored, isTicked } of all) {
    nowUs += stepMs * 1_000;
    if (isTicked) engine.tick('s', nowUs);
    const event: TestEvent = { key, site, timeUs: nowUs, arrivalUs: nowUs, value: 1 };
    engine.push(batchOf([event], engine.symbols, 's'));
    if (isRestored) engine = start(engine.checkpoint());
  }
  engine.tick('s', END_MS * 1_000);
  engine.finish('s');
  return changes;
}

import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import type { OutputRow } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { fillPlan } from '../../engine/plan-change/fill-plan.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { matchState } from '../../engine/state-identity.ts';
import { runs } from '../oracle/runs.ts';
import { inOrder, planOf } from './plans.ts';
import { resumedRun, withoutRules } from './resumed-run.ts';
import { type Arriving, telemetryOf } from './telemetry.ts';

const FOLDER = join(import.meta.dirname, '../simulation/programs');
const files = readdirSync(FOLDER)
  .filter(name => name.endsWith('.mill') && !/-(before|after)\.mill$/.test(name))
  .map(name => join(FOLDER, name));

/** Rules of many kinds that come when their streams have been stored for a while. */
describe.each(files.map(file => ({ file, name: basename(file) })))('filled from what is stored, $name', ({ file }) => {
  const plan = planOf(file, LOOKS_FAR_BACK);
  const before = withoutRules(plan);
  const fill = fillPlan(matchState(before, plan), { stored: before, next: plan });
  const isFilled = (id: string) => fill.nodes.get(id)?.kind !== 'not-filled';
  const rules = new Set(plan.nodes.flatMap(node => (node.kind === 'rule' && isFilled(node.id) ? [node.name] : [])));

  test('from then on the alerts and rows are those of rules that were always there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 60, max: 400 }),
        fc.integer(),
        fc.constantFrom(0, 0, 2),
        fc.double({ min: 0.2, max: 0.9, noNaN: true }),
        async (count, seed, workers, share) => {
          const folder = mkdtempSync(join(tmpdir(), 'millrace-fill-'));
          try {
            const events = telemetryOf(plan, { count, random: createRandom(String(seed)) });
            const at = Math.floor(count * share);
            const [past, coming] = [events.slice(0, at), events.slice(at)];
            const always = { plan, state: join(folder, 'always'), store: join(folder, 'always.duckdb'), workers };
            const alwaysPast = await resumedRun({ ...always, events: past, isEnd: false });
            const alwaysComing = await resumedRun({ ...always, events: coming, isEnd: true });

            const later = { state: join(folder, 'later'), store: join(folder, 'later.duckdb'), workers };
            await resumedRun({ ...later, plan: before, events: past, isEnd: false });
            // What was stored behind the last checkpoint of a run that was killed is there already.
            const killed = { plan: before, state: join(folder, 'killed'), store: later.store, workers };
            cpSync(later.state, killed.state, { recursive: true });
            await resumedRun({ ...killed, events: coming.slice(0, 20), isEnd: false });
            const found = await resumedRun({ ...later, plan, events: coming, isEnd: true });

            expect(found.warnings.map(({ code }) => code).filter(code => code.startsWith('MR604'))).toEqual(
              fill.plan.nodes.length === 0 ? [] : ['MR6040', 'MR6041'],
            );
            const isKept = keptKeys(plan, past);
            const told = (changes: readonly AlertChange[]) =>
              inOrder(changes.filter(({ rule, key }) => rules.has(rule) && isKept(JSON.stringify(key))));
            const firing = openAmong(alwaysPast.alerts);
            expect(told(found.alerts)).toEqual(told([...firing, ...alwaysComing.alerts]));
            for (const [stream, rows] of Object.entries(alwaysComing.rows)) {
              const kept = (texts: readonly string[] = []) =>
                texts.filter(text => isKept(JSON.stringify((JSON.parse(text) as OutputRow).key)));
              if (isOfFilled(plan, stream, isFilled))
                expect([stream, kept(found.rows[stream])]).toEqual([stream, kept(rows)]);
            }
          } finally {
            rmSync(folder, { recursive: true, force: true });
          }
        },
      ),
      { ...runs(2), endOnFailure: true },
    );
  }, 900_000);
});

/**
 * Keys that a run without the new rules has let go of, but one with them may have kept, are not filled. A key is surely there when something of it
 * that is neither rejected nor late has come within half of `expire`.
 */
function keptKeys(plan: Plan, past: readonly Arriving[]): (key: string) => boolean {
  const nowUs = past.at(-1)!.arrivalUs;
  const [source, ...others] = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const { expireUs, key, time } = source!;
  if (others.length > 0 || expireUs === null) return () => true;
  const timeField = time?.from.kind === 'path' ? String(time.from.path[0]) : '';
  const heard = past.filter(({ event, arrivalUs }) => {
    const values = event as Record<string, unknown>; // as: telemetry is objects
    const isGood = Object.values(values).every(value =>
      typeof value === 'number' ? value !== 1e9 : typeof value === 'string' && value !== 'what',
    );
    return isGood && values[timeField] === arrivalUs / 1_000 && nowUs - arrivalUs < expireUs / 2;
  });
  const kept = new Set(
    heard.map(({ event }) =>
      JSON.stringify(Object.fromEntries(key.map(name => [name, (event as Record<string, unknown>)[name]]))),
    ),
  );
  return text => kept.has(text);
}

/** So that all there is is read, and nothing depends on how long the other rules look back. */
const LOOKS_FAR_BACK = 'rule far on m { info when count(30d) < 0 }';

test('what looks back over a time needs no more of the past than that', async () => {
  const plan = planOf(join(import.meta.dirname, 'programs/ranges.mill'));
  const before = withoutRules(plan);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 200, max: 600 }), fc.integer(), async (count, seed) => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-fill-'));
      try {
        const events = telemetryOf(plan, { count, random: createRandom(String(seed)) });
        const at = Math.floor(count * 0.7);
        const [past, coming] = [events.slice(0, at), events.slice(at)];
        const always = { plan, state: join(folder, 'always'), store: join(folder, 'always.duckdb'), workers: 0 };
        const alwaysPast = await resumedRun({ ...always, events: past, isEnd: false });
        const alwaysComing = await resumedRun({ ...always, events: coming, isEnd: true });
        const later = { state: join(folder, 'later'), store: join(folder, 'later.duckdb'), workers: 0 };
        await resumedRun({ ...later, plan: before, events: past, isEnd: false });
        const found = await resumedRun({ ...later, plan, events: coming, isEnd: true });
        expect(found.rows).toEqual(alwaysComing.rows);
        // One that has fired for longer than is read is raised where reading begins.
        const fire = (changes: readonly AlertChange[]) => [
          ...new Set(openAmong(changes).map(({ rule, key }) => `${rule} ${String(key['id'])}`)),
        ];
        const atUs = past.at(-1)!.arrivalUs;
        const told = found.alerts.slice(0, found.alerts.length - alwaysComing.alerts.length);
        expect(fire(told).sort()).toEqual(fire(alwaysPast.alerts).sort());
        const raised = (changes: readonly AlertChange[]) =>
          changes.filter(({ change, timeUs }) => change === 'raised' && timeUs > atUs).map(({ id }) => id);
        expect(raised(found.alerts).sort()).toEqual(raised(alwaysComing.alerts).sort());
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { ...runs(6), endOnFailure: true },
  );
}, 900_000);

/** What is to be known of alerts that fire: the last of each kind of their changes. */
function openAmong(changes: readonly AlertChange[]): readonly AlertChange[] {
  const open = new Map<string, Map<string, AlertChange>>();
  for (const change of changes) {
    if (change.change === 'cleared') open.delete(change.id);
    else {
      const ofAlert = open.get(change.id) ?? new Map<string, AlertChange>();
      open.set(change.id, ofAlert);
      ofAlert.delete(change.change);
      ofAlert.set(change.change, change);
    }
  }
  return [...open.values()].flatMap(ofAlert => [...ofAlert.values()]);
}

/** All that it is made of, as far as that has state. */
function isOfFilled(plan: Plan, stream: string, isFilled: (id: string) => boolean): boolean {
  const nodes = new Map(plan.nodes.map(node => [node.id, node]));
  const seen = new Set<string>();
  const check = (id: string): boolean => {
    const node = nodes.get(id);
    if (node === undefined || seen.has(id)) return true;
    seen.add(id);
    const texts = new Set<string>();
    JSON.stringify(node, (_, value: unknown) => {
      if (typeof value === 'string') texts.add(value);
      return value;
    });
    return isFilled(id) && [...texts].every(text => text === id || check(text));
  };
  return check(stream);
}

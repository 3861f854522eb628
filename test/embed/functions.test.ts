import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../dsl/plan.ts';
import { OwnFunctions } from '../../engine/functions/own-functions.ts';
import { eventsPerRound } from '../../engine/runtime/own-calls.ts';
import { matchState } from '../../engine/state-identity.ts';
import {
  compile,
  type FunctionModule,
  loadFunctions,
  MillraceError,
  type OutputRow,
  start,
  stateChanges,
} from '../../index.ts';

const weather = await loadFunctions(moduleUrl('weather.ts'));
const faulty = await loadFunctions(moduleUrl('faulty.ts'));

const folder = mkdtempSync(join(tmpdir(), 'millrace-functions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STREAM = `
  stream air from memory "air" json { key room: symbol  temp: float degF  humidity: float %  n: int  x: float  time ts as ms }
`;
const BEGIN_MS = 1_700_000_000_000;

function moduleUrl(name: string): URL {
  return new URL(`./functions/${name}`, import.meta.url);
}

/** The rows of `out`, and what was warned of. */
async function rowsOf(
  select: string,
  events: readonly Record<string, unknown>[],
  options: { readonly functions: FunctionModule; readonly workers?: number },
): Promise<{ readonly rows: OutputRow[]; readonly warnings: string[]; readonly failures: unknown }> {
  const warnings: string[] = [];
  const run = start(`${STREAM} stream out = from air ${select}`, {
    ...options,
    onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
  });
  const rows: OutputRow[] = [];
  const taking = (async () => {
    for await (const row of run.rows('out')) rows.push(row);
  })();
  await run.push(
    'air',
    events.map((event, index) => ({ room: `r${index % 3}`, ts: BEGIN_MS + index * 1000, ...event })),
  );
  run.finish('air');
  await run.done;
  await taking;
  return { rows, warnings, failures: (await run.metrics()).functionFailures };
}

describe('a function of the program', () => {
  it.each([0, 2])('is called with values in its units, on %i threads', async workers => {
    const { rows, warnings } = await rowsOf(
      'select dew_point(temp, humidity) as dew, grade(temp) as word, is_even(n) as even, rest_of_hour(time) as rest',
      [
        { temp: 68, humidity: 50, n: 2 },
        { temp: 95, humidity: 0, n: 3 },
        { temp: null, humidity: 50 },
      ],
      { functions: weather, workers },
    );
    expect(warnings).toEqual([]);
    const rest = (second: number) => 3_600e6 - (((BEGIN_MS + second * 1000) * 1000) % 3_600e6);
    expect(rows.toSorted((a, b) => a.timeUs - b.timeUs).map(({ values }) => values)).toEqual([
      { dew: expect.closeTo(9.255, 2), word: null, even: true, rest: rest(0) },
      { dew: null, word: 'hot', even: false, rest: rest(1) },
      { dew: null, word: null, even: null, rest: rest(2) },
    ]);
  });

  it('stands in conditions of rules, windows and expressions as those of the language do', async () => {
    const rules = `${STREAM}
      rule wet on air { high when dew_point(temp, humidity) > 15 degC and not is_even(n)  message "{room}: {temp}" }
      rule damp on air { low when avg(dew_point(temp, humidity), 1m) > 59 degF }
    `;
    const { plan, report } = compile(rules, { functions: weather });
    expect(report).toBe('');
    const run = start(plan!, { functions: weather });
    const alerts = run.alerts();
    await run.push('air', [{ room: 'r1', temp: 86, humidity: 80, n: 1, ts: BEGIN_MS }]);
    const both = [await alerts.next(), await alerts.next()].map(({ value }) => value!);
    expect(both.map(({ rule }) => rule).sort()).toEqual(['damp', 'wet']);
    expect(both.find(({ rule }) => rule === 'wet')!.message).toBe('r1: 86 degF');
    await run.stop();
  });

  it('is checked for types and units, and known by name', () => {
    const codes = (when: string) => {
      const { diagnostics } = compile(`${STREAM} rule r on air { high when ${when} }`, { functions: weather });
      return diagnostics.map(({ code, message }) => `${code} ${message}`);
    };
    expect(codes('dew_point(humidity, humidity) > 15 degC')).toEqual([
      'MR2201 a value in % cannot be used in place of a value in degC',
    ]);
    expect(codes('dew_point(20, humidity) > 15 degC')).toEqual([
      'MR2202 a number without a unit stands beside a value in degC',
    ]);
    expect(codes('dew_point(temp, humidity) > 15 bar')[0]).toMatch(/^MR2201/);
    expect(codes('dew_point(temp) > 15 degC')[0]).toMatch(/^MR2006/);
    expect(codes('is_even(x)')[0]).toMatch(/^MR2104/);
    expect(codes('is_even(temp)')[0]).toMatch(/^MR2104/);
    expect(codes('grade(temp) > 15 degC')[0]).toMatch(/^MR2101/);
    const { diagnostics } = compile(`${STREAM} rule r on air { high when is_evn(n) }`, { functions: weather });
    expect(diagnostics).toMatchObject([{ code: 'MR2002', hint: 'did you mean `is_even`?' }]);
  });

  it('cannot stand where no row is computed', () => {
    const codes = (text: string) => compile(`${STREAM} ${text}`, { functions: weather }).diagnostics.map(d => d.code);
    expect(codes('let even = is_even(2)')).toEqual(['MR2007']);
    expect(codes('route air where is_even(n) to log')).toEqual(['MR2007']);
  });

  it('that fails gives null, is told once and counted, and stops nothing', async () => {
    const { rows, warnings, failures } = await rowsOf(
      'select throws_above(x) as a, gives_nan(x) as b, gives_text(x) as c, gives_half(x) as d',
      [4, 11, -1, 12].map(x => ({ x })),
      { functions: faulty },
    );
    expect(rows.map(({ values }) => Object.values(values))).toEqual([
      [4, 2, true, 2],
      [null, Math.sqrt(11), true, null],
      [-1, null, null, null],
      [null, Math.sqrt(12), true, 6],
    ]);
    expect(warnings.sort()).toEqual([
      'MR4030 `throws_above` threw: 11 is too much',
      'MR4031 `gives_half` gave 5.5, and not a whole number or null',
      'MR4031 `gives_nan` gave NaN, and not a number or null',
      'MR4031 `gives_text` gave the text "no", and not true or false or null',
    ]);
    expect(failures).toEqual({
      throws_above: { MR4030: 2 },
      gives_nan: { MR4031: 1 },
      gives_text: { MR4031: 1 },
      gives_half: { MR4031: 2 },
    });
  });

  it('is called for rows that exist only', async () => {
    const { warnings } = await rowsOf('where x < 10 select throws_above(x) as a', [{ x: 4 }, { x: 11 }, { x: null }], {
      functions: faulty,
    });
    expect(warnings).toEqual([]);
  });

  it('belongs to the plan with its version: another one is not run, and its state is another one', () => {
    const rules = `${STREAM} rule damp on air { low when avg(dew_point(temp, humidity), 1m) > 59 degF }`;
    const { plan } = compile(rules, { functions: weather });
    const next = { ...weather, functions: { dew_point: { ...weather.functions['dew_point']!, version: 2 } } };
    const changed = compile(rules, { functions: next }).plan!;
    const state = (to: typeof changed) =>
      [...matchState(plan as Plan, to as Plan).nodes.values()]
        .filter(({ id }) => id === 'air#1m')
        .map(({ kept }) => kept);
    expect(state(plan!)).toEqual([true]);
    expect(state(changed)).toEqual([false]);
  });

  it('starts empty what another version has made, as `stateChanges` says before', async () => {
    const rules = `${STREAM} rule damp on air { low when avg(dew_point(temp, humidity), 1m) > 59 degF }`;
    const state = join(folder, 'versions');
    const { plan } = compile(rules, { functions: weather });
    const first = start(plan!, { functions: weather, state });
    await first.push('air', [{ room: 'r1', temp: 86, humidity: 80, ts: BEGIN_MS }]);
    await first.stop();
    const next = { ...weather, functions: { dew_point: { ...weather.functions['dew_point']!, version: 2 } } };
    const changes = async (functions: FunctionModule) =>
      (await stateChanges(compile(rules, { functions }).plan!, state)).map(
        ({ kind, state: what }) => `${kind} ${what}`,
      );
    expect(await changes(weather)).toEqual(['stream kept', 'range kept', 'rule kept']);
    expect(await changes(next)).toEqual(['stream kept', 'range empty', 'rule kept']);
    expect((await stateChanges(compile(rules, { functions: next }).plan!, state))[1]!.reason).toContain('another way');
  });

  it('that a plan calls has to be here', async () => {
    const rules = `${STREAM} rule even on air { low when is_even(n) }`;
    const { plan } = compile(rules, { functions: weather });
    await expect(start(plan!).done).rejects.toThrow(coded('MR7210'));
    await expect(start(plan!, { functions: faulty }).done).rejects.toThrow(coded('MR7210'));
    const newer = JSON.parse(JSON.stringify(plan).replace('"version":1}', '"version":2}'));
    await expect(start(newer, { functions: weather }).done).rejects.toThrow(
      'the plan calls the function is_even, version 2, and version 1 is here',
    );
  });
});

it('makes rounds smaller where functions take long', () => {
  const { plan } = compile(`${STREAM} stream out = from air select is_even(n) as a, is_even(n + 1) as b`, {
    functions: weather,
  });
  const own = (costNs: number) => {
    const evaluate = () => null;
    return new OwnFunctions([{ name: 'is_even', version: 1, result: 'bool', isWhole: false, costNs, evaluate }]);
  };
  expect(eventsPerRound(plan as Plan, own(10), 8_192)).toBe(8_192);
  expect(eventsPerRound(plan as Plan, own(1e6), 8_192)).toBe(25);
  expect(eventsPerRound(plan as Plan, own(1e9), 8_192)).toBe(1);
  expect(eventsPerRound(plan as Plan, new OwnFunctions([]), 8_192)).toBe(8_192);
});

describe('loadFunctions', () => {
  it('refuses what is no module of functions, and says why', async () => {
    await expect(loadFunctions(moduleUrl('there-is-none.ts'))).rejects.toThrow(coded('MR7211'));
    await expect(loadFunctions(moduleUrl('none.ts'))).rejects.toThrow('half is no function definition');
    const broken = (definition: string) => {
      const file = join(folder, `${broken.count++}.mjs`);
      writeFileSync(file, `export const f = ${definition};`);
      return pathToFileURL(file);
    };
    broken.count = 0;
    const rest = 'doc: "x", version: 1, isPure: true, costNs: 1, evaluate: () => 1';
    for (const [definition, problem] of [
      ['{}', 'has no `evaluate`'],
      [`{ ${rest}, isPure: false, parameters: [], result: { type: "int" } }`, 'has no `isPure: true`'],
      [`{ ${rest}, parameters: [] }`, 'has no `result`'],
      [`{ ${rest}, version: 1.5, parameters: [], result: { type: "int" } }`, 'has no `version`'],
      [`{ ${rest}, parameters: [{ name: "a" }], result: { type: "int" } }`, 'a parameter without a name or a type'],
      [`{ ${rest}, parameters: [], result: { type: "float", unit: "degX" } }`, 'names a unit that is none'],
    ]) {
      await expect(loadFunctions(broken(definition!)), definition).rejects.toThrow(problem);
    }
  });

  it('refuses a name that the language has', () => {
    const functions = { ...weather, functions: { abs: weather.functions['grade']! } };
    expect(() => compile(STREAM, { functions })).toThrow(coded('MR7205'));
  });
});

function coded(code: string): MillraceError {
  return expect.objectContaining({ code });
}

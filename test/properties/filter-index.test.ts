import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { condition, DEVICES, events, lengths, LETTERS, push, SOURCE, type TestEvent } from './guarded-events.ts';
import { runs } from '../oracle/runs.ts';

const RUN = runs(60);

/** What reads a filter's rows: it keeps time, or sees the rows alone. NAME is the stream's. */
const READERS = [
  'stream NAME_rows = from NAME select x * 2 as twice, n, note, time as at_time',
  'stream NAME_rest = from NAME where x > 1 or note == "b" select x',
  'stream NAME_prev = from NAME select x - prev(x) as step, avg(x, 5s) as mean',
  'stream NAME_panes = from NAME window tumbling 5s select count() as n, max(x) as peak',
  'stream NAME_kinds = from NAME window tumbling 5s by kind select count() as n',
  'stream NAME_match = match a: NAME[ok] -> not NAME[x > 3] for 5s within 1m select a.x as x',
  'rule NAME_held on NAME { high when x > 1 for 3s  clear when x < 0 }',
  'rule NAME_one on NAME { high when x > 1 }',
];
/** Filters that share an index there as well. */
const NESTED = LETTERS.map(note => `stream NAME_of_${note} = from NAME where note == "${note}" select x, n`).join('\n');

const filter = fc.record({
  view: fc.constantFrom('s', 's', 's', 'warm'),
  where: condition,
  shown: fc.constantFrom('', ' select x, note, kind', ' select x + 1 as more, 7 as seven, ok'),
  readers: fc.subarray([...READERS, NESTED], { maxLength: 3 }),
});
const programs = fc.record({
  clock: fc.constantFrom('', 'lateness 3s'),
  filters: fc.array(filter, { minLength: 3, maxLength: 8 }),
});

/** No row passes them: they make whatever the others are found by worth an index. */
const FILLERS = ['s', 'warm'].flatMap(view => {
  const texts = (values: readonly string[]) => values.map(value => `"${value}"`).join(', ');
  const lists = [`device in (${texts(DEVICES)})`, `kind in (${texts(LETTERS)})`, `note in (${texts(LETTERS)})`];
  const equal = [...lists, 'n in (-2, -1, 0, 1, 2, 3, 4, 5)'].map(list => `${list} and x > 100`);
  const limits = ['x > ', 'x < -', 'n > '].flatMap(side => Array.from({ length: 8 }, (_, i) => `${side}${100 + i}`));
  return [...equal, ...limits].map((where, i) => `stream ${view}_none${i} = from ${view} where ${where}`);
});

test('streams that are found by an index give what each gives that looks at all rows', () => {
  fc.assert(
    fc.property(programs, events, lengths, (program, all, batchLengths) => {
      const together = run(planOf(program), all, batchLengths);
      program.filters.forEach((_, i) => {
        const alone = run(planOf(program, i), all, [all.length]);
        const own = Object.entries(together).filter(([name]) => /^f(\d)/.exec(name)![1] === String(i));
        expect(Object.fromEntries(own)).toEqual(alone);
      });
    }),
    RUN,
  );
});

test('they go on from a state of streams alone, and these from theirs', () => {
  fc.assert(
    fc.property(programs, events, lengths, fc.nat(), (program, all, batchLengths, at) => {
      const cut = at % (all.length + 1);
      const plan = planOf(program);
      const before = new Engine(plan);
      push(before, plan, all.slice(0, cut), batchLengths);
      const snapshot = before.snapshot();
      const whole = run(plan, all, batchLengths);
      const rest = run(plan, all.slice(cut), batchLengths, { snapshot });
      for (const [name, outputs] of Object.entries(rest)) expect(whole[name]!.slice(-outputs.length)).toEqual(outputs);
    }),
    { ...RUN, numRuns: Math.ceil(RUN.numRuns / 4) },
  );
});

type Program = {
  readonly clock: string;
  readonly filters: readonly {
    readonly view: string;
    readonly where: string;
    readonly shown: string;
    readonly readers: readonly string[];
  }[];
};

/** `only`: the one filter that it has, which then is in no index, with what reads it. */
function planOf({ clock, filters }: Program, only?: number): Plan {
  const texts = filters.map(({ view, where, shown, readers }, i) =>
    [
      `stream f${i} = from ${view} where ${where}`,
      ...(shown === '' ? [] : [`stream f${i}_shown = from ${view} where ${where}${shown}`]),
      ...(only === undefined ? readers : readers.map(withoutIndex)).map(reader => reader.replaceAll('NAME', `f${i}`)),
    ].join('\n'),
  );
  const shown = only === undefined ? [...texts, ...FILLERS] : [texts[only]!];
  const text = [SOURCE.replace('CLOCK', clock), ...shown].join('\n');
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** The same condition, but for what finds it. */
function withoutIndex(reader: string): string {
  return reader.replaceAll(/where note == (".")/g, 'where not (note != $1)');
}

/** Rows and alerts to the end of the source, by what gives them and key. */
function run(
  plan: Plan,
  all: readonly TestEvent[],
  batchLengths: readonly number[],
  options: EngineOptions = {},
): Readonly<Record<string, readonly unknown[]>> {
  const outputs: Record<string, unknown[]> = {};
  const add = (name: string, key: unknown, output: unknown) => {
    (outputs[`${name} ${JSON.stringify(key)}`] ??= []).push(output);
  };
  const streams = plan.nodes.flatMap(({ id }) => (/^f\d\w*$/.test(id) ? [id] : []));
  const engine = new Engine(plan, {
    ...options,
    rowStreams: streams,
    onRows: batch => batch.rows.forEach(row => add(batch.stream, row.key, row)),
    onAlert: change => add(change.rule, change.key, change),
  });
  push(engine, plan, all, batchLengths);
  engine.finish('s');
  return outputs;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { PlanError, validatePlan } from '../../dsl/validate-plan.ts';

const PLAN: unknown = compile({
  file: 'a.mill',
  text: `stream motor from file "m.csv" { key device: symbol  site: symbol  temp: float degC  q: quality  time ts as ms  unique by temp within 1m }
    stream s = from motor where temp > avg(temp, 1h) by site window tumbling 1m select max(temp) as hottest having hottest > 3 degC
    rule hot on motor { high when temp > 85 degC and changed(site) for 30s  message "{device} {temp}" }
    stream lates = from late(motor) select temp, event_time
    store motor keep 1d
    rule flood on alerts where rule == "hot" and severity >= high { low when count(1m) > 3 }
    route alerts where severity >= high to log`,
}).plan;

const SUPPRESSED: unknown = compile({
  file: 'a.mill',
  text: `stream motor from file "m.csv" { key device: symbol  temp: float degC  time ts as ms }
    rule hot on motor { high when temp > 85 degC  suppress when alert("off", device) and temp < 99 degC }
    rule off on motor { high when temp < 0 degC }`,
}).plan;

describe('a plan from outside', () => {
  it.each([
    ['nothing', [], null, '$ is null, not an object'],
    ['another version', ['version'], 2, '$.version is 2; this engine runs version 1'],
    ['no list', ['nodes'], {}, '$.nodes is {}, not a list'],
    ['no node', ['nodes', 1], 'filter', '$.nodes[1] is "filter", not an object'],
    ['an unknown kind', ['nodes', 1, 'kind'], 'join', '$.nodes[1].kind is "join", which is none of'],
    ['an inherited kind', ['nodes', 1, 'kind'], 'toString', '$.nodes[1].kind is "toString", which is none of'],
    ['an unknown input', ['nodes', 2, 'input'], 'later', '$.nodes[2].input is "later", and no view before has this id'],
    ['an id twice', ['nodes', 2, 'id'], 'motor', '$.nodes[2].id is "motor", as another node\'s'],
    [
      'an unknown column',
      ['nodes', 1, 'aggregates', 0, 'arguments', 0],
      'tmp',
      '$.nodes[1].aggregates[0].arguments[0] is "tmp", which the input does not have',
    ],
    [
      'an unknown aggregate',
      ['nodes', 1, 'aggregates', 0, 'aggregate'],
      'mean',
      '$.nodes[1].aggregates[0].aggregate is "mean", which is none of',
    ],
    [
      'a condition that is none',
      ['nodes', 2, 'condition'],
      { kind: 'column', type: 'float', column: 'temp' },
      '$.nodes[2].condition is a float; a condition is a bool',
    ],
    [
      'a column of another type',
      ['nodes', 2, 'condition', 'left', 'type'],
      'symbol',
      '$.nodes[2].condition.left.type is "symbol", and the column is a float',
    ],
    [
      'an operator that is none',
      ['nodes', 2, 'condition', 'operator'],
      '<>',
      '$.nodes[2].condition.operator is "<>", which is none of',
    ],
    ['a key that is no field', ['nodes', 0, 'key', 0], 'id', '$.nodes[0].key[0] is "id", which is no field'],
    [
      'repetitions by what is no field',
      ['nodes', 0, 'unique', 'fields', 0],
      'id',
      '$.nodes[0].unique.fields[0] is "id", which is no field',
    ],
    ['repetitions of any time', ['nodes', 0, 'unique', 'isOfTime'], 1, '$.nodes[0].unique.isOfTime is 1, not true or'],
    ['repetitions of no time', ['nodes', 0, 'unique', 'withinUs'], 0, '$.nodes[0].unique.withinUs is 0, not a number'],
    ['a negative lateness', ['nodes', 0, 'latenessUs'], -1, '$.nodes[0].latenessUs is -1, not a number from 0'],
    [
      'a field that is missing',
      ['nodes', 0, 'latenessUs'],
      undefined,
      '$.nodes[0].latenessUs is missing, not a number from 0',
    ],
    ['neither late nor rejected', ['nodes', 7, 'side'], 'early', '$.nodes[7].side is "early", which is none of'],
    ['late rows', ['nodes', 7, 'input'], 's', '$.nodes[7].input is "s", which is no source'],
    ['late events without key', ['nodes', 7, 'fields', 0, 'name'], 'site', '$.nodes[7].fields lacks "device"'],
    ['a late field of another type', ['nodes', 7, 'fields', 1, 'type'], 'int', '$.nodes[7].fields has "temp" as a int'],
    ['a value of what has none', ['nodes', 7, 'side'], 'rejected', '$.nodes[7].fields has "temp", which it cannot'],
    ['a window of no zone', ['nodes', 4, 'zone'], 'Mars/Base', '$.nodes[4].zone is "Mars/Base", which is no time zone'],
    ['early rows at no time', ['nodes', 4, 'emitEveryUs'], 0, '$.nodes[4].emitEveryUs is 0, not a number from 1'],
    ['a window that nothing revises', ['nodes', 4, 'reviseUs'], 0, '$.nodes[4].reviseUs is 0, not a number from 1'],
    ['alerts of no rule', ['nodes', 12, 'rules', 0], 'hot', '$.nodes[12].rules[0] is "hot", and no rule before has'],
    ['alerts of a row', ['nodes', 12, 'input'], 's', '$.nodes[12].input is "s", which is no source'],
    ['alerts without their key', ['nodes', 12, 'fields', 0, 'name'], 'x', '$.nodes[12].fields lacks "device"'],
    ['a severity that is a text', ['nodes', 12, 'fields', 2, 'type'], 'string', '$.nodes[12].fields has "severity"'],
    ['a latch that is none', ['nodes', 11, 'isLatched'], 1, '$.nodes[11].isLatched is 1, not true'],
    ['an escalation to nothing', ['nodes', 11, 'escalate'], {}, '$.nodes[11].escalate.severity is missing'],
    ['a window without a size', ['nodes', 4, 'sizeUs'], 0, '$.nodes[4].sizeUs is 0, not a number from 1'],
  ] satisfies [string, (string | number)[], unknown, string][])('%s', (_, path, value, problem) => {
    expect(problemsOf(replaced(PLAN, path, value)).find(found => found.startsWith(problem))).toBeDefined();
  });

  it('looks back at no early rows', () => {
    const { plan } = compile({
      file: 'a.mill',
      text: `stream motor from file "m.csv" { key device: symbol  temp: float  time ts as ms }
        stream s = from motor window tumbling 1m select max(temp) as t, prev(max(temp)) as before`,
    });
    const at = plan!.nodes.findIndex(node => node.kind === 'tumbling-window');
    expect(problemsOf(plan)).toEqual([]);
    expect(problemsOf(replaced(plan, ['nodes', at, 'emitEveryUs'], 10))).toEqual([
      `$.nodes[${at + 1}].input has early rows, which nothing may look back at`,
    ]);
  });

  it.each([
    [
      'what suppresses is not what its columns are',
      ['condition', 'right', 'type'],
      'float',
      'and the column is a bool',
    ],
    ['a column that is not there', ['columns', 0, 'column'], 'x', '.columns[0].column is "x", which the input does'],
    [
      'a column of another type',
      ['columns', 0, 'type'],
      'int',
      '.columns[0].type is "int", and the column is a symbol',
    ],
    [
      'a rule that is not there',
      ['alerts', 0, 'rule'],
      'rule:x',
      '.alerts[0].rule is "rule:x", and no rule has this id',
    ],
    [
      'a key that is not read',
      ['alerts', 0, 'key', 0],
      'temp',
      '.alerts[0].key[0] is "temp", which the input does not',
    ],
  ] satisfies [string, (string | number)[], unknown, string][])('%s', (_, path, value, problem) => {
    const { nodes } = SUPPRESSED as { readonly nodes: readonly { readonly id: string }[] };
    const place = nodes.findIndex(({ id }) => id === 'rule:hot');
    const found = problemsOf(replaced(SUPPRESSED, ['nodes', place, 'suppress', ...path], value));
    expect(found.find(each => each.includes(problem))).toBeDefined();
  });

  it.each([
    ['no range', ['range'], undefined, '.range is missing, not an object'],
    ['no constants', ['parameters'], [], '.parameters has 0 of 3'],
    ['a column too many', ['arguments', 1], 'temp', '.arguments has 2 of 1'],
    ['no time ahead', ['parameters', 0], 0, '.parameters[0] is 0, not a number from 1'],
    ['an interval that has everything', ['parameters', 1], 1, '.parameters[1] is 1, and only less is a probability'],
  ] satisfies [string, (string | number)[], unknown, string][])('a forecast with %s', (_, path, value, problem) => {
    const { plan } = compile({
      file: 'a.mill',
      text: `stream motor from file "m.csv" { key device: symbol  temp: float  time ts as ms }
        stream s = from motor select forecast(temp, 2h, 1d, season 7d) as ahead`,
    });
    const at = plan!.nodes.findIndex(node => node.kind === 'detector');
    expect(problemsOf(plan)).toEqual([]);
    const found = problemsOf(replaced(plan, ['nodes', at, ...path], value));
    expect(
      found.find(each => each.startsWith(`$.nodes[${at}]${problem}`)),
      found.join('\n'),
    ).toBeDefined();
  });

  it('a rule on matches has nothing that lasts', () => {
    const { plan } = compile({
      file: 'a.mill',
      text: `stream motor from file "m.csv" { key device: symbol  temp: float  time ts as ms }
        rule r on a: motor -> b: motor within 1m { high when b.temp > a.temp  clear when b.temp < a.temp }`,
    });
    const at = plan!.nodes.findIndex(node => node.kind === 'rule');
    const problemsWith = (path: readonly (string | number)[], value: unknown) =>
      problemsOf(replaced(plan, ['nodes', at, ...path], value));
    expect(problemsOf(plan)).toEqual([]);
    expect(problemsWith(['isMomentary'], false)).toEqual([`$.nodes[${at}].isMomentary is false, not true`]);
    expect(problemsWith(['levels', 0, 'forUs'], 1)[0]).toMatch(/levels\[0\]\.forUs is not 0, and nothing lasts/);
    expect(problemsWith(['clear', 'forUs'], 1)[0]).toMatch(/clear\.forUs is not 0/);
    const whileOn = { condition: 'r#match#b.temp > a.temp', settleUs: 0 };
    expect(problemsWith(['while'], whileOn)[0]).toMatch(/while is there, and a momentary rule has none/);
  });

  it('is checked whole: problems are listed together', () => {
    const broken = replaced(replaced(PLAN, ['nodes', 0, 'idleUs'], 'x'), ['nodes', 4, 'sizeUs'], 0);
    expect(problemsOf(broken)).toHaveLength(2);
  });

  it('never makes the check itself fail, wherever a value is another', () => {
    const paths = pathsOf(PLAN);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const changed = replaced(PLAN, path, value);
        try {
          expect(validatePlan(changed)).toBe(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(PlanError);
        }
      }),
    );
  });
});

function problemsOf(plan: unknown): readonly string[] {
  try {
    validatePlan(plan);
    return [];
  } catch (error) {
    if (error instanceof PlanError) return error.problems;
    throw error;
  }
}

/** A copy in which the value at a path is another. */
function replaced(json: unknown, [first, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (first === undefined) return value;
  const copy: unknown = Array.isArray(json) ? [...json] : { ...(json as object) };
  const record = copy as Record<string | number, unknown>;
  record[first] = replaced(record[first], rest, value);
  return copy;
}

function pathsOf(json: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof json !== 'object' || json === null) return [[...path]];
  const keys = Array.isArray(json) ? json.map((_, index) => index) : Object.keys(json);
  return [[...path], ...keys.flatMap(key => pathsOf((json as Record<string | number, unknown>)[key], [...path, key]))];
}

import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { describeExpression } from '../../dsl/describe-expression.ts';
import { explainPlan } from '../../dsl/explain-plan.ts';
import { patternDiagrams } from '../../dsl/explain-pattern.ts';
import { inputsOf, type MatchNode, type MergeNode, type Plan, type RekeyNode, type RuleNode } from '../../dsl/plan.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';

const STREAMS = `
stream motor from memory "motor" json {
  key device: symbol  site: symbol  temp: float degC  rms: float mm/s  state: symbol  time ts as ms  lateness 2s
}
stream gauge from memory "gauge" json { key device: symbol  bar: float  q: quality  time ts as ms }
stream current from memory "current" json { key device: symbol  site: symbol  amps: float A  time ts as ms  lateness 3s }
stream door from memory "door" json { key door: symbol  site: symbol  time: float  open: bool  time ts as ms }
table devices from file "devices.csv" key device: symbol { rated: float degC }
`;

describe('patterns become nodes', () => {
  it.each([
    [
      'over one stream',
      'match a: motor -> b: motor within 5s select a.temp',
      ['match s#match <motor', 'select s <s#match'],
    ],
    [
      'over a stream that is made of another',
      'match a: hot -> b: hot within 5s select a.temp',
      ['filter hot#where <motor', 'select hot <hot#where', 'match s#match <hot', 'select s <s#match'],
    ],
    [
      'conditions of rows are columns of their stream, in which ranges, earlier values and tables stand',
      'match a: motor[temp > avg(temp, 1h) and becomes(rms > 3 mm/s)] -> b: motor[temp > devices[device].rated] within 5s select a.temp',
      [
        'range motor#1h <motor',
        'compute motor#rms > 3 <motor',
        'history motor#becomes(rms > 3) <motor',
        'lookup motor#devices[device] <motor',
        'compute motor#temp > avg(temp, 1h) and becomes(rms > 3) <motor',
        'compute motor#temp > devices[device].rated <motor',
        'match s#match <motor',
        'select s <s#match',
      ],
    ],
    [
      'over several streams, in the order of the file',
      'match a: current -> b: motor within 5s unless current[amps > 3 A] select a.amps',
      [
        'compute current#amps > 3 <current',
        'merge s#merge <motor,current',
        'match s#match <s#merge',
        'select s <s#match',
      ],
    ],
    [
      'by another key',
      'match a: motor -> b: door within 5s by site select a.temp',
      [
        'rekey s#by(motor) <motor',
        'rekey s#by(door) <door',
        'merge s#merge <s#by(motor),s#by(door)',
        'match s#match <s#merge',
        'select s <s#match',
      ],
    ],
    [
      'values, having and look-ups of matches',
      'match a: motor -> b: motor within 5s lookup d = devices[device] select b.time - a.time as took, d.rated, count(1h) as n having took > 3s',
      [
        'match s#match <motor',
        'compute s#match#b.time - a.time <s#match',
        'lookup s#match#devices[device] <s#match',
        'range s#match#1h <s#match',
        'filter s#having <s#match',
        'select s <s#having',
      ],
    ],
    [
      'windows over matches',
      'match a: motor -> b: motor within 5s window tumbling 1m select count() as n, max(a.temp) as t having t > 3 degC',
      ['match s#match <motor', 'tumbling-window s#window <s#match', 'filter s#having <s#window', 'select s <s#having'],
    ],
  ])('%s', (_, written, shape) => {
    const plan = compiled(`stream hot = from motor where temp > 90 degC\nstream s = ${written}`);
    const own = plan.nodes.filter(node => node.kind !== 'source' && node.kind !== 'table');
    const nodes = own.map(node => `${node.kind} ${node.id} <${inputsOf(node).join()}`);
    const isOfHot = (text: string) => text.includes(' hot');
    expect(nodes.filter(text => shape.some(isOfHot) || !isOfHot(text))).toEqual(shape);
  });

  it('equal patterns of two rules are matched once', () => {
    const of = 'a: motor[temp > 90 degC] -> b: motor[rms > a.rms] within 5s';
    const { nodes } = compiled(`rule one on ${of} { high }\nrule two on ${of} { low  clear after 5s }`);
    expect(nodes.filter(({ kind }) => kind === 'match').map(({ id }) => id)).toEqual(['one#match']);
    expect(nodes.filter(({ kind }) => kind === 'rule').map(node => inputsOf(node))).toEqual([
      ['one#match'],
      ['one#match'],
    ]);
  });
});

it('a message may compute with two values of what is bound', () => {
  const text = `${STREAMS}rule r on a: motor -> v: motor{3} within 5s {
    high
    message "{v.last.time - a.time}, {v.last.time-a.time}, {v.last.temp - a.temp}, {avg(v.rms) / a.rms}"
  }`;
  const { plan, diagnostics } = compile({ file: 'a.mill', text });
  expect(diagnostics).toEqual([]);
  const rule = plan!.nodes.find(node => node.kind === 'rule')!;
  const [took, warmer, times] = ['v.last.time - a.time', 'v.last.temp - a.temp', 'avg(v.rms) / a.rms'];
  expect(rule.message).toEqual([
    { value: took },
    ', ',
    { value: took },
    ', ',
    { value: warmer },
    ', ',
    { value: times },
  ]);
  expect(rule.values.map(({ column: _, ...value }) => value)).toEqual([
    { name: took, type: 'duration' },
    { name: warmer, type: 'float', unit: 'K' },
    { name: times, type: 'float' },
  ]);
});

describe('a match node', () => {
  it.each<[string, MatchNode['root']]>([
    ['a: motor', event(0)],
    ['(a: motor){3}', event(0, 3, 3)],
    [
      '(a: motor{2}){3} -> b: motor',
      sequence([sequence([event(0, 2, 2)], [], { min: 3, max: 3 }), event(1)], ['next']),
    ],
    ['a: motor+ ~> b: motor{2,5}', sequence([event(0, 1, null), event(1, 2, 5)], ['strict'])],
    [
      'a: motor -> not motor for 3s -> b: motor',
      sequence([event(0), { kind: 'absence', event: 1, forUs: 3_000_000 }, event(2)], ['next', 'next']),
    ],
    [
      '(a: motor -> b: motor within 3s){2,} -> c: motor?  -> d: motor',
      sequence(
        [
          sequence([event(0), event(1)], ['next'], { withinUs: 3_000_000, min: 2, max: null }),
          event(2, 0, 1),
          event(3),
        ],
        ['next', 'next'],
      ),
    ],
    [
      '(a: motor or (b: motor and c: motor)? ) -> d: motor',
      sequence(
        [
          {
            kind: 'any',
            parts: [event(0), { kind: 'all', parts: [event(1), event(2)], min: 1, max: 1 }],
            min: 1,
            max: 1,
          },
          event(3),
        ],
        ['next'],
      ),
    ],
  ])('has the parts of %s', (steps, root) => {
    const written = steps.replace('c: motor)?', 'c: motor)');
    expect(matchOf(`stream s = match ${written} within 5s select 1 as one`).root).toEqual(root);
  });

  it('parts a condition: what is of the row alone becomes a column', () => {
    const { events } = matchOf(
      'stream s = match a: motor[a.temp > 90 degC] -> b: motor[temp > a.temp and state == "on" and rms > 2 * a.rms + 1 mm/s and true] within 5s select 1 as one',
    );
    expect(events[0]).toMatchObject({ name: 'a', rows: null, when: 'motor#temp > 90', condition: null });
    expect(events[1]).toMatchObject({ name: 'b', when: 'motor#state == "on"' });
    expect(textOf(events[1]!.condition)).toBe('temp > s#a.temp and rms > 2 * s#a.rms + 1');
  });

  it('looks at good readings, but where a condition asks for the quality itself', () => {
    const { events } = matchOf(
      'stream s = match a: gauge[bar > 1] -> b: gauge[q != bad] -> c: current -> d: gauge[b.q is null] within 5s unless gauge select 1 as one',
    );
    const isGood = 's#gauge#gauge#q == good';
    expect(events.map(({ rows }) => rows)).toEqual([isGood, 's#gauge#here', 's#current#here', isGood, isGood]);
  });

  it('keeps what is asked for, each value once', () => {
    const { values } = matchOf(
      `stream s = match a: motor -> v: motor[rms > v.last.rms or v is null]{2,5} -> c: motor within 5s
        select v[2].rms as second, v.last.rms as last, v.first.rms as first, avg(v.rms) as mean, range(v.temp) as spread, max(v.rms * 2) as double,
          count(v) as n, count(v.state) as states, a.time, c.state, v.last.rms - v.first.rms as grown, a.device as device_too`,
    );
    expect(values).toEqual([
      value('v.last.rms', 1, { kind: 'last' }, 'rms', 'float'),
      value('v.last.time', 1, { kind: 'last' }, 'time', 'time'),
      value('v[2].rms', 1, { kind: 'index', index: 1 }, 'rms', 'float'),
      value('v.first.rms', 1, { kind: 'first' }, 'rms', 'float'),
      value('avg(v.rms)', 1, { kind: 'aggregate', aggregate: 'avg' }, 'rms', 'float'),
      value('range(v.temp)', 1, { kind: 'aggregate', aggregate: 'spread' }, 'temp', 'float'),
      value('max(rms * 2)', 1, { kind: 'aggregate', aggregate: 'max' }, 'motor#rms * 2', 'float'),
      value('count(v)', 1, { kind: 'aggregate', aggregate: 'count' }, null, 'int'),
      value('count(v.state)', 1, { kind: 'aggregate', aggregate: 'count' }, 'state', 'int'),
      value('a.time', 0, { kind: 'last' }, 'time', 'time'),
      value('c.state', 2, { kind: 'last' }, 'state', 'symbol'),
      value('a.device', 0, { kind: 'last' }, 'device', 'symbol'),
    ]);
  });

  it('has the bounds that are written, and those that are not', () => {
    const bounds = (clauses: string, head = 'stream s = match', tail = 'select 1 as one') => {
      const { withinUs, skip, on, unless, maxPartial } = matchOf(`${head} a: motor -> b: motor ${clauses} ${tail}`);
      return { withinUs, skip, on, unless, maxPartial };
    };
    const plain = { withinUs: 5_000_000, skip: 'none', on: 'match', unless: [], maxPartial: 1_000 };
    expect(bounds('within 5s')).toEqual(plain);
    expect(bounds('within 5s', 'rule r on', '{ high }')).toEqual({ ...plain, skip: 'past-last' });
    expect(bounds('within 5s skip none', 'rule r on', '{ high }')).toEqual(plain);
    expect(bounds('within 5s skip past last on timeout')).toEqual({ ...plain, skip: 'past-last', on: 'timeout' });
    expect(bounds('within 5s max 1 partial')).toEqual({ ...plain, maxPartial: 1 });
    expect(bounds('max 1000000 partial skip none within 5s', 'rule r on', '{ high }')).toEqual({
      ...plain,
      maxPartial: 1_000_000,
    });
    expect(bounds('within 5s unless motor unless motor[temp > a.temp] between [a, b]').unless).toEqual([
      { event: 2, between: null },
      { event: 3, between: [0, 1] },
    ]);
  });

  it('over several streams reads their columns under names of their own', () => {
    const { nodes } = compiled(
      'stream s = match a: current[amps > 3 A] -> b: motor[temp > 3 degC and rms > 2 mm/s] within 5s unless door by site select a.amps, b.time, a.time - b.time as took',
    );
    const merge = nodes.find((node): node is MergeNode => node.kind === 'merge')!;
    const match = nodes.find((node): node is MatchNode => node.kind === 'match')!;
    expect(merge.key).toEqual([{ name: 'site', type: 'symbol' }]);
    expect(merge.inputs.map(({ input, columns }) => [input, ...columns.map(({ column }) => column)])).toEqual([
      ['s#by(motor)', 'motor#temp > 3 and rms > 2'],
      ['s#by(current)', 'current#amps > 3', 'amps'],
      ['s#by(door)'],
    ]);
    expect(match.events.map(({ rows }) => rows)).toEqual([1, 0, 2].map(place => merge.inputs[place]!.isHere));
    expect(match.values.map(({ column }) => column)).toEqual(['s#current#amps', 'time', 'time']);
    const rekeyed = nodes.filter((node): node is RekeyNode => node.kind === 'rekey');
    expect(rekeyed.map(({ fields }) => fields.map(({ name }) => name))).toEqual([
      ['site', 'motor#temp > 3 and rms > 2'],
      ['site', 'current#amps > 3', 'amps'],
      ['site'],
    ]);
  });

  it('asks what `across` says as soon as all that it names is bound', () => {
    const conditionsOf = (steps: string, across: string) =>
      matchOf(`stream s = match ${steps} within 5s across ${across} select 1 as one`).events.map(({ condition }) =>
        textOf(condition),
      );
    const same = 'a.site == b.site';
    expect(conditionsOf('a: motor -> b: door', same)).toEqual([null, 's#a.site == s#door#site']);
    expect(conditionsOf('a: motor -> b: door -> c: door', `${same} and b.site == c.site`)).toEqual([
      null,
      's#a.site == s#door#site',
      's#b.site == s#door#site',
    ]);
    expect(conditionsOf('(a: motor and b: door) -> c: door', same)).toEqual([
      's#count(b) == 0 or s#motor#site == s#b.site',
      's#count(a) == 0 or s#a.site == s#door#site',
      null,
    ]);
    expect(conditionsOf('a: motor? -> b: door', same)).toEqual([null, 's#count(a) == 0 or s#a.site == s#door#site']);
  });
});

describe('conditions that go together', () => {
  it('of severities and of texts are not taken for contradictory', () => {
    const { nodes } = compiled(`
      rule hot on motor { high when temp > 90 degC  clear after 5s }
      stream changes = from alerts where rule == "hot" select severity, change
      rule r on a: changes[severity >= high and severity == critical] -> b: changes[severity in (medium, high) and severity > low]
        within 5m { high  clear after 5s }
      rule s on a: motor[state >= "b" and state == "c"] -> b: motor within 5m { high  clear after 5s }`);
    expect(nodes.filter(({ kind }) => kind === 'match')).toHaveLength(2);
  });

  it('of severities that leave none are told', () => {
    const text = `${STREAMS}
      rule hot on motor { high when temp > 90 degC  clear after 5s }
      stream changes = from alerts where rule == "hot" select severity
      stream x = match a: changes[severity >= high and severity == low] -> b: changes within 5m select b.severity as worst`;
    expect(compile({ file: 'a.mill', text }).diagnostics.map(({ code }) => code)).toEqual(['MR3043']);
  });
});

describe('a rule on a pattern', () => {
  it('may be cleared by a match at which its `while` holds no level', () => {
    const { nodes } = compiled(`
      rule r on t: motor[temp > 90 degC] -> v: motor[rms > 7 mm/s] within 5m {
        high  while t.state == "on"  clear when v.rms < 8 mm/s  clear after 30m
      }`);
    expect(nodes.find(({ kind }) => kind === 'rule')).toMatchObject({ clear: { forUs: 0 }, isMomentary: true });
  });

  it('holds at matches, and carries what its conditions and message name', () => {
    const { nodes } = compiled(`
      rule r on t: motor[temp > 90 degC] -> v: motor[rms > 7 mm/s]{3} within 5m lookup d = devices[device] {
        high
        critical when v.last.rms > 2 * v.first.rms and d.rated > t.temp
        while t.state == "on"
        clear after 30m  cooldown 1h  latch
        message "{device}: {t.temp}, {v.last.rms} {v[2].rms} {avg(v.rms)} {count(v)} {d.rated} at {time}"
      }`);
    const rule = nodes.find((node): node is RuleNode => node.kind === 'rule')!;
    expect(rule).toMatchObject({
      input: 'r#match',
      isMomentary: true,
      while: null,
      levels: [
        { severity: 'high', when: 'r#match#t.state == "on"', forUs: 0, gapUs: null },
        { severity: 'critical', forUs: 0, gapUs: null },
      ],
      clear: null,
      clearAfterUs: 1_800_000_000,
      quality: { column: null },
    });
    expect(rule.values).toEqual([
      { name: 'v.last.rms', type: 'float', unit: 'mm/s', column: 'r#v.last.rms' },
      { name: 'v.first.rms', type: 'float', unit: 'mm/s', column: 'r#v.first.rms' },
      { name: 'devices[device].rated', type: 'float', unit: 'degC', column: 'r#match#devices[device].rated' },
      { name: 't.temp', type: 'float', unit: 'degC', column: 'r#t.temp' },
      { name: 'v[2].rms', type: 'float', unit: 'mm/s', column: 'r#v[2].rms' },
      { name: 'avg(v.rms)', type: 'float', unit: 'mm/s', column: 'r#avg(v.rms)' },
      { name: 'count(v)', type: 'int', column: 'r#count(v)' },
    ]);
  });

  it('has the key of its streams, or that of `by`', () => {
    const text = `rule one on a: motor -> b: motor within 5s { high }
      rule two on a: motor -> b: current within 5s by site { high message "{site}" }
      rule all on a: motor -> b: motor within 5s across a.site == b.site { high message "{a.site}" }
      test "keys" { expect one("m") raised  expect two("s") raised  expect all raised }`;
    expect(compiled(text).nodes.filter(({ kind }) => kind === 'rule')).toHaveLength(3);
  });
});

describe('explain', () => {
  const TEXT = `
    stream one = match not motor[state == "off"] for 30s -> t: motor[temp > 90 degC] -> v: motor[rms > t.rms]{3}
      within 5m unless motor[state == "service"] between [t, v] select t.temp
    stream two = match a: motor[temp > 90 degC]{2,5} ~> (b: motor[rms > 3 mm/s] or (c: motor[rms < 3 mm/s] -> d: motor))?
      -> not motor[temp < 80 degC] for 30s within 5m on timeout select a.last.temp
    stream three = match a: motor[temp > 90 degC] -> (b: motor[rms > 3 mm/s] and c: motor[rms < 3 mm/s]){2} within 5m select a.temp
    stream four = match not motor[state == "off"] for 30s -> not motor[temp < 80 degC] for 1m -> a: motor[rms > 3 mm/s] -> b: motor
      within 5m select a.temp
    stream five = match (a: motor -> b: motor[rms > 3 mm/s]{2} within 10s) -> (c: motor -> e: motor within 20s) within 5m select a.temp`;

  it('draws the automaton as text', () => {
    const text = explainPlan(compiled(TEXT));
    expect(drawingOf(text, 'one')).toEqual([
      'start  t where temp > 90 (no motor where state == "off" for 30s before it) → 1',
      '1      v where rms > t.rms → 2',
      '2      v where rms > t.rms, fewer than 3 → 2',
      '2      v where rms > t.rms, number 3 → match',
      'any    motor where state == "service" between t and v → over',
      'any    5m after the first event → over',
      'at most 1,000 partial matches a key, each for less than 5m',
    ]);
    expect(drawingOf(text, 'two')).toEqual([
      'start  a where temp > 90 → 1',
      '1      a where temp > 90, up to 5 → 1',
      '1      b where rms > 3 (with 2 of them) → 2',
      '1      c where rms < 3 (with 2 of them) → 3',
      '3      d → 2',
      '1      any other event → over',
      '2      motor where temp < 80 → over',
      '1      motor where temp < 80 → over',
      '2      30s without motor where temp < 80 → match',
      '1      30s without motor where temp < 80 (with 2 of them) → match',
      'any    5m after the first event → match',
      'at most 1,000 partial matches a key, each for less than 5m',
    ]);
    expect(drawingOf(text, 'three')).toEqual([
      'start     a where temp > 90 → 1',
      '1         all of these, in any order → 2',
      '2: start  b where rms > 3 → done',
      '2: start  c where rms < 3 → done',
      '2         all are there → 3',
      '3         again, up to 2 times → 1',
      '3         after 2 times → match',
      'any       5m after the first event → over',
      'at most 1,000 partial matches a key, each for less than 5m',
    ]);
    expect(drawingOf(text, 'four')).toEqual([
      'start  a where rms > 3 (no motor where state == "off" for 30s before it, no motor where temp < 80 for 1m before it) → 1',
      '1      b → match',
      'any    5m after the first event → over',
      'at most 1,000 partial matches a key, each for less than 5m',
    ]);
  });

  it('draws how long a part may take', () => {
    expect(drawingOf(explainPlan(compiled(TEXT)), 'five')).toEqual([
      'start  a → 1',
      '1      b where rms > 3 → 2',
      '2      b where rms > 3, up to 2 → 2',
      '1      10s after the first event of the part → over',
      '2      10s after the first event of the part (not with 2 of them) → over',
      '2      c (with 2 of them) → 3',
      '3      e → match',
      '3      20s after the first event of the part → over',
      'any    5m after the first event → over',
      'at most 1,000 partial matches a key, each for less than 5m',
    ]);
  });

  it('draws it for Mermaid', () => {
    const [one, , three, four] = patternDiagrams(compiled(TEXT)).split('\n\n');
    expect(four).toContain('before it, no motor where temp < 80 for 1m before it)');
    expect(one).toBe(
      [
        '%% one#match',
        'stateDiagram-v2',
        '  [*] --> s1: t where temp > 90 (no motor where state == "off" for 30s before it)',
        '  s1 --> s2: v where rms > t.rms',
        '  s2 --> s2: v where rms > t.rms, fewer than 3',
        '  s2 --> match: v where rms > t.rms, number 3',
        '  over --> [*]',
        '  match --> [*]',
        '  note right of over',
        '    motor where state == "service" between t and v → over',
        '    5m after the first event → over',
        '  end note',
      ].join('\n'),
    );
    expect(three!.split('\n').slice(1, 8)).toEqual([
      'stateDiagram-v2',
      '  state s2 {',
      '    [*] --> [*]: b where rms > 3',
      '    --',
      '    [*] --> [*]: c where rms < 3',
      '  }',
      '  [*] --> s1: a where temp > 90',
    ]);
  });
});

function compiled(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'a.mill', text: `${STREAMS}${text}` });
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  validatePlan(plan);
  return plan!;
}

function matchOf(text: string): MatchNode {
  return compiled(text).nodes.find((node): node is MatchNode => node.kind === 'match')!;
}

function event(place: number, min = 1, max: number | null = 1): MatchNode['root'] {
  return { kind: 'event', event: place, min, max };
}

function sequence(
  parts: readonly MatchNode['root'][],
  arrows: readonly ('next' | 'strict')[],
  rest: { readonly withinUs?: number; readonly min?: number; readonly max?: number | null } = {},
): MatchNode['root'] {
  return { kind: 'sequence', parts, arrows, withinUs: null, min: 1, max: 1, ...rest };
}

function value(
  name: string,
  place: number,
  take: MatchNode['values'][number]['take'],
  column: string | null,
  type: MatchNode['values'][number]['type'],
): MatchNode['values'][number] {
  return { name: `s#${name}`, event: place, take, column, type };
}

function textOf(condition: MatchNode['events'][number]['condition']): string | null {
  return condition && describeExpression(condition);
}

function drawingOf(explained: string, stream: string): string[] {
  const lines = explained.split('\n').map(line => line.trim());
  const from = lines.indexOf(`match ${stream}#match`);
  const first = lines.findIndex((line, i) => i > from && line.startsWith('start '));
  const last = lines.findIndex((line, i) => i > first && line.startsWith('at most '));
  return lines.slice(first, last + 1);
}

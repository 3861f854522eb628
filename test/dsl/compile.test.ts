import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { explainPlan } from '../../dsl/explain-plan.ts';
import type { Plan, PlanNode, RuleNode, SourceNode } from '../../dsl/plan.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';

const MOTOR = `stream motor from file "m.csv" {
  key device: symbol  site: symbol  temp: float degC  rms: float mm/s  state: symbol  time ts as ms
}
`;
const METER = `stream meter from file "m.csv" { key id: symbol  kwh: float  q: quality default good }
`;

describe('streams', () => {
  it('from a connector: fields, scaling, time, settings', () => {
    const source = nodesOf(`
      stream motor from nats "plant.*.*.motor" json {
        key device: symbol = subject[3]
        temp: float degC = $.t * 0.1 - 50 in -40..200
        far: float = 100 - number($["a b"][0].c) / 4
        q: quality default good
        time $.header.ts as us  lateness 5s  idle never  future 10s
      }`)[0] as SourceNode;
    expect(source).toMatchObject({
      kind: 'source',
      id: 'motor',
      connector: 'nats',
      address: 'plant.*.*.motor',
      directory: 'rules',
      codec: 'json',
      key: ['device'],
      time: { from: { kind: 'path', path: ['header', 'ts'] }, format: 'us' },
      latenessUs: 5_000_000,
      idleUs: null,
      futureUs: 10_000_000,
      expireUs: null,
    });
    expect(source.fields).toMatchObject([
      { name: 'device', from: { kind: 'subject', token: 3 }, isNeeded: true },
      {
        name: 'temp',
        unit: 'degC',
        from: { kind: 'path', path: ['t'] },
        scaling: [
          { operator: '*', by: 0.1 },
          { operator: '-', by: 50 },
        ],
        range: { low: -40, high: 200 },
        isNeeded: false,
      },
      {
        name: 'far',
        isNumberFromText: true,
        from: { kind: 'path', path: ['a b', 0, 'c'] },
        scaling: [
          { operator: '/', by: 4 },
          { operator: '*', by: -1 },
          { operator: '+', by: 100 },
        ],
      },
      { name: 'q', default: 'good' },
    ]);
  });

  it.each([
    ['nothing but the key', '', ['device']],
    [
      'what a rule compares and says',
      'rule r on motor { high when temp > 3 degC message "{rms}" }',
      ['device', 'temp', 'rms'],
    ],
    ['a new key', 'stream s = from motor by site window tumbling 1m select count() as n', ['device', 'site']],
    [
      'all of a stored stream, and what its events are told apart by',
      'store motor',
      ['device', 'site', 'temp', 'rms', 'state', '#source', '#sequence', '#item'],
    ],
    ['all of a routed stream', 'route motor to log', ['device', 'site', 'temp', 'rms', 'state']],
    [
      'what comes through views',
      'stream s = from motor where rms > 3 mm/s by site select avg(temp, 1h) as t',
      ['device', 'site', 'temp', 'rms'],
    ],
  ])('reads only what is needed: %s', (_, text, needed) => {
    const [source] = nodesOf(MOTOR + text) as [SourceNode];
    expect(source.fields.filter(field => field.isNeeded).map(field => field.name)).toEqual(needed);
  });

  it.each([
    ['id, ts within 10m', { fields: [], isOfTime: true, withinUs: 600e6 }, 'unique by id, time within 10m'],
    [
      'time, kwh, id within 1h',
      { fields: ['kwh'], isOfTime: true, withinUs: 3600e6 },
      'unique by id, kwh, time within 1h',
    ],
    ['n within 1ms', { fields: ['n'], isOfTime: false, withinUs: 1e3 }, 'unique by id, n within 1ms'],
  ])('unique by %s: what is named becomes a column', (by, unique, explained) => {
    const text = `stream meter from nats "m.*" json { key id: symbol = subject[2]  kwh: float  n: int  time ts as s  unique by ${by} }`;
    const { plan } = compiled(text);
    const [source] = plan.nodes as [SourceNode];
    expect(source.unique).toEqual(unique);
    expect(source.fields.filter(field => field.isNeeded).map(field => field.name)).toEqual(['id', ...unique.fields]);
    expect(explainPlan(plan)).toContain(explained);
  });
});

describe('derived streams become nodes', () => {
  it.each([
    ['all fields', 'stream s = from motor', ['select s <motor']],
    ['where', 'stream s = from motor where temp > 3 degC select temp', ['filter s#where <motor', 'select s <s#where']],
    [
      'a range in where sees all events, behind it those that passed (MEANING.md 16)',
      'stream s = from motor where temp > avg(temp, 1h) select avg(temp, 1h) as t',
      ['range motor#1h <motor', 'filter s#where <motor', 'range s#where#1h <s#where', 'select s <s#where'],
    ],
    [
      'a window by another key, with having',
      'stream s = from motor by site window tumbling 1m select max(temp) as t having t > 3 degC',
      ['rekey s#by <motor', 'tumbling-window s#window <s#by', 'filter s#having <s#window', 'select s <s#having'],
    ],
    [
      'hopping',
      'stream s = from motor window hopping 10m every 1m select max(temp) as t',
      ['hopping-window s#window <motor', 'select s <s#window'],
    ],
    [
      'sliding: a row for every event',
      'stream s = from motor window sliding 1h select max(temp) as t, temp',
      ['range motor#1h <motor', 'select s <motor'],
    ],
    [
      'sessions and their length',
      'stream s = from motor window session 5m max 1h select max(temp) as t, duration() as d having duration() > 1m',
      ['session-window s#window <motor', 'filter s#having <s#window', 'select s <s#having'],
    ],
    [
      'so many events',
      'stream s = from motor window count 100 select max(temp) as t',
      ['count-window s#window <motor', 'select s <s#window'],
    ],
    [
      'a state, of conditions over the events',
      'stream s = from motor by site window state from temp > 3 degC to becomes(temp < 2 degC) select duration() as d',
      [
        'compute motor#temp > 3 <motor',
        'compute motor#temp < 2 <motor',
        'history motor#becomes(temp < 2) <motor',
        'rekey s#by <motor',
        'state-window s#window <s#by',
        'select s <s#window',
      ],
    ],
    [
      'ranges in an aggregate are of the first key',
      'stream s = from motor window tumbling 1m by site select max(avg(temp, 1h)) as t',
      ['range motor#1h <motor', 'rekey s#by <motor', 'tumbling-window s#window <s#by', 'select s <s#window'],
    ],
    [
      'the past of rows stands behind the window',
      'stream s = from motor window tumbling 1m select prev(avg(temp)) as t',
      ['tumbling-window s#window <motor', 'history s#window#prev(avg(temp)) <s#window', 'select s <s#window'],
    ],
    [
      'declared in any order',
      'stream s = from later select t\nstream later = from motor select temp as t',
      ['select later <motor', 'select s <later'],
    ],
  ])('%s', (_, text, expected) => {
    expect(shapeOf(nodesOf(MOTOR + text)).slice(1)).toEqual(expected);
  });

  it('rows of windows have the key, time and until', () => {
    const nodes = nodesOf(
      `${MOTOR}stream s = from motor window tumbling 1m select device, time as start, until, count() as n`,
    );
    expect(nodes.at(-1)).toMatchObject({
      fields: [
        { name: 'start', type: 'time', column: 'time' },
        { name: 'until', type: 'time', column: 'until' },
        { name: 'n', type: 'int', column: 's#count()' },
      ],
    });
  });

  it('having knows selected names, and fields within aggregates', () => {
    const nodes = nodesOf(
      `${MOTOR}stream s = from motor window tumbling 1m select avg(temp) as temp having max(temp) > temp + 1 K`,
    );
    const window = nodes.find(node => node.kind === 'tumbling-window');
    expect(window?.aggregates.map(aggregate => [aggregate.name, ...aggregate.arguments])).toEqual([
      ['s#avg(temp)', 'temp'],
      ['s#max(temp)', 'temp'],
    ]);
  });

  it('a field called time wins over the time of the event (MEANING.md 36)', () => {
    const text = 'stream s from file "s.csv" { time: symbol  time ts as ms }\nrule r on s { high when time == "noon" }';
    const [source] = nodesOf(text) as [SourceNode];
    expect(source.fields[0]).toMatchObject({ name: 'time', type: 'symbol', isNeeded: true });
  });
});

describe('what is equal exists once', () => {
  it('predicates, ranges, filters and windows of several statements', () => {
    const nodes = nodesOf(`${MOTOR}
      rule a on motor where rms > 1 mm/s { high when avg(temp, 1h) > 85 degC }
      rule b on motor where rms > 1 mm/s { high when avg(temp, 1h) > 85 degC and max(temp, 1h) > 90 degC  critical when avg(temp, 1h) > 85 degC for 5m }
      stream s = from motor window tumbling 1m select avg(temp) as t
      stream u = from motor window tumbling 1m select avg(temp) as t, max(temp) as m`);
    expect(countOf(nodes)).toEqual({
      source: 1,
      'tumbling-window': 1,
      select: 2,
      filter: 1,
      range: 1,
      compute: 2,
      rule: 2,
    });
  });

  it('a range over what a range gives is a node of its own, before it', () => {
    const nodes = nodesOf(`${MOTOR}rule a on motor { high when stddev(temp - avg(temp, 1h), 1h) > 5 K }
      rule b on motor { high when max(rms * 2, 1h) > 85 mm/s and max(rms, 1h) > 3 mm/s }`);
    expect(countOf(nodes)).toMatchObject({ range: 2 });
    validatePlan(nodes.length > 0 ? { version: 1, nodes } : null);
  });

  it('inline ranges skip what is not good, windows do not', () => {
    const nodes = nodesOf(`${METER}stream s = from meter window sliding 1h select avg(kwh) as a
      rule r on meter { high when avg(kwh, 1h) > 5  quality good else unknown }`);
    expect(nodes.filter(node => node.kind === 'range').map(node => node.quality)).toEqual([null, 'q']);
    expect(nodes.at(-1)).toMatchObject({ quality: { column: 'q', otherwise: 'unknown' } });
  });
});

describe('rules', () => {
  it('have levels, timers and texts', () => {
    const rule = nodesOf(`let limit = 185 degF
      ${MOTOR}rule hot on motor as m where state != "off" by site {
        high when m.temp > limit for 30s gap 5s
        critical when avg(temp, 1h) > 95 degC
        clear when temp < 80 degC for 1m  clear after 10m
        while state == "running" settle 2m
        cooldown 10m
        message "{{{site}}} {temp} {avg( temp,1h )} {severity} {limit}"
        cause "c"  consequence "d"  response "e"  runbook "f"  labels { team: "mech" }
      }`).at(-1) as RuleNode;
    expect(rule).toEqual({
      kind: 'rule',
      id: 'rule:hot',
      name: 'hot',
      input: 'rule:hot#by',
      levels: [
        { severity: 'high', when: 'rule:hot#by#temp > 85', forUs: 30_000_000, gapUs: 5_000_000 },
        { severity: 'critical', when: 'rule:hot#by#avg(temp, 1h) > 95', forUs: 0, gapUs: null },
      ],
      clear: { when: 'rule:hot#by#temp < 80', forUs: 60_000_000 },
      clearAfterUs: 600_000_000,
      while: { condition: 'rule:hot#by#state == "running"', settleUs: 120_000_000 },
      cooldownUs: 600_000_000,
      quality: { column: null, otherwise: 'hold' },
      message: [
        '{',
        { value: 'site' },
        '} ',
        { value: 'temp' },
        ' ',
        { value: 'avg(temp, 1h)' },
        ' ',
        { value: 'severity' },
        ' 185 degF',
      ],
      values: [
        { name: 'temp', type: 'float', unit: 'degC', column: 'temp' },
        { name: 'avg(temp, 1h)', type: 'float', unit: 'degC', column: 'rule:hot#by#avg(temp, 1h)' },
        { name: 'state', type: 'symbol', column: 'state' },
      ],
      labels: { team: 'mech' },
      cause: 'c',
      consequence: 'd',
      response: 'e',
      runbook: 'f',
    });
  });

  it.each([
    ['avg(temp, 1h) > 3 degC', 'degC'],
    ['stddev(temp, 1h) > 3 K', 'K'],
    ['slope(temp, 1m) > 3 K/min', 'K/min'],
    ['abs(slope(temp, 1m)) > 3 K/h', 'K/h'],
    ['3 K/h < rate(temp, 1m)', 'K/h'],
    ['slope(temp, 1m) in -3 K/h..3 K/h', 'K/h'],
    ['slope(temp, 1m) > 3 K/h or slope(temp, 1m) > 3 K/s', 'K/h'],
    ['slope(temp, 1m) > slope(temp, 1h)', 'K/s', 'K/s'],
    ['slope(temp, 1m) is null', 'K/s'],
    ['integral(rms, 1m) > 3 mm', 'mm'],
    ['var(temp, 1m) > 3 K^2', 'K^2'],
    ['max(temp, 1m) > 100 degF', 'degC'],
    ['count(temp, 1m) > 3', undefined],
    ['prev(temp) > 3 degC', 'degC'],
  ])('values carry the unit of %s', (condition, ...units) => {
    const rule = nodesOf(`${MOTOR}rule r on motor { high when ${condition} }`).at(-1) as RuleNode;
    expect(rule.values.map(value => value.unit)).toEqual(units);
  });

  it('a slope is converted to the unit that it is compared in, and keeps its name', () => {
    const nodes = nodesOf(`${MOTOR}rule r on motor { high when slope(temp, 1m) > 3 K/h  message "{slope(temp,1m)}" }`);
    expect(nodes.at(-1)).toMatchObject({
      message: [{ value: 'slope(temp, 1m)' }],
      values: [{ name: 'slope(temp, 1m)', unit: 'K/h', column: 'motor#slope(temp, 1m) * 3600' }],
    });
  });

  it.each([
    ['duration(temp > 46.4 degF, 24h) > 30m', 'duration(temp>46.4 degF, 24h)', 'duration(temp > 8, 1d)'],
    ['duration(temp > limit, 24h) > 30m', 'duration(temp > limit, 24h)', 'duration(temp > 85, 1d)'],
    ['count((rms > 1 cm/s), 1h) > 5', 'count((rms > 1 cm/s), 1h)', 'count(rms > 10, 1h)'],
    ['duration(m.temp > 8 degC, 24h) > 30m', 'duration(m.temp > 8 degC, 24h)', 'duration(temp > 8, 1d)'],
    ['avg(m.temp, 60m) > 8 degC', 'avg(m.temp, 60m)', 'avg(temp, 1h)'],
    ['prev(temp + 5 K) > 8 degC', 'prev(temp + 5 K)', 'prev(temp + 5)'],
    ['duration(state == "on", 1h) > 5m', 'duration(state == \\"on\\", 1h)', 'duration(state == "on", 1h)'],
  ])('a hole holds a value as the condition %s writes it', (condition, hole, value) => {
    const rule = nodesOf(`${MOTOR}let limit = 85 degC
      rule r on motor as m { high when ${condition}  message "for {${hole}}" }`).at(-1);
    expect(rule).toMatchObject({ message: ['for ', { value }], values: [{ name: value }] });
  });
});

describe('tests', () => {
  it('have values in the units of their fields and times in microseconds', () => {
    const { tests } = compiled(`${MOTOR}rule hot on motor { high when temp > 85 degC }
test "t" for hot {
  feed motor { device: "m1", rms: 1 cm/s } every 1s at 5s late 2s  temp: 70 for 10s late 1s, ramp 32 degF..90 over 1m, noise 70 ~ 2 for 1m, gap 30s
  restart at 1m
  expect no hot("m1") high raised before 290s
  expect hot after 1m
}`);
    expect(tests).toMatchObject([
      {
        title: 't',
        rule: 'hot',
        file: 'rules/a.mill',
        line: 5,
        steps: [
          {
            kind: 'feed',
            values: { device: 'm1', rms: 10 },
            everyUs: 1_000_000,
            atUs: 5_000_000,
            lateUs: 2_000_000,
            series: [
              {
                field: 'temp',
                segments: [
                  { kind: 'constant', value: 70, forUs: 10_000_000, lateUs: 1_000_000 },
                  { kind: 'ramp', from: expect.closeTo(0, 9), to: 90, overUs: 60_000_000, lateUs: 0 },
                  { kind: 'noise', mean: 70, deviation: 2, forUs: 60_000_000, lateUs: 0 },
                  { kind: 'gap', forUs: 30_000_000 },
                ],
              },
            ],
          },
          { kind: 'restart', atUs: 60_000_000 },
          {
            kind: 'expect',
            isNegated: true,
            target: { kind: 'rule', name: 'hot' },
            key: ['m1'],
            severity: 'high',
            change: 'raised',
            when: { kind: 'before', fromUs: 0, toUs: 290_000_000 },
            text: 'expect no hot("m1") high raised before 290s',
          },
          { isNegated: false, key: [], when: { kind: 'after', fromUs: 60_000_000, toUs: null } },
        ],
      },
    ]);
  });
});

describe('the language as it is described', () => {
  const [, whole, more] = languageExamples();

  it('compiles with warnings of this version only, and runs what it can', () => {
    const { diagnostics, plan, tests } = compile({ file: 'a.mill', text: whole! });
    expect(diagnostics.filter(one => !one.code.startsWith('MR8') || one.severity !== 'warning')).toEqual([]);
    expect([...new Set(diagnostics.map(one => one.code))].sort()).toEqual(['MR8069']);
    expect(plan!.nodes.map(node => node.id)).toContain('rule:overheating');
    expect(plan!.nodes.map(node => node.id)).toContain('motor_1m');
    expect(tests).toHaveLength(1);
  });

  it('so do the other forms', () => {
    const asked = `stream line from memory "line" json { key site: symbol  speed: float m/s }
      rule line_stopped on line { critical when speed <= 0 m/s }`;
    const text = `${whole}${more!.replace('include "site.mill"', '')}${asked}`;
    const { diagnostics, plan } = compile({ file: 'a.mill', text });
    expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
    expect(diagnostics.map(one => one.code)).not.toContain('MR8062');
    expect(plan!.nodes.map(node => node.id)).toEqual(expect.arrayContaining(['site_1m', 'plant', 'rule:hot', 'meter']));
  });

  it('what reads what is left out is left out without a word', () => {
    const { diagnostics, plan, tests } = compile({
      file: 'a.mill',
      text: `${MOTOR}${METER}stream s = from actions select action as n
        stream t = from s select n
        rule r on t { high when n > 3 }
        test "t" for r { feed motor { device: "m" } at 0s  expect r("m") raised }
        route t to log
        store t`,
    });
    expect(diagnostics.map(one => one.code)).toEqual(['MR8066']);
    expect(plan!.nodes.map(node => node.id)).toEqual(['motor', 'meter']);
    expect(tests).toEqual([]);
  });
});

describe('every plan', () => {
  it.each([
    ['of the language', languageExamples()[1]!],
    [
      'of routes',
      `${METER}rule r on meter { high when kwh > 3 labels { team: "a" } } route alerts where severity >= high and team == "a" and id == "x" to log, file "a.ndjson" route meter where kwh > 3 to log`,
    ],
    [
      'of history',
      `${MOTOR}stream s = from motor where becomes(temp > 3 degC) or changed(state) select since(temp > 3 degC) as d, prev(temp, 3) as p, case when temp > 3 degC then "hot" else "cold" end as c`,
    ],
    [
      'of rekeyed windows over windows',
      `${MOTOR}stream a = from motor window tumbling 1m select avg(temp) as t, last(site) as s stream b = from a window tumbling 1h by s select max(t) as m stream c = from b by global select m`,
    ],
    [
      'of windows that events open',
      `${MOTOR}stream a = from motor window session 5m max 1h select max(temp) as t, duration() as d
       stream c = from motor window count 100 every 10 select avg(temp) as t
       stream d = from motor window hopping 2d every 1d in "Europe/Berlin" select avg(temp) as t
       stream e = from motor window tumbling 1m select avg(temp) as t having t > 3 degC emit every 10s
       stream b = from motor by site window state from temp > 3 degC to becomes(temp < 2 degC) max 1h select duration() as d`,
    ],
  ])('survives JSON and validates: %s', (_, text) => {
    const { plan } = compile({ file: 'a.mill', text });
    const copy: unknown = JSON.parse(JSON.stringify(plan));
    expect(copy).toEqual(plan);
    expect(validatePlan(copy)).toBe(copy);
    expect(explainPlan(plan!).split('\n').length).toBeGreaterThan(plan!.nodes.length);
  });
});

describe('size', () => {
  it('10,000 rules, over 1 MB of text', () => {
    const rules = Array.from(
      { length: 10_000 },
      (_, i) =>
        `rule r${i} on motor { high when temp > ${i / 10} degC and avg(rms, ${1 + (i % 7)}m) > ${i} mm/s for 30s  clear after 5m  message "{device}" }`,
    );
    const text = MOTOR + rules.join('\n');
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(countOf(nodesOf(text))).toMatchObject({ rule: 10_000, range: 7 });
  }, 60_000);

  it('chains of 10,000 streams and constants', () => {
    const streams = Array.from({ length: 10_000 }, (_, i) => `stream s${i + 1} = from s${i} select x`).toReversed();
    const lets = Array.from({ length: 10_000 }, (_, i) => `let l${i + 1} = l${i} + 1`).toReversed();
    const text = ['stream s0 from file "s" { x: float }', 'let l0 = 0', ...streams, ...lets].join('\n');
    expect(nodesOf(text)).toHaveLength(10_001);
  }, 60_000);
});

function compiled(text: string) {
  const result = compile({ file: 'rules/a.mill', text });
  expect(result.diagnostics.filter(one => one.severity === 'error')).toEqual([]);
  return { ...result, plan: result.plan as Plan };
}

function nodesOf(text: string): readonly PlanNode[] {
  const { plan } = compiled(text);
  validatePlan(plan);
  return plan.nodes;
}

/** `kind id <input`, in order. */
function shapeOf(nodes: readonly PlanNode[]): string[] {
  return nodes.map(node => `${node.kind} ${node.id}${'input' in node ? ` <${node.input}` : ''}`);
}

function countOf(nodes: readonly PlanNode[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of nodes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The code blocks of the language's description, the whole file at 1, the other forms at 2. */
function languageExamples(): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, 'language.md'), 'utf8');
  return ['', ...[...text.matchAll(/```\n([\s\S]*?)```/g)].map(match => match[1]!)];
}

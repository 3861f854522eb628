import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { type KeptState, matchState, type StateMatch } from '../../engine/state-identity.ts';

const STREAM = `stream motor from file "motor.csv" csv {
  key device: symbol  site: symbol  temp: float degC  speed: float rpm  ok: bool  time ts as ms  lateness 5s
}`;
const HOT = 'rule hot on motor { high when temp > 90 degC for 1m }';

type Case = {
  readonly what: string;
  readonly stored: string;
  readonly next: string;
  /** In the plan's order: `kept id` (with the stored id where it is another), `empty id: kind of change`, `gone id`. */
  readonly lines: readonly string[];
};

const CURRENT = `stream current from file "current.csv" csv { key device: symbol  amps: float A  time ts as ms  lateness 1s }`;

const CASES: readonly Case[] = [
  {
    what: 'a joined stream selects more, and a second join of the same streams comes',
    stored: `${STREAM} ${CURRENT} stream load = from motor as m join current as c within 2s around select m.temp, c.amps`,
    next: `${STREAM} ${CURRENT} stream power = from motor as m join current as c within 2s around select m.temp, c.amps, m.speed
      stream with_last = from motor join current latest select temp, amps`,
    lines: [
      'kept motor',
      'kept current',
      'kept power#merge from load#merge',
      'kept power#join from load#join',
      'empty with_last#join: new',
    ],
  },
  {
    what: 'a join is of another time, and one of its streams starts empty',
    stored: `${STREAM} ${CURRENT} stream load = from motor join current within 2s around select temp, amps`,
    next: `${STREAM} ${CURRENT} stream load = from motor join current within 5s around select temp, amps
      stream late = from motor as m join current as c within 2s after where c.amps > 3 A select m.temp`,
    lines: [
      'kept motor',
      'kept current',
      'kept load#merge',
      'empty load#join: definition',
      'empty late#join: new',
      'gone load#join (replaced)',
    ],
  },
  {
    what: 'a filter changes: what is behind it starts empty, the rule goes on',
    stored: `${STREAM} stream warm = from motor where temp > 50 degC window tumbling 1m select avg(temp) as mean
      rule hot on warm { high when mean > 90 degC }`,
    next: `${STREAM} stream warm = from motor where temp > 60 degC window tumbling 1m select avg(temp) as mean
      rule hot on warm { high when mean > 90 degC }`,
    lines: ['kept motor', 'empty warm#window: condition', 'kept rule:hot', 'gone warm#window (replaced)'],
  },
  {
    what: 'a filter is written in other units',
    stored: `${STREAM} stream warm = from motor where temp > 50 degC window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM} stream warm = from motor where temp > 122 degF window tumbling 1m select avg(temp) as mean`,
    lines: ['kept motor', 'kept warm#window'],
  },
  {
    what: 'a derived stream has another name',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean rule hot on m1 { high when mean > 90 degC }`,
    next: `${STREAM} stream mean_1m = from motor window tumbling 1m select avg(temp) as t rule hot on mean_1m { high when t > 90 degC }`,
    lines: ['kept motor', 'kept mean_1m#window from m1#window', 'kept rule:hot'],
  },
  {
    what: 'a stream comes in between that only renames',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM} stream t = from motor select temp as t1 stream m1 = from t window tumbling 1m select avg(t1) as mean`,
    lines: ['kept motor', 'kept m1#window'],
  },
  {
    what: 'a source has another name',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean ${HOT}`,
    next: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean ${HOT}`.replaceAll(
      'motor ',
      'engine ',
    ),
    lines: ['kept engine from motor', 'kept m1#window', 'kept rule:hot', 'position engine from motor'],
  },
  {
    what: 'a source reads from somewhere else',
    stored: `${STREAM} ${HOT} rule odd on motor { high when temp > avg(temp, 1h) }`,
    next: `${STREAM} ${HOT} rule odd on motor { high when temp > avg(temp, 1h) }`.replace('motor.csv', 'engine.csv'),
    lines: ['kept motor', 'kept rule:hot', 'kept motor#1h', 'kept rule:odd', 'no position motor'],
  },
  {
    what: 'the key changes: all is empty, and reading goes on',
    stored: `${STREAM} ${HOT} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM.replace('key device: symbol', 'device: symbol').replace('site', 'key site')} ${HOT}
      stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    lines: [
      'empty motor: key',
      'empty m1#window: stream',
      'empty rule:hot: key',
      'gone motor (replaced)',
      'gone m1#window (replaced)',
      'gone rule:hot (replaced)',
    ],
  },
  {
    what: 'event time is read otherwise',
    stored: `${STREAM} ${HOT} stream m1 = from motor window tumbling 1m select count() as n`,
    next: `${STREAM.replace('ts as ms', 'ts as s')} ${HOT} stream m1 = from motor window tumbling 1m select count() as n`,
    lines: [
      'empty motor: time',
      'empty m1#window: stream',
      'kept rule:hot',
      'gone motor (replaced)',
      'gone m1#window (replaced)',
    ],
  },
  {
    what: 'lateness, idle, future and unused fields change',
    stored: `${STREAM} ${HOT} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM.replace('lateness 5s', 'lateness 9s idle never future 2h').replace('ok: bool', 'ok: int')} ${HOT}
      stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    lines: ['kept motor', 'kept m1#window', 'kept rule:hot'],
  },
  {
    what: 'the unit of a field changes',
    stored: `${STREAM} ${HOT} rule odd on motor { high when temp > avg(temp, 1h) } rule fast on motor { high when speed > avg(speed, 1m) }`,
    next: `${STREAM.replace('temp: float degC', 'temp: float K')} ${HOT}
      rule odd on motor { high when temp > avg(temp, 1h) } rule fast on motor { high when speed > avg(speed, 1m) }`,
    lines: [
      'kept motor',
      'kept rule:hot',
      'empty motor#1h: field',
      'kept rule:odd',
      'kept motor#1m',
      'kept rule:fast',
      'gone motor#1h (replaced)',
    ],
  },
  {
    what: 'a rule that shares a range is gone',
    stored: `${STREAM} rule a on motor { high when temp > avg(temp, 1h) } rule b on motor { high when temp > max(temp, 1h) }`,
    next: `${STREAM} rule b on motor { high when temp > max(temp, 1h) }`,
    lines: ['kept motor', 'kept motor#1h', 'kept rule:b', 'gone rule:a'],
  },
  {
    what: 'a range of one more aggregate over what it has',
    stored: `${STREAM} rule a on motor { high when temp > avg(temp, 1h) }`,
    next: `${STREAM} rule a on motor { high when temp > avg(temp, 1h) + 2 * stddev(temp, 1h) and count(1h) > 9 }`,
    lines: ['kept motor', 'kept motor#1h', 'kept rule:a'],
  },
  {
    what: 'a range of one more argument',
    stored: `${STREAM} rule a on motor { high when temp > avg(temp, 1h) }`,
    next: `${STREAM} rule a on motor { high when temp > avg(temp, 1h) and speed > avg(speed, 1h) }`,
    lines: ['kept motor', 'empty motor#1h: aggregate', 'kept rule:a', 'gone motor#1h (replaced)'],
  },
  {
    what: 'a window of one aggregate more',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean, max(temp) as top`,
    next: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean, min(temp) as low`,
    lines: ['kept motor', 'empty m1#window: aggregate', 'gone m1#window (replaced)'],
  },
  {
    what: 'a window of one aggregate less',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean, max(temp) as top`,
    next: `${STREAM} stream m1 = from motor window tumbling 1m select max(temp) as high`,
    lines: ['kept motor', 'kept m1#window'],
  },
  {
    what: 'a window of another size',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM} stream m1 = from motor window hopping 1m every 10s select avg(temp) as mean`,
    lines: ['kept motor', 'empty m1#window: definition', 'gone m1#window (replaced)'],
  },
  {
    what: 'sessions stay as they are, by another name',
    stored: `${STREAM} stream run = from motor window session 1m max 1h select avg(temp) as mean, max(temp) as top`,
    next: `${STREAM} stream visit = from motor window session 1m max 1h select avg(temp) as t, duration() as d`,
    lines: ['kept motor', 'kept visit#window from run#window'],
  },
  {
    what: 'sessions without the bound that they had',
    stored: `${STREAM} stream run = from motor window session 1m max 1h select avg(temp) as mean`,
    next: `${STREAM} stream run = from motor window session 1m select avg(temp) as mean`,
    lines: ['kept motor', 'empty run#window: definition', 'gone run#window (replaced)'],
  },
  {
    what: 'days of another time zone',
    stored: `${STREAM} stream day = from motor window tumbling 1d select avg(temp) as mean`,
    next: `${STREAM} stream day = from motor window tumbling 1d in "Europe/Berlin" select avg(temp) as mean`,
    lines: ['kept motor', 'empty day#window: definition', 'gone day#window (replaced)'],
  },
  {
    what: 'a window that shows its panes early',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean emit every 10s`,
    lines: ['kept motor', 'empty m1#window: definition', 'gone m1#window (replaced)'],
  },
  {
    what: 'a window of another count',
    stored: `${STREAM} stream run = from motor window count 100 select avg(temp) as mean`,
    next: `${STREAM} stream run = from motor window count 100 every 10 select avg(temp) as mean`,
    lines: ['kept motor', 'empty run#window: definition', 'gone run#window (replaced)'],
  },
  {
    what: 'a window by state of another condition',
    stored: `${STREAM} stream run = from motor window state from speed > 10 rpm to speed < 1 rpm max 1d select avg(temp) as mean`,
    next: `${STREAM} stream run = from motor window state from speed > 20 rpm to speed < 1 rpm max 1d select avg(temp) as mean`,
    lines: ['kept motor', 'empty run#window: definition', 'gone run#window (replaced)'],
  },
  {
    what: 'a window by state, written in other units',
    stored: `${STREAM} stream run = from motor window state from temp > 50 degC to ok select avg(temp) as mean`,
    next: `${STREAM} stream run = from motor window state from temp > 122 degF to ok select avg(temp) as mean`,
    lines: ['kept motor', 'kept run#window'],
  },
  {
    what: 'a value is computed otherwise',
    stored: `${STREAM} stream k = from motor select temp * 2 as t stream m1 = from k window tumbling 1m select avg(t) as mean`,
    next: `${STREAM} stream k = from motor select temp * 3 as t stream m1 = from k window tumbling 1m select avg(t) as mean`,
    lines: ['kept motor', 'empty m1#window: column', 'gone m1#window (replaced)'],
  },
  {
    what: 'a condition comes in between',
    stored: `${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean`,
    next: `${STREAM} stream m1 = from motor where ok window tumbling 1m select avg(temp) as mean`,
    lines: ['kept motor', 'empty m1#window: rows', 'gone m1#window (replaced)'],
  },
  {
    what: 'what is grouped by site, and by what else',
    stored: `${STREAM} stream s = from motor by site window tumbling 1m select max(temp) as top rule hot on s { high when top > 90 degC }`,
    next: `${STREAM} stream s = from motor by site, ok window tumbling 1m select max(temp) as top rule hot on s { high when top > 90 degC }`,
    lines: [
      'kept motor',
      'empty s#by: definition',
      'empty s#window: rows',
      'empty rule:hot: key',
      'gone s#by (replaced)',
      'gone s#window (replaced)',
      'gone rule:hot (replaced)',
    ],
  },
  {
    what: 'memory of earlier readings',
    stored: `${STREAM} rule up on motor { high when temp > prev(temp) } rule down on motor { high when since(ok) > 1h }`,
    next: `${STREAM} rule up on motor { high when temp > prev(temp, 2) } rule down on motor { high when since(ok) > 2h }`,
    lines: [
      'kept motor',
      'empty motor#prev(temp, 2): new',
      'kept rule:up',
      'kept motor#since(ok)',
      'kept rule:down',
      'gone motor#prev(temp)',
    ],
  },
  {
    what: 'a rule with other conditions, times and words',
    stored: `${STREAM} ${HOT}`,
    next: `${STREAM} rule hot on motor { high when temp > 95 degC and ok for 2m clear when temp < 80 degC message "{speed}" }`,
    lines: ['kept motor', 'kept rule:hot'],
  },
  {
    what: 'a rule with one level more',
    stored: `${STREAM} ${HOT}`,
    next: `${STREAM} rule hot on motor { high when temp > 90 degC for 1m critical when temp > 99 degC }`,
    lines: ['kept motor', 'empty rule:hot: levels', 'gone rule:hot (replaced)'],
  },
  {
    what: 'a rule on a stream of the same key',
    stored: `${STREAM} ${HOT}`,
    next: `${STREAM} stream m1 = from motor window tumbling 1m select max(temp) as temp rule hot on m1 { high when temp > 90 degC }`,
    lines: ['kept motor', 'empty m1#window: new', 'kept rule:hot'],
  },
  {
    what: 'what a stream leaves aside is the same under other names',
    stored: `${STREAM} stream l = from late(motor) window tumbling 1m select count() as n, max(temp) as top`,
    next: `${STREAM} stream broken = from rejected(motor)
      stream late_1m = from late(motor) window tumbling 1m select max(temp) as high`,
    lines: ['kept motor', 'empty motor#rejected: new', 'kept motor#late', 'kept late_1m#window from l#window'],
  },
  {
    what: 'a rule on alerts reads others',
    stored: `${STREAM} ${HOT} rule odd on motor { low when speed > 9 rpm } rule flood on alerts where rule == "hot" { high when count(1m) > 9 }`,
    next: `${STREAM} ${HOT} rule odd on motor { low when speed > 9 rpm } rule flood on alerts { high when count(1m) > 9 }`,
    lines: [
      'kept motor',
      'kept rule:hot',
      'kept rule:odd',
      'empty motor#alerts: definition',
      'empty motor#alerts#1m: new',
      'kept rule:flood',
      'gone motor#alerts (replaced)',
      'gone rule:flood#where#1m',
    ],
  },
  {
    what: 'a stream of alerts is called otherwise, and another one comes',
    stored: `${STREAM} ${HOT} stream raised = from alerts where change == "raised" window tumbling 1m select count() as n`,
    next: `${STREAM} ${HOT} stream risen = from alerts where change == "raised" window tumbling 1m select count() as n
      stream changes = from alerts window tumbling 1h select count() as n`,
    lines: [
      'kept motor',
      'kept rule:hot',
      'kept motor#alerts',
      'kept risen#window from raised#window',
      'empty changes#window: new',
    ],
  },
  {
    what: 'a rule goes from late events to rejected ones',
    stored: `${STREAM} stream aside = from late(motor) rule hot on aside { high when count(1m) > 9 }`,
    next: `${STREAM} stream aside = from rejected(motor) rule hot on aside { high when count(1m) > 9 }`,
    lines: [
      'kept motor',
      'empty motor#rejected: new',
      'empty aside#1m: rows',
      'kept rule:hot',
      'gone motor#late',
      'gone aside#1m (replaced)',
    ],
  },
  {
    what: 'a pattern has another name, and gives less of its rows',
    stored: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> b: motor[speed > 9 rpm]{2} within 10s
      select a.temp as temp, count(b) as n, b.last.speed as speed`,
    next: `${STREAM} stream worn = match x: motor[temp > 90 degC] -> y: motor[speed > 9 rpm]{2} within 10s
      select y.last.speed as last, x.temp as first`,
    lines: ['kept motor', 'kept worn#match from wear#match'],
  },
  {
    what: 'a pattern says on timeout what has not come to its end',
    stored: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s select a.temp as temp`,
    next: `${STREAM} stream cold = match a: motor[temp > 90 degC] -> motor[ok] within 10s on timeout select a.temp as temp`,
    lines: ['kept motor', 'kept cold#match from wear#match'],
  },
  {
    what: 'a pattern gives more of its rows',
    stored: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s select a.temp as temp`,
    next: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s select a.temp as t, a.speed as s`,
    lines: ['kept motor', 'empty wear#match: value', 'gone wear#match (replaced)'],
  },
  {
    what: 'more matches of a pattern may wait',
    stored: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s select a.temp as temp
      stream hourly = from wear window tumbling 1h select max(temp) as most`,
    next: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s max 5000 partial select a.temp as temp
      stream hourly = from wear window tumbling 1h select max(temp) as most`,
    lines: ['kept motor', 'kept wear#match', 'kept hourly#window'],
  },
  {
    what: 'a condition of a pattern changes',
    stored: `${STREAM} stream wear = match a: motor[temp > 90 degC] -> motor[ok] within 10s select a.temp as temp`,
    next: `${STREAM} stream wear = match a: motor[temp > 95 degC] -> motor[ok] within 10s select a.temp as temp`,
    lines: ['kept motor', 'empty wear#match: event', 'gone wear#match (replaced)'],
  },
  {
    what: 'a condition of a pattern on what is bound changes',
    stored: `${STREAM} stream wear = match a: motor -> b: motor[temp > a.temp + 5 K] within 10s select a.temp as temp`,
    next: `${STREAM} stream wear = match a: motor -> b: motor[temp > a.temp + 6 K] within 10s select a.temp as temp`,
    lines: ['kept motor', 'empty wear#match: event', 'gone wear#match (replaced)'],
  },
  {
    what: 'a pattern is of other rows',
    stored: `${STREAM} stream wear = match a: motor -> motor[ok] within 10s select a.temp as temp`,
    next: `${STREAM} stream run = from motor where ok select temp, ok
      stream wear = match a: run -> run[ok] within 10s select a.temp as temp`,
    lines: ['kept motor', 'empty wear#match: rows', 'gone wear#match (replaced)'],
  },
  {
    what: 'a rule with another name',
    stored: `${STREAM} ${HOT}`,
    next: `${STREAM} ${HOT.replace('hot', 'too_hot')}`,
    lines: ['kept motor', 'empty rule:too_hot: new', 'gone rule:hot'],
  },
];

describe('matchState', () => {
  it.each(CASES)('$what', ({ stored, next, lines }) => {
    expect(linesOf(matchState(planOf(stored), planOf(next)))).toEqual(lines);
  });

  it('maps the parts of a state to their stored names', () => {
    const stored =
      planOf(`${STREAM} stream m1 = from motor window tumbling 1m select avg(temp) as mean, max(temp) as top
      rule odd on motor { high when temp > avg(temp, 1h) }`);
    const next = planOf(`${STREAM.replace('temp:', 't: ').replace('degC', 'degC = $.temp')}
      stream a = from motor window tumbling 1m select max(t) as high
      rule odd on motor { high when t > max(t, 1h) and speed > 1 rpm }`);
    const { nodes } = matchState(stored, next);
    const columnsOf = (id: string) => Object.fromEntries(keptOf(nodes, id).columns);
    expect(columnsOf('motor')).toEqual({ device: 'device', t: 'temp' }); // nobody read `speed`: rows that wait have none
    expect(columnsOf('a#window')).toEqual({ 'a#max(t)': 'm1#max(temp)' });
    expect(columnsOf('motor#1h')).toEqual({ t: 'temp' });
  });

  it('maps what `unique` remembers, whole or not at all', () => {
    const unique = (by: string) => STREAM.replace('lateness 5s', `unique by ${by} within 10m`);
    const stored = planOf(unique('temp, speed, ts'));
    const columnsAfter = (stream: string) => {
      const { columns } = keptOf(matchState(stored, planOf(stream)).nodes, 'motor');
      return Object.fromEntries([...columns].filter(([name]) => name.startsWith('#taken')));
    };
    const renamed = unique('t, ts, speed').replace('temp: float degC', 't: float degC = $.temp');
    expect(columnsAfter(renamed)).toEqual({
      '#taken': '#taken',
      '#taken#time': '#taken#time',
      '#taken.t': '#taken.temp',
      '#taken.speed': '#taken.speed',
    });
    for (const by of ['temp, ts', 'temp, speed', 'temp, ok, ts', 'temp, speed, ok, ts']) {
      expect(columnsAfter(unique(by)), by).toEqual({});
    }
    expect(columnsAfter(STREAM)).toEqual({});
  });

  it('leaves values of waiting rows as they were read, where type and unit are the same', () => {
    const rule = 'rule hot on motor { high when temp > 90 degC and speed > 9 rpm }';
    const stored = planOf(`${STREAM} ${rule}`);
    const changed = STREAM.replace('float degC', 'float degC = $.temp in 0..200').replace('float rpm', 'float rad/s');
    const { nodes } = matchState(stored, planOf(`${changed} ${rule}`));
    expect([...keptOf(nodes, 'motor').columns.keys()]).toEqual(['device', 'temp']);
  });

  it('says whose keys the state of a rule is by', () => {
    const on = (stream: string) =>
      `${STREAM} stream s = from motor by site stream r = from s by device rule hot on ${stream} { high when temp > 90 degC }`;
    const { nodes } = matchState(planOf(on('motor')), planOf(on('r')));
    expect(nodes.get('rule:hot')).toMatchObject({ kept: true, fromTable: 'motor' });
  });
});

function keptOf(nodes: StateMatch['nodes'], id: string): KeptState {
  const match = nodes.get(id);
  if (match?.kept !== true) throw new Error(`${id} is not kept`);
  return match;
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  expect(diagnostics.filter(diagnostic => diagnostic.severity === 'error')).toEqual([]);
  return plan!;
}

/** Positions are told only where they are not those of the source of the same name. */
function linesOf({ nodes, positions, gone }: StateMatch): string[] {
  const matches = [...nodes.values()].map(match => {
    if (!match.kept) return `empty ${match.id}: ${match.change.kind}`;
    return `kept ${match.id}${match.from === match.id ? '' : ` from ${match.from}`}`;
  });
  const sources = [...nodes.keys()].filter(id => !/[#:]/.test(id));
  const lost = sources.filter(id => !positions.has(id)).map(id => `no position ${id}`);
  const moved = [...positions].flatMap(([id, from]) => (id === from ? [] : [`position ${id} from ${from}`]));
  const left = gone.map(({ id, replacedBy }) => `gone ${id}${replacedBy === null ? '' : ' (replaced)'}`);
  return [...matches, ...left, ...moved, ...lost];
}

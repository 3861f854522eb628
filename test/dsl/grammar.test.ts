import { describe, expect, it } from 'vitest';
import type { Expression, RuleMember, Statement } from '../../dsl/ast.ts';
import { parse } from '../../dsl/parse.ts';
import { languageBlocks, onOneLine } from './language-blocks.ts';
import { plainTree } from './plain-tree.ts';

describe('the description of the language', () => {
  it.each([
    [0, 18],
    [1, 10],
  ])('block %i parses, also on one line', (index, count) => {
    const text = languageBlocks[index]!;
    const statements = statementsOf(text);
    expect(statements).toHaveLength(count);
    expect(plainTree(statementsOf(onOneLine(text)))).toEqual(plainTree(statements));
  });

  it('spans cover what they belong to', () => {
    const text = languageBlocks[0]!;
    const rule = statementsOf(text).find(statement => statement.kind === 'rule')!;
    expect(text.slice(rule.span.start, rule.span.end)).toMatch(
      /^rule overheating on motor \{[^}]*\{device\}[\s\S]*\}$/,
    );
    expect(text.slice(rule.name.span.start, rule.name.span.end)).toBe('overheating');
  });

  it('comments are kept with their places', () => {
    const { comments } = parse('// one\nlet a = 1 // two\n', 'a.mill').file!;
    expect(comments.map(({ text, isOwnLine }) => [text, isOwnLine])).toEqual([
      ['// one', true],
      ['// two', false],
    ]);
    expect(comments[1]!.span).toEqual({ file: 'a.mill', start: 17, end: 23 });
  });
});

describe('numbers, units and durations', () => {
  it.each([
    ['85 degC', { kind: 'number', value: 85, text: '85', unit: { text: 'degC' } }],
    ['90%', { kind: 'number', value: 90, text: '90', unit: { text: '%' } }],
    ['1.5e3 m^3/h', { kind: 'number', value: 1500, text: '1.5e3', unit: { text: 'm^3/h' } }],
    ['5 N*m', { kind: 'number', value: 5, text: '5', unit: { text: 'N*m' } }],
    ['20 °C', { kind: 'number', value: 20, text: '20', unit: { text: '°C' } }],
    ['3 µm', { kind: 'number', value: 3, text: '3', unit: { text: 'µm' } }],
    ['10 A/x', { kind: 'number', value: 10, text: '10', unit: { text: 'A/x' } }],
    ['5 m', { kind: 'number', value: 5, text: '5', unit: { text: 'm' } }],
    ['5m', { kind: 'duration', us: 3e8, text: '5m' }],
    ['1h30m', { kind: 'duration', us: 5.4e9, text: '1h30m' }],
    ['500ms', { kind: 'duration', us: 5e5, text: '500ms' }],
    ['1y', { kind: 'duration', us: 365 * 86_400e6, text: '1y' }],
    ['10 events', { kind: 'events', count: 10 }],
  ])('%s', (text, expected) => {
    expect(plainTree(expressionOf(text))).toEqual(expected);
  });

  it.each([
    ['10 A / x', '(10 A / x)'],
    ['3 and y', '(3 and y)'],
    ['2 * max(x, 1h)', '(2 * max(x, 1h))'],
    ['5 m*sqrt(x)', '(5 m * sqrt(x))'],
    ['case when x > 5 then 1 else 2 end', 'case when (x > 5) then 1 else 2 end'],
  ])('%s: what follows is no unit', (text, expected) => {
    expect(show(expressionOf(text))).toBe(expected);
  });

  it('a unit stands on the line of its number', () => {
    const [rule] = statementsOf('rule a on m { high when x > 5\nlow when y > 3 }');
    expect((rule as Extract<Statement, { kind: 'rule' }>).members).toHaveLength(2);
  });

  it('a word before `:` is the next field', () => {
    const text =
      'stream s from memory "s" json { a: float default 5 b: float c: float degC default -5 degC key id: symbol }';
    const [stream] = statementsOf(text);
    expect((stream as Extract<Statement, { kind: 'stream' }>).members).toHaveLength(4);
  });
});

describe('expressions', () => {
  it.each([
    ['a or b and not c == d', '(a or (b and (not (c == d))))'],
    ['a ?? b + c * -d', '(a ?? (b + (c * (-d))))'],
    ['a - b - c', '((a - b) - c)'],
    ['a / (b * c)', '(a / (b * c))'],
    ['x is not null and y is null', '((x is not null) and (y is null))'],
    ['state not in ("a", "b")', '(state not in ("a", "b"))'],
    ['x in -5..10', '(x in (-5)..10)'],
    ['devices[a, b].site', 'devices[a, b].site'],
    ['v.last.rms + v[2].rms', '(v.last.rms + v[2].rms)'],
    ['$.a["b c"][0].d', '$.a["b c"][0].d'],
    ['anomaly(rms) rarer than 1 per 30d', '(anomaly(rms) rarer than 1 per 30d)'],
    ['count()', 'count()'],
    ['time > high', '(time > high)'],
    ['for + in * message', '(for + (in * message))'],
    ['not == not', '(not == not)'],
    ['"a\\"\\u00e9\\\\"', '"a\\"é\\\\"'],
  ])('%s', (text, expected) => {
    expect(show(expressionOf(text))).toBe(expected);
  });
});

describe('statements beside those of the description', () => {
  it.each([
    'stream a = from m as x left join n as y within 2s before',
    'stream a = from m anti join n latest',
    'stream a = from late(m) select x',
    'stream late = from late where rejected > 3',
    'stream a = from m window hopping 10m every 1m in "Europe/Berlin" select count() as n emit on close',
    'stream a = from m window session 5m max 1h select duration() as d',
    'stream a = from m window count 100 every 10 by site, line select avg(x)',
    'stream a = match (a or b){2,5} -> not c for 30s within 1h across a.site == b.site skip past last select 1 as one',
    'stream a = match (a -> b within 10s)+ ~> (c and d)? -> e{2,} within 5m select 1 as one',
    'table t from file "t.csv" key a: symbol, b: symbol { c: float m/s = $.x }',
    'rule a on m as x where x.y > 3 lookup d = t[x.id, 3] by x.site { info  low when x for 5s gap 1s }',
    'rule a on m[x > 3] within 5m { high }',
    'stream a = match b -> c within 5m on timeout max 20 partial select 1 as one',
    'rule a on m max 20 partial { high }',
    'rule a on m by global { clear when x > 3 for 5s after 10m  while y  suppress when z  labels {} }',
    'stream s from file "x.csv" { time: float  high: bool  key key: symbol  lateness: int  time time as iso  idle never }',
    'stream s from nats "x" json {} store s route s to log',
    'test "t" { feed s { a: -5 degC } every 1s late 10s a: ramp 70..90 over 1m late 5s, gap 30s, noise 70 ~ 2 for 1h b: "x" for 5s }',
    'test "t" { expect s expect no s("a", 3) critical level between 5s and 10s expect s() { a: null, b: true } after 5s }',
  ])('%s', text => {
    expect(parse(text, 'a.mill').diagnostics).toEqual([]);
  });

  it('clauses may come in any order', () => {
    const one = statementsOf('stream a = from m where x window tumbling 1m by site select count() as n');
    const other = statementsOf('stream a = from m select count() as n by site window tumbling 1m where x');
    expect(plainTree(other)).toEqual(plainTree(one));
  });

  it('tabs, CRLF, a byte order mark and no-break spaces are blanks', () => {
    expect(statementsOf('\uFEFFlet a = 1\r\n\tlet b = 85\u00A0degC // x\r\n')).toHaveLength(2);
  });

  it('members of a rule keep their order', () => {
    const [rule] = statementsOf('rule a on m { latch  high when x  low when y  quality good else hold }');
    const members: readonly RuleMember[] = (rule as Extract<Statement, { kind: 'rule' }>).members;
    expect(members.map(member => member.kind)).toEqual(['latch', 'level', 'level', 'quality']);
  });
});

function statementsOf(text: string): readonly Statement[] {
  const { file, diagnostics } = parse(text, 'a.mill');
  expect(diagnostics).toEqual([]);
  return file!.statements;
}

function expressionOf(text: string): Expression {
  const [statement] = statementsOf(`let x = ${text}`);
  return (statement as Extract<Statement, { kind: 'let' }>).value;
}

/** With all parentheses, so that the tree is seen. Independent of the formatter, which leaves out what it can. */
function show(expression: Expression): string {
  const list = (items: readonly Expression[]) => items.map(show).join(', ');
  switch (expression.kind) {
    case 'number':
      return expression.text + (expression.unit ? ` ${expression.unit.text}` : '');
    case 'duration':
      return expression.text;
    case 'string':
      return JSON.stringify(expression.value);
    case 'boolean':
      return String(expression.value);
    case 'null':
      return 'null';
    case 'name':
      return expression.name;
    case 'member':
      return `${show(expression.object)}.${expression.property.name}`;
    case 'index':
      return `${show(expression.object)}[${list(expression.index)}]`;
    case 'path':
      return `$${expression.segments.map(part => (typeof part === 'string' && /^\w+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join('')}`;
    case 'call':
      return `${expression.name.name}(${list(expression.arguments)})`;
    case 'events':
      return `${expression.count} events`;
    case 'adapt':
      return `adapt ${expression.after.text}`;
    case 'season':
      return `season ${expression.period.text}`;
    case 'interval':
      return `[${show(expression.low)} to ${show(expression.high)}]`;
    case 'unary':
      return `(${expression.operator === 'not' ? 'not ' : '-'}${show(expression.operand)})`;
    case 'binary':
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
    case 'is-null':
      return `(${show(expression.operand)} is ${expression.isNegated ? 'not ' : ''}null)`;
    case 'in': {
      const { items } = expression;
      const range = 'low' in items ? `${show(items.low)}..${show(items.high)}` : `(${list(items)})`;
      return `(${show(expression.operand)} ${expression.isNegated ? 'not ' : ''}in ${range})`;
    }
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => `when ${show(when)} then ${show(then)}`);
      return `case ${branches.join(' ')}${expression.otherwise ? ` else ${show(expression.otherwise)}` : ''} end`;
    }
    case 'rarer':
      return `(${show(expression.operand)} rarer than ${expression.count} per ${expression.per.text})`;
  }
}

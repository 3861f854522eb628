import { describe, expect, it } from 'vitest';
import { parse } from '../../dsl/parse.ts';

const RULE =
  'rule a on m {\n  high when temp > 85 degC and avg(rms, 10m) < 7.1 mm/s for 30s // hot\n  clear after 5m\n}\n';

describe('large files', () => {
  it('ten thousand rules, a megabyte', () => {
    expect(parse(RULE.repeat(10_000), 'a.mill').file?.statements).toHaveLength(10_000);
  });

  it('a rule of thirty thousand levels', () => {
    const text = `rule a on m {\n${'high when temp > 5 degC for 30s\n'.repeat(30_000)}}`;
    expect(parse(text, 'a.mill').file).not.toBeNull();
  });

  it('an error in each of a thousand rules is reported, in order', () => {
    const { diagnostics } = parse('rule a on m { hgih when x }\n'.repeat(1000), 'a.mill');
    expect(diagnostics.map(diagnostic => diagnostic.span.start)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i * 28 + 14),
    );
  });
});

/** Each took exponential time, or the whole stack, in some parser. */
describe('nested and long inputs', () => {
  const nested = (open: string, inner: string, close: string, depth: number) =>
    `let x = ${open.repeat(depth)}${inner}${close.repeat(depth)}`;

  it.each([
    ['200 parentheses', nested('(', '1', ')', 200)],
    ['150 calls', nested('f(', '1', ')', 150)],
    ['100 cases', nested('case when a then ', '1', ' end', 100)],
    ['150 lists', nested('x in (', '1', ')', 150)],
    ['150 indices', nested('a[', '1', ']', 150)],
    ['150 patterns', `rule r on ${'('.repeat(150)}a or b${')'.repeat(150)} within 5m { high }`],
    ['900 times and', `let x = a${' and a'.repeat(900)}`],
    ['900 times not', `let x = ${'not '.repeat(900)}a`],
  ])('%s parse', (_, text) => {
    expect(parse(text, 'a.mill').diagnostics).toEqual([]);
  });

  it.each([
    ['201 parentheses', nested('(', '1', ')', 201)],
    ['100,000 parentheses', nested('(', '1', ')', 100_000)],
    ['100,000 times and', `let x = a${' and a or b'.repeat(100_000)}`],
    ['100,000 times not', `let x = ${'not '.repeat(100_000)}a`],
    ['100,000 minus signs', `let x = ${'- '.repeat(100_000)}a`],
    ['100,000 cases', `let x = ${'case when a then '.repeat(100_000)}a`],
    ['100,000 members', `let x = a${'.b'.repeat(100_000)}`],
  ])('%s are refused', (_, text) => {
    expect(parse(text, 'a.mill').diagnostics.map(({ code }) => code)).toEqual(['MR1012']);
  });

  it.each([
    ['100 cases without end', `let x = ${'case when a then '.repeat(100)}a`],
    ['199 parentheses without end', `let x = ${'('.repeat(199)}1`],
    ['150 patterns without end', `rule r on ${'('.repeat(150)}a or b${')'.repeat(149)} within 5m { high }`],
    ['150 lists without end', `let x = ${'x in ('.repeat(150)}1`],
    ['150 calls without end', `let x = ${'f('.repeat(150)}1`],
    ['150 indices without end', `let x = ${'a['.repeat(150)}1`],
    ['150 conditions without end', `rule r on ${'m[x in ('.repeat(90)}1`],
    ['300,000 digits', `let x = ${'1'.repeat(300_000)}`],
    ['100,000 closing brackets', '}'.repeat(100_000)],
    ['a megabyte of blanks', `let x = 1${' '.repeat(1_000_000)}1`],
  ])('%s are an error of one place', (_, text) => {
    expect(parse(text, 'a.mill').diagnostics).toHaveLength(1);
  });
});

/** A double would hold another number, or none: the text would not come back. */
describe('counts that are too large', () => {
  const digits = '9'.repeat(20);
  it.each([
    `let x = avg(t, ${digits} events)`,
    `rule r on a{${digits}} within 5m { high }`,
    `rule r on a{2,${digits}} within 5m { high }`,
    `stream s from memory "s" json { key id: symbol = $.a[${digits}] }`,
    `rule r on m { high when anomaly(x) rarer than ${'9'.repeat(400)} per 30d }`,
  ])('%s', text => {
    expect(parse(text, 'a.mill').diagnostics.map(({ code }) => code)).toEqual(['MR1015']);
  });
});

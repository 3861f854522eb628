import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { format } from '../../dsl/format.ts';
import { parse } from '../../dsl/parse.ts';
import { arbitraryExpression, arbitraryStatement, fileOf } from './arbitrary-tree.ts';
import { languageBlocks, onOneLine } from './language-blocks.ts';
import { plainTree } from './plain-tree.ts';
import { runs } from '../oracle/runs.ts';

const settings = runs(300);

describe('parse ∘ format', () => {
  it('gives an expression back', () => {
    fc.assert(
      fc.property(arbitraryExpression, value => {
        const name = { kind: 'identifier', name: 'x', span: value.span } as const;
        expectSame([{ kind: 'let', name, value, span: value.span }]);
      }),
      settings,
    );
  });

  it('gives statements back', () => {
    fc.assert(fc.property(fc.array(arbitraryStatement, { maxLength: 3 }), expectSame), settings);
  });

  function expectSame(statements: Parameters<typeof fileOf>[0]): void {
    const text = format(fileOf(statements), '');
    const { file, diagnostics } = parse(text, 'a.mill');
    expect(diagnostics, text).toEqual([]);
    expect(plainTree(file!.statements), text).toEqual(plainTree(statements));
    expect(format(file!, text), 'formatted again').toBe(text);
  }

  it('gives the same tree and the same comments wherever they stand', () => {
    const texts = fc.constantFrom(...languageBlocks.flatMap(block => [block, onOneLine(block)]));
    const places = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('// 1\n', '// 2\n', '\n// 3\n', '\n\n', '\n\n\n// 4\n\n', '\n')),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(texts, places, (block, insertions) => {
        const text = insertions.reduce(insertAtBlank, block);
        const before = parse(text, 'a.mill').file;
        fc.pre(before !== null);
        const formatted = format(before!, text);
        const after = parse(formatted, 'a.mill').file!;
        expect(plainTree(after.statements), formatted).toEqual(plainTree(before!.statements));
        expect(commentsOf(after), formatted).toEqual(commentsOf(before!));
        expect(format(after, formatted), formatted).toBe(formatted);
      }),
      settings,
    );
  });

  /** At a blank, and never inside a text or between a number and its unit by chance alone: what does not parse is skipped. */
  function insertAtBlank(text: string, [place, insertion]: readonly [number, string]): string {
    const blanks = [...text.matchAll(/[ \n]/g)].map(match => match.index);
    const at = blanks[place % blanks.length]!;
    return `${text.slice(0, at)} ${insertion}${text.slice(at)}`;
  }

  function commentsOf({ comments }: { comments: readonly { text: string }[] }): string[] {
    return comments.map(comment => comment.text).sort();
  }
});

/** A step, or a value, that fills most of a line. */
function wide(name: string): string {
  return `${name}[temperature > 12345678 degC and pressure > 12345678 bar]`;
}

describe('layout', () => {
  it.each([
    ['let   x=5   degC', 'let x = 5 degC'],
    ['let x = ((a + b)) * c - (d - e)', 'let x = (a + b) * c - (d - e)'],
    ['let x = not (a and b) or (c or d)', 'let x = not (a and b) or (c or d)'],
    ['let x = 90 % + $["a"].b["c d"]', 'let x = 90% + $.a.b["c d"]'],
    ['rule a on m{high when x for 5s clear after 5m}', 'rule a on m { high when x for 5s  clear after 5m }'],
    ['rule a on m{\nhigh when x for 5s clear after 5m}', 'rule a on m {\n  high  when x for 5s\n  clear after 5m\n}'],
    [
      'rule a on m {\nhigh when x\nmessage "m"\ncause "c"\nconsequence "d"\nlatch\nrunbook "r"}',
      'rule a on m {\n  high        when x\n  message     "m"\n  cause       "c"\n  consequence "d"\n  latch\n  runbook     "r"\n}',
    ],
    [
      'rule a on m {\nhigh when x\ncause "c" consequence "d" response "e"}',
      'rule a on m {\n  high when x\n  cause "c"  consequence "d"  response "e"\n}',
    ],
    ['stream s from memory "s" {}', 'stream s from memory "s" {}'],
    [
      'stream s from memory "s" json {\nkey device:symbol temp:float degC lateness 5s idle 1m\ntime ts as ms }',
      'stream s from memory "s" json {\n  key device: symbol\n  temp: float degC\n  lateness 5s  idle 1m\n  time  ts as ms\n}',
    ],
    ['let a = 1 // one\nlet long = 2 // two', 'let a = 1     // one\nlet long = 2  // two'],
    ['\n\n// top\n\n\n\nlet a = 1\n\n\n// end\n\n', '// top\n\nlet a = 1\n\n// end'],
    ['rule a on m { // why\n\n high when x\n\n\n // then\n low when y\n // last\n\n}', ruleWithComments()],
    ['let a = 1 // one\n + 2 // two', '// one\nlet a = 1 + 2  // two'],
    ['rule a on ((m)){ high }', 'rule a on (m) { high }'],
    ['rule a on (m) within 5s{ high }', 'rule a on m within 5s { high }'],
    [
      `rule a on x: ${wide('m')} -> y: ${wide('n')}+ // why\n~> (z: ${wide('o')} -> m within 5s) within 1m { high }`,
      `rule a on x: ${wide('m')}\n  -> y: ${wide('n')}+  // why\n  ~> (z: ${wide('o')} -> m within 5s)\n  within 1m {\n  high\n}`,
    ],
    [
      `stream a = match x: ${wide('m')} -> y: ${wide('n')} within 1m unless m where y.b > 1 select x.b`,
      `stream a = match x: ${wide('m')}\n  -> y: ${wide('n')}\n  within 1m unless m where y.b > 1\n  select x.b`,
    ],
    [
      `stream a = match x: ${wide('m')} -> m within 1m unless m[b > 10 and c > 12345678 and d]`,
      `stream a = match x: ${wide('m')} -> m\n  within 1m unless m[b > 10 and c > 12345678 and d]`,
    ],
    [
      `stream a = from m select x, case when ${wide('temperatures')} is null then 1 when y // why\n then 2 else 3 end as z, w`,
      `stream a = from m\n  select x,\n    case\n      when ${wide('temperatures')} is null then 1\n      when y then 2  // why\n      else 3\n    end as z,\n    w`,
    ],
    ['stream a = from m\n select x', 'stream a = from m\n  select x'],
    ['stream a = from m\n where x', 'stream a = from m where x'],
    [
      'test "a" { feed m { id: "1" } every 1s x: 1 for 5s y: 2 for 5s }',
      'test "a" { feed m { id: "1" } every 1s x: 1 for 5s y: 2 for 5s }',
    ],
    [
      'test "a" {\n feed m { id: "1" } every 1s\n x: 1 for 5s // why\n y: 2 for 5s }',
      'test "a" {\n  feed m { id: "1" } every 1s\n    x: 1 for 5s  // why\n    y: 2 for 5s\n}',
    ],
    [
      `test "a" { feed m every 1s x: ${'1 for 5s, '.repeat(9)}1 for 5s y: 2 for 9s }`,
      `test "a" {\n  feed m every 1s\n    x: ${'1 for 5s, '.repeat(9)}1 for 5s\n    y: 2 for 9s\n}`,
    ],
  ])('%j', (text, expected) => {
    expect(format(parse(text, 'a.mill').file!, text)).toBe(`${expected}\n`);
  });

  it('an empty file stays empty', () => {
    expect(format(parse('', 'a.mill').file!, '')).toBe('');
  });

  function ruleWithComments(): string {
    return 'rule a on m {  // why\n  high when x\n\n  // then\n  low  when y\n  // last\n}';
  }
});

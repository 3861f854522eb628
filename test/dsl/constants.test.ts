import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { constantsOf } from '../../dsl/constants.ts';

const TEXT = `include "limits.mill"
stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as ms }
let span = 10s
let hotter = limit + 10 K
rule hot on motor { high when avg(temp, span) > limit  critical when temp > hotter }
`;
const LIMITS = `let limit = 85 degC
let count = 3
let low = -5 degC
let half = 0.5
let word = "north"`;

const input = {
  file: 'rules.mill',
  text: TEXT,
  read: () => ({ file: 'limits.mill', text: LIMITS }),
};

/** What rules compare with. */
const literals = (constants: Record<string, string>) => {
  const { plan, diagnostics } = compile({ ...input, constants });
  expect(diagnostics).toEqual([]);
  return [...JSON.stringify(plan).matchAll(/"kind":"literal","type":"float","value":([\d.]+)/g)].map(([, value]) =>
    Number(value),
  );
};

describe('other values of constants', () => {
  it('take the place of those in the text, wherever that is', () => {
    expect(literals({}).sort()).toEqual([85, 95]);
    expect(literals({ limit: '90 degC' }).sort((a, b) => a - b)).toEqual([90, 100]);
    expect(literals({ limit: '194 degF' }).sort((a, b) => a - b)).toEqual([90, 100]);
  });

  it('may be durations', () => {
    const { plan } = compile({ ...input, constants: { span: '1m' } });
    expect(JSON.stringify(plan)).toContain('60000000');
  });

  it('leave the tree of the main file in place', () => {
    const { ast } = compile({ ...input, constants: { span: '1m' } });
    expect(ast?.statements.find(statement => statement.kind === 'let')).toMatchObject({ value: { text: '1m' } });
  });

  it.each([
    [{ limt: '90 degC' }, 'MR7366', 'there is no constant `limt`'],
    [{ limit: '90 degC let other = 3' }, 'MR7366', 'this is more than the value of a constant'],
    [{ limit: '90 bar' }, 'MR2', 'degC'],
    [{ limit: '90degC' }, 'MR1', ''],
    [{ limit: '' }, 'MR1', ''],
  ])('are told as wrong: %j', (constants, code, part) => {
    const { plan, diagnostics } = compile({ ...input, constants: constants as unknown as Record<string, string> });
    expect(plan).toBeNull();
    expect(diagnostics[0]!.code).toMatch(new RegExp(`^${code}`));
    expect(diagnostics.map(({ message, hint }) => `${message} ${hint}`).join()).toContain(part);
  });

  it('are not looked at where the text does not parse', () => {
    const { diagnostics } = compile({ ...input, text: 'stream motor frm', constants: { limt: '3' } });
    expect(diagnostics.map(({ code }) => code.slice(0, 3))).toEqual(['MR1']);
  });
});

describe('the constants of files', () => {
  it('have their text, and what they are', () => {
    expect(constantsOf(input)).toEqual([
      { name: 'limit', text: '85 degC', quantity: { kind: 'number', value: 85, unit: 'degC', isWhole: false } },
      { name: 'count', text: '3', quantity: { kind: 'number', value: 3, unit: null, isWhole: true } },
      { name: 'low', text: '-5 degC', quantity: { kind: 'number', value: -5, unit: 'degC', isWhole: false } },
      { name: 'half', text: '0.5', quantity: { kind: 'number', value: 0.5, unit: null, isWhole: false } },
      { name: 'word', text: '"north"', quantity: null },
      { name: 'span', text: '10s', quantity: { kind: 'duration', us: 10_000_000 } },
      { name: 'hotter', text: 'limit + 10 K', quantity: null },
    ]);
  });
});

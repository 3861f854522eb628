import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Diagnostic, Span } from '../../dsl/diagnostics.ts';

/** Each `semantic/<name>.mill` against `golden/semantic/<name>.txt`; UPDATE=1 rewrites the latter. */
const CASES = join(import.meta.dirname, 'semantic');
const GOLDEN = join(import.meta.dirname, 'golden/semantic');

describe('errors of meaning, all at once and in order', () => {
  it.each(readdirSync(CASES))('%s', name => {
    const text = readFileSync(join(CASES, name), 'utf8');
    const { diagnostics, plan } = compile({ file: name, text });
    expect(plan).toBeNull();
    expect(isInOrder(diagnostics)).toBe(true);
    expectGolden(join(GOLDEN, name.replace('.mill', '.txt')), diagnostics.map(one => render(one, text)).join(''));
  });
});

describe('include', () => {
  const stream = 'stream s from memory "s" json { key id: symbol  t: float }\n';

  it('reads each file once, wherever it is named', () => {
    const { plan, diagnostics } = compileFiles({
      'main.mill': 'include "a.mill"\ninclude "b.mill"\nrule r on s { high when t > limit }',
      'a.mill': 'include "b.mill"\nlet limit = 3',
      'b.mill': stream,
    });
    expect(diagnostics).toEqual([]);
    expect(plan?.nodes.map(node => node.id)).toEqual(['s', 's#t > 3', 'rule:r']);
  });

  it.each([
    ['a missing file', { 'main.mill': 'include "b.mill"' }, ['MR2509 main.mill']],
    ['itself', { 'main.mill': 'include "main.mill"' }, ['MR2510 main.mill']],
    [
      'a circle',
      { 'main.mill': 'include "a.mill"', 'a.mill': 'include "b.mill"', 'b.mill': 'include "a.mill"' },
      ['MR2510 b.mill'],
    ],
    [
      'errors of two files, in order of the files',
      {
        'main.mill': `include "a.mill"\n${stream}rule r on s { high when u > 3 }`,
        'a.mill': 'rule q on s { high when v > 3 }',
      },
      ['MR2001 main.mill', 'MR2001 a.mill'],
    ],
    [
      'an error of syntax, which is told alone',
      { 'main.mill': 'include "a.mill"\nrule r on nothing { high when u > 3 }', 'a.mill': 'stream' },
      ['MR1001 a.mill'],
    ],
    ['a name of another file', { 'main.mill': `include "a.mill"\n${stream}`, 'a.mill': stream }, ['MR2501 main.mill']],
  ] satisfies [string, Record<string, string>, string[]][])('%s', (_, files, expected) => {
    const { diagnostics, plan } = compileFiles(files);
    expect(plan).toBeNull();
    expect(diagnostics.map(({ code, span }) => `${code} ${span.file}`)).toEqual(expected);
  });
});

function compileFiles(files: Readonly<Record<string, string>>) {
  return compile({
    file: 'main.mill',
    text: files['main.mill']!,
    read: path => (files[path] === undefined ? undefined : { file: path, text: files[path] }),
  });
}

function render({ code, severity, message, span, hint, related }: Diagnostic, text: string): string {
  const lines = [`${severity}[${code}] ${place(span, text)}`, `  ${message}`];
  for (const other of related ?? []) lines.push(`  also ${place(other.span, text)}: ${other.message}`);
  if (hint !== undefined) lines.push(`  hint: ${hint}`);
  return `${lines.join('\n')}\n`;
}

function place({ start, end }: Span, text: string): string {
  const before = text.slice(0, start).split('\n');
  const written = text.slice(start, end).replaceAll(/\s+/g, ' ');
  return `${before.length}:${before.at(-1)!.length + 1} ${written.length > 60 ? `${written.slice(0, 59)}…` : written}`;
}

function isInOrder(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.every(({ span }, index) => index === 0 || diagnostics[index - 1]!.span.start <= span.start);
}

function expectGolden(file: string, text: string): void {
  if (process.env['UPDATE'] === '1' || !existsSync(file)) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = join(ROOT, 'docs/errors');
const CODE_FOLDERS = ['dsl', 'engine', 'connectors', 'backends', 'embed', 'apps'];

/** Errors that a text alone cannot show: they need other files, or a program around it. */
const NEEDS_MORE = new Set(['MR2510', 'MR2007']);

const pages = readdirSync(PAGES)
  .filter(name => /^MR\d{4}\.md$/.test(name))
  .map(name => ({ code: name.slice(0, 6), text: readFileSync(join(PAGES, name), 'utf8') }));

describe('pages of errors', () => {
  it.each(pages)('$code: the wrong rule has the error, the right one has not', ({ code, text }) => {
    expect(text.split('\n')[0]).toMatch(new RegExp(`^# ${code}: .`));
    const wrong = blocks(text, 'wrong');
    const right = blocks(text, 'right');
    for (const block of wrong) expect(codesOf(block), block).toContain(code);
    for (const block of right) {
      expect(codesOf(block), block).not.toContain(code);
      expect(errorsOf(block), block).toEqual([]);
    }
    if (!isOfText(code) || NEEDS_MORE.has(code)) return;
    expect(wrong.length, 'wrong rules').toBeGreaterThan(0);
    expect(right.length, 'right rules').toBeGreaterThan(0);
  });

  const used = codesIn(CODE_FOLDERS);
  const known = pages.map(page => page.code);

  it('every code has a page', () => {
    expect([...used].filter(code => !known.includes(code))).toEqual([]);
  });

  it('every page is of a code that is used', () => {
    expect(known.filter(code => !used.has(code))).toEqual([]);
  });
});

/** Errors of rule files: 1xxx syntax, 2xxx names, types and units, 3xxx time, windows and patterns. */
function isOfText(code: string): boolean {
  return /^MR[123]/.test(code);
}

function blocks(page: string, word: string): string[] {
  return [...page.matchAll(/```mill (\w+)\n([\s\S]*?)```/g)].flatMap(([, kind, text]) =>
    kind === word ? [text!] : [],
  );
}

function codesOf(text: string): string[] {
  return compile({ file: 'page.mill', text }).diagnostics.map(diagnostic => diagnostic.code);
}

function errorsOf(text: string): string[] {
  const { diagnostics } = compile({ file: 'page.mill', text });
  return diagnostics.flatMap(({ severity, code, message }) => (severity === 'error' ? [`${code} ${message}`] : []));
}

function codesIn(folders: readonly string[]): Set<string> {
  const codes = new Set<string>();
  for (const folder of folders) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|peggy)$/.test(name)) continue;
      const text = readFileSync(join(ROOT, folder, name), 'utf8').replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
      for (const [code] of text.matchAll(/MR\d{4}/g)) codes.add(code);
    }
  }
  return codes;
}

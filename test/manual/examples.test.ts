import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { LANGUAGE_FOLDER, pageExamples } from '../../scripts/manual/page-examples.ts';
import { drawPictures, PICTURES_FOLDER } from '../../scripts/manual/pictures.ts';

/**
 * What the manual shows is so: every rule text compiles, its tests hold in all modes as a scenario's do, and its picture is
 * of what the engine does in them (`UPDATE=1` draws it again, as `npm run docs` does).
 */
const examples = pageExamples().map(example => ({ ...example, name: `${example.page}:${example.line}` }));
const pages = readdirSync(LANGUAGE_FOLDER).filter(name => name.endsWith('.md'));

describe.each(examples)('$name', ({ page, line, text }) => {
  const { plan, tests, diagnostics } = compile({ file: page, text });

  test('compiles, and holds what it says in all modes', () => {
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    for (const block of tests) {
      const { results, differences } = compareModes({ plan: plan!, test: block });
      const failures = results.flatMap(({ mode, failures: inMode }) =>
        inMode.map(failure => `${mode.name}: ${page}:${line + failure.line - 1}: ${failure.message}`),
      );
      expect(failures).toEqual([]);
      expect(differences).toEqual([]);
    }
  });
});

describe('pages', () => {
  test.each(pages)('the texts of %s say what they are', page => {
    const fences = readFileSync(join(LANGUAGE_FOLDER, page), 'utf8').match(/^```.*$/gm) ?? [];
    const opening = fences.filter((_, index) => index % 2 === 0);
    expect(opening.filter(fence => !/^```(?:mill|json|sql|yaml|csv|sh|text)$/.test(fence))).toEqual([]);
  });

  test('every page is in the index', () => {
    const index = readFileSync(join(LANGUAGE_FOLDER, 'README.md'), 'utf8');
    const linked = new Set([...index.matchAll(/\]\(([\w-]+\.md)/g)].map(match => match[1]));
    expect(pages.filter(page => page !== 'README.md' && !linked.has(page))).toEqual([]);
  });
});

describe('pictures', () => {
  const drawn = drawPictures();
  if (process.env['UPDATE']) for (const [name, svg] of drawn) writeFileSync(join(PICTURES_FOLDER, name), svg);
  const kept = readdirSync(PICTURES_FOLDER).sort();

  test('are those that pages show', () => {
    expect(kept).toEqual([...drawn.keys()].sort());
    const shown = pages.flatMap(page => [
      ...readFileSync(join(LANGUAGE_FOLDER, page), 'utf8').matchAll(/\(pictures\/([\w-]+\.svg)\)/g),
    ]);
    expect(shown.map(match => match[1]!).sort()).toEqual(kept); // each once, right below its example
  });

  test.each([...drawn])('%s is of what the engine does', (name, svg) => {
    expect(readFileSync(join(PICTURES_FOLDER, name), 'utf8')).toBe(svg);
  });

  test('each is small', () => {
    expect([...drawn].filter(([, svg]) => svg.length > 20_000).map(([name]) => name)).toEqual([]);
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { FUNCTIONS_PAGE, functionsPage } from '../../scripts/manual/functions-page.ts';
import { examplesIn } from '../../scripts/manual/page-examples.ts';
import { drawPictures, PICTURES_FOLDER } from '../../scripts/manual/pictures.ts';
import { ownFiles, textOf } from '../repository/tree.ts';
import { modesInTurn } from '../scenarios/modes-in-turn.ts';

/**
 * What the manual shows is so: every rule text compiles, its tests hold in several modes as a scenario's do, and its picture is
 * of what the engine does in them (`UPDATE=1` draws it again, as `npm run docs` does).
 */
const documents = ['README.md', ...ownFiles('docs/{,language/,connectors/}*.md')];
const pages = documents.filter(document => document.startsWith('docs/language/'));
const examples = examplesIn(documents).map(example => ({ ...example, name: `${example.document}:${example.line}` }));

let blocks = 0; // which modes' turn it is goes on from example to example

describe.each(examples)('$name', ({ document, line, text }) => {
  const { plan, tests, diagnostics } = compile({ file: document, text });
  const runs = tests.map(block => ({ block, modes: modesInTurn(blocks++) }));

  test('compiles, and holds what it says', () => {
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    for (const { block, modes } of runs) {
      const { results, differences } = compareModes({ plan: plan!, test: block, modes });
      const failures = results.flatMap(({ mode, failures: inMode }) =>
        inMode.map(failure => `${mode.name}: ${document}:${line + failure.line - 1}: ${failure.message}`),
      );
      expect(failures).toEqual([]);
      expect(differences).toEqual([]);
    }
  });
});

describe('documents', () => {
  test.each(documents)('the texts of %s say what they are', document => {
    const fences = textOf(document).match(/^```.*$/gm) ?? [];
    const opening = fences.filter((_, index) => index % 2 === 0);
    expect(
      opening.filter(
        fence => !/^```(?:mill(?: more| part)?|(?:json|sql|yaml|csv|sh|js|ts|text)(?: \w+)?)$/.test(fence),
      ),
    ).toEqual([]);
  });

  test('the programs are TypeScript, and import what there is', () => {
    const programs = documents.flatMap(document =>
      [...textOf(document).matchAll(/^```ts(?: \w+)?\n(.*?)^```$/gms)].map(([, text]) => text!),
    );
    const exported = textOf('index.ts');
    expect(programs.length).toBeGreaterThan(5);
    for (const program of programs) {
      expect(() => stripTypeScriptTypes(program), program).not.toThrow();
      for (const [, names] of program.matchAll(/import (?:type )?\{ ([^}]+) \} from 'millrace'/g)) {
        for (const name of names!.split(', '))
          expect(exported).toMatch(new RegExp(`\\b${name.replace('type ', '')}\\b`));
      }
    }
  });

  test.each(pages)('%s has no rule text that is left out here', page => {
    expect(textOf(page)).not.toContain('```mill part');
  });

  test('every page of the language is in its index', () => {
    const linked = [...textOf('docs/language/README.md').matchAll(/\]\(([\w-]+\.md)/g)].map(match => match[1]);
    const missing = pages.filter(page => !linked.includes(basename(page)) && basename(page) !== 'README.md');
    expect(missing).toEqual([]);
  });
});

test('the page of functions is that of the catalog', () => {
  if (process.env['UPDATE']) writeFileSync(FUNCTIONS_PAGE, functionsPage());
  expect(readFileSync(FUNCTIONS_PAGE, 'utf8')).toBe(functionsPage());
});

describe('pictures', () => {
  const drawn = drawPictures();
  if (process.env['UPDATE']) for (const [name, svg] of drawn) writeFileSync(join(PICTURES_FOLDER, name), svg);
  const kept = readdirSync(PICTURES_FOLDER).sort();

  test('are those that pages show', () => {
    expect(kept).toEqual([...drawn.keys()].sort());
    const shown = documents.flatMap(document => [
      ...textOf(document).matchAll(/\((?:docs\/language\/)?pictures\/([\w-]+\.svg)\)/g),
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

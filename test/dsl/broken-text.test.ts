import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from '../../dsl/parse.ts';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';
import { languageBlocks } from './language-blocks.ts';
import { runs } from '../oracle/runs.ts';

const settings = runs(300);

const pieces = fc.constantFrom(
  '',
  '{',
  '}',
  '(',
  ']',
  '"',
  "'",
  '\\',
  '->',
  '-5s',
  '5 ',
  '85degC',
  '=',
  '&&',
  '/*',
  '#',
  '\n',
  ' ü ',
  '💧',
  'rule',
  'for 30',
);
const changes = fc.array(fc.record({ at: fc.nat(), length: fc.nat(8), piece: pieces }), { minLength: 1, maxLength: 4 });

it('whatever is broken, the parser says so with a code and a place, in order', () => {
  fc.assert(
    fc.property(fc.constantFrom(...languageBlocks), changes, (block, list) => {
      const text = list.reduce((broken, { at, length, piece }) => {
        const start = at % broken.length;
        return broken.slice(0, start) + piece + broken.slice(start + length);
      }, block);
      const { file, diagnostics } = parse(text, 'a.mill');
      expect(file === null).toBe(diagnostics.length > 0);
      let previous = 0;
      for (const diagnostic of diagnostics) {
        const { code, span } = diagnostic;
        expect(code).toMatch(/^MR10\d\d$/);
        expect(span.start).toBeGreaterThanOrEqual(previous);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(span.end).toBeLessThanOrEqual(text.length);
        expect(renderDiagnostic(diagnostic, () => text, { isColoured: false })).toContain('^');
        previous = span.start;
      }
    }),
    settings,
  );
});

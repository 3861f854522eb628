import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { parse } from '../../dsl/parse.ts';
import { renderDiagnostic, toJson } from '../../dsl/render-diagnostic.ts';

/** Each `syntax/<name>.mill` against `golden/syntax/<name>.txt`; UPDATE=1 rewrites the latter. */
const CASES = join(import.meta.dirname, 'syntax');
const GOLDEN = join(import.meta.dirname, 'golden/syntax');

describe('errors of syntax, one for each statement, in order', () => {
  it.each(readdirSync(CASES))('%s', name => {
    const text = readFileSync(join(CASES, name), 'utf8');
    const { diagnostics, file } = parse(text, name);
    expect(file).toBeNull();
    const starts = diagnostics.map(diagnostic => diagnostic.span.start);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    const rendered = diagnostics.map(one => renderDiagnostic(one, () => text, { isColoured: false }));
    expectGolden(join(GOLDEN, name.replace('.mill', '.txt')), rendered.join('\n'));
  });
});

describe('a diagnostic', () => {
  const text = 'stream a from b\n\tlet x = 1\nlet y\t= 2\n';
  const diagnostic: Diagnostic = {
    code: 'MR2104',
    severity: 'warning',
    message: 'these disagree',
    span: { file: 'a.mill', start: text.indexOf('x'), end: text.indexOf('x') + 1 },
    related: [{ span: { file: 'b.mill', start: 4, end: text.length }, message: 'declared here' }],
    hint: 'choose one',
  };

  it('shows both places, tabs and spans over several lines', () => {
    expect(renderDiagnostic(diagnostic, () => text, { isColoured: false }).split('\n')).toEqual([
      'warning[MR2104]: these disagree',
      ' --> a.mill:2:6',
      '  |',
      '2 |     let x = 1',
      '  |         ^',
      '  = declared here:',
      ' --> b.mill:1:5',
      '  |',
      '1 | stream a from b',
      '  |     ^^^^^^^^^^^',
      '  …',
      '3 | let y    = 2',
      '  | ^^^^^^^^^^^^',
      '  = hint: choose one',
      '  = more: millrace explain MR2104',
      '',
    ]);
  });

  it('says the offset where the text is gone', () => {
    expect(renderDiagnostic(diagnostic, () => undefined, { isColoured: false })).toContain(' --> a.mill:21\n');
  });

  it('is coloured on request, and says the same', () => {
    const coloured = renderDiagnostic(diagnostic, () => text, { isColoured: true });
    expect(coloured).not.toBe(renderDiagnostic(diagnostic, () => text, { isColoured: false }));
    expect(coloured.replaceAll(/\x1b\[[\d;]*m/g, '')).toBe(
      renderDiagnostic(diagnostic, () => text, { isColoured: false }),
    );
  });

  it('has lines and columns as JSON', () => {
    expect(toJson(diagnostic, file => (file === 'a.mill' ? text : undefined))).toEqual({
      code: 'MR2104',
      severity: 'warning',
      message: 'these disagree',
      span: { file: 'a.mill', start: 21, end: 22, from: { line: 2, column: 6 }, to: { line: 2, column: 7 } },
      related: [{ span: { file: 'b.mill', start: 4, end: text.length }, message: 'declared here' }],
      hint: 'choose one',
    });
  });
});

function expectGolden(file: string, actual: string): void {
  if (process.env.UPDATE === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  expect(existsSync(file), `${file}: run with UPDATE=1`).toBe(true);
  expect(actual).toBe(readFileSync(file, 'utf8'));
}

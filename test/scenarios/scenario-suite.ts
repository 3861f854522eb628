import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { modesInTurn } from './modes-in-turn.ts';

const folder = import.meta.dirname;
/** The largest blocks take seconds of work in the modes that restore after every event. */
const TIMEOUT_MS = 180_000;
const PARTS = {
  patterns: /^patterns\//,
  rules: /^(rule|suppress)/,
  whole: /^(everything|test-block|keys|merge|joins)/,
  rest: /^/,
};

/**
 * Every `.mill` file of a part: each test block holds in the modes whose turn it is, which give the same rows and alerts to
 * the last bit. Which these are goes on from file to file.
 */
export function testScenarios(part: keyof typeof PARTS): void {
  let blocks = 0;
  describe.each(filesOf(part))('%s', file => {
    const { plan, tests, diagnostics } = compile({ file, text: readFileSync(join(folder, file), 'utf8') });

    test('compiles and has tests', () => {
      expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
      expect(tests.length).toBeGreaterThan(0);
    });

    test.each(tests.map(block => ({ block, title: block.title, modes: modesInTurn(blocks++) })))(
      '$title',
      ({ block, modes }) => {
        const { results, differences } = compareModes({ plan: plan!, test: block, modes });
        const failures = results.flatMap(({ mode, failures: inMode }) =>
          inMode.map(({ line, message }) => `${mode.name}: ${file}:${line}: ${message}`),
        );
        expect(failures).toEqual([]);
        expect(differences).toEqual([]);
      },
      TIMEOUT_MS,
    );
  });
}

/** Each file is of the first part that it fits: they run beside each other. */
function filesOf(part: keyof typeof PARTS): string[] {
  const files = globSync('**/*.mill', { cwd: folder }).sort();
  return files.filter(file => Object.entries(PARTS).find(([, isOf]) => isOf.test(file))![0] === part);
}

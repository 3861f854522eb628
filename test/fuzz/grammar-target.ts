import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { File } from '../../dsl/ast.ts';
import { compile } from '../../dsl/compile.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { format } from '../../dsl/format.ts';
import { parse } from '../../dsl/parse.ts';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';
import { languageBlocks } from '../dsl/language-blocks.ts';
import { plainTree } from '../dsl/plain-tree.ts';
import { root } from '../repository/tree.ts';
import { wordsOf } from './mutation.ts';
import { Fault, type FuzzTarget } from './target.ts';

/**
 * Rule files: the compiler never throws; every diagnostic has a code and a place; there is a plan unless there is an
 * error, and it is one that the engine takes; what parses is formatted into text of the same meaning.
 */
export function grammarTarget(): FuzzTarget {
  const seeds = ruleTexts().map(text => Buffer.from(text));
  return { name: 'grammar', covered: ['/dsl/'], seeds, words: wordsOf(seeds), maxBytes: MAX_BYTES, check: checkRules };
}

function checkRules(input: Buffer): void {
  const text = input.toString('utf8');
  const { plan, ast, diagnostics } = compile({ file: FILE, text });
  for (const diagnostic of diagnostics) checkDiagnostic(diagnostic, text);
  const hasError = diagnostics.some(({ severity }) => severity === 'error');
  if (hasError !== (plan === null))
    throw new Fault(`${hasError ? 'a' : 'no'} plan, with ${diagnostics.length} diagnostics`);
  if (plan !== null) {
    const carried: unknown = JSON.parse(JSON.stringify(plan));
    if (!isDeepStrictEqual(carried, plan)) throw new Fault('the plan is not plain JSON');
    validatePlan(carried);
  }
  if (ast !== null) checkFormat(ast, text);
}

function checkDiagnostic(diagnostic: Diagnostic, text: string): void {
  const spans = [diagnostic.span, ...(diagnostic.related ?? []).map(({ span }) => span)];
  for (const { file, start, end } of spans) {
    if (!(file === FILE && start >= 0 && start <= end && end <= text.length)) {
      throw new Fault(`${diagnostic.code} stands at ${file}:${start}-${end} of ${text.length}`);
    }
  }
  if (!/^MR[1238]\d{3}$/.test(diagnostic.code)) throw new Fault(`a diagnostic of code ${diagnostic.code}`);
  renderDiagnostic(diagnostic, () => text, { isColoured: false });
}

function checkFormat(ast: File, text: string): void {
  const formatted = format(ast, text);
  const again = parse(formatted, FILE).file;
  if (again === null) throw new Fault(`what is formatted does not parse: ${JSON.stringify(formatted)}`);
  if (!isDeepStrictEqual(plainTree(again.statements), plainTree(ast.statements))) {
    throw new Fault(`what is formatted means something else: ${JSON.stringify(formatted)}`);
  }
  if (format(again, formatted) !== formatted) throw new Fault(`formatting is not stable: ${JSON.stringify(formatted)}`);
}

/** The language's description, its statements one by one, the pages of errors, scenarios and examples. */
function ruleTexts(): readonly string[] {
  const pages = textsIn('docs/errors', '.md').flatMap(page =>
    [...page.matchAll(/```mill \w+\n([\s\S]*?)```/g)].map(match => match[1]!),
  );
  const files = [...textsIn('test/scenarios', '.mill'), ...textsIn('examples', '.mill')];
  const statements = [...languageBlocks, ...files].flatMap(text => text.split(/\n(?=\w)/));
  return [...new Set([...pages, ...statements, ...files, ...languageBlocks])].filter(text => text.length <= MAX_BYTES);
}

function textsIn(folder: string, extension: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(extension))
    .sort()
    .map(name => readFileSync(join(root, folder, name), 'utf8'));
}

const FILE = 'fuzz.mill';
const MAX_BYTES = 2_000;

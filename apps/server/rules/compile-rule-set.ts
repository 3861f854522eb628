import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compile } from '../../../dsl/compile.ts';
import { type Diagnostic, refusedIfLater } from '../../../dsl/diagnostics.ts';
import { ruleTextOf } from '../../../dsl/parse/rule-text.ts';
import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import { type DiagnosticJson, renderDiagnostic, toJson } from '../../../dsl/render-diagnostic.ts';
import { includedPath, type RuleSet } from './rule-set.ts';

export type CompileRequest = {
  readonly set: RuleSet;
  /** Where its paths start. */
  readonly directory: string;
  /** What it includes and does not hold is read there. */
  readonly isFromDisk: boolean;
  /** `none`: nothing is stored; `missing`: where something should be, that is an error. */
  readonly store: 'there' | 'none' | 'missing';
};

export type CompiledRules = {
  /** With all that it includes. */
  readonly set: RuleSet;
  /** Null where a diagnostic is an error. */
  readonly plan: Plan | null;
  readonly diagnostics: readonly DiagnosticJson[];
  /** The same for people. */
  readonly text: string;
};

/** Compiles a set of rules as one program. */
export function compileRuleSet({ set, directory, isFromDisk, store }: CompileRequest): CompiledRules {
  const files: Record<string, string> = { ...set.files };
  const textOf = (path: string): string | undefined => {
    if (Object.hasOwn(files, path)) return files[path];
    if (!isFromDisk) return undefined;
    try {
      const text = ruleTextOf(readFileSync(resolve(directory, path)));
      return text === null ? undefined : (files[path] = text);
    } catch {
      return undefined; // the compiler says where it is included
    }
  };
  const roots = set.roots.map(file => ({ file, text: textOf(file)! }));
  const [first = { file: NO_FILE, text: '' }, ...others] = roots;
  const { plan, diagnostics } = compile({
    ...first,
    others,
    read: (path, fromFile) => {
      const file = includedPath(path, fromFile);
      const text = textOf(file);
      return text === undefined ? undefined : { file, text };
    },
  });
  const all = [...diagnostics.map(refusedIfLater), ...storeMissing(plan, store)];
  const isRefused = plan === null || all.some(({ severity }) => severity === 'error');
  return {
    set: { files, roots: set.roots },
    plan: isRefused ? null : placed(plan, directory, store),
    diagnostics: all.slice(0, MAX_SHOWN).map(diagnostic => toJson(diagnostic, textOf)),
    text: shown(all, textOf),
  };
}

function storeMissing(plan: Plan | null, store: CompileRequest['store']): readonly Diagnostic[] {
  const stored = (plan?.nodes ?? []).flatMap(node => (node.kind === 'store' ? [node.input] : []));
  if (store !== 'missing' || stored.length === 0) return [];
  const span = { file: NO_FILE, start: 0, end: 0 };
  const message = `no store is named for ${stored.join(', ')}`;
  return [
    { code: 'MR7012', severity: 'error', message, span, hint: 'name one in the settings, such as `store: duckdb`' },
  ];
}

/** Paths in it start at the folder of rules, wherever the process runs. */
function placed(plan: Plan, directory: string, store: CompileRequest['store']): Plan {
  const nodes = plan.nodes.filter(node => store === 'there' || node.kind !== 'store');
  return { ...plan, nodes: nodes.map(node => withDirectory(node, directory)) };
}

function withDirectory(node: PlanNode, directory: string): PlanNode {
  switch (node.kind) {
    case 'source':
    case 'table':
      return { ...node, directory: resolve(directory, node.directory) };
    case 'route':
      return { ...node, target: { ...node.target, directory: resolve(directory, node.target.directory) } };
    default:
      return node;
  }
}

function shown(diagnostics: readonly Diagnostic[], textOf: (path: string) => string | undefined): string {
  const texts = diagnostics.slice(0, MAX_SHOWN).map(one => renderDiagnostic(one, textOf, { isColoured: false }));
  const more = diagnostics.length - texts.length;
  if (more > 0) texts.push(`… and ${more.toLocaleString('en')} more like these\n`);
  return texts.join('\n');
}

/** What is of no single file. */
const NO_FILE = '(rules)';
const MAX_SHOWN = 100;

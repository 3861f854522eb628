import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';

/**
 * Rules that simulations run. Where they change between lives there are two programs that include what stays: what the
 * rules in `plan` give must not depend on what the others have beside them.
 */
export type Program = {
  readonly name: string;
  readonly plan: Plan;
  /** Other rules around the same ones; none: they never change. */
  readonly others: readonly Plan[];
};

/** `plants` are shaped by more than events: tables, and what operators do. */
export type ProgramSet = 'programs' | 'plants';

export function loadPrograms(set: ProgramSet): Program[] {
  const folder = join(import.meta.dirname, set);
  const names = readdirSync(folder).map(file => basename(file, '.mill'));
  const isOther = (name: string) => OTHERS.some(suffix => name.endsWith(suffix));
  return names
    .filter(name => !isOther(name))
    .sort()
    .map(name => ({
      name,
      plan: compileFile(folder, name),
      others: OTHERS.map(suffix => name + suffix)
        .filter(other => names.includes(other))
        .map(other => compileFile(folder, other)),
    }));
}

const OTHERS = ['-before', '-after'];

/** Outputs are relative to the folder of the rules, which is on the simulated disk. */
function compileFile(folder: string, name: string): Plan {
  const read = (file: string) => readFileSync(join(folder, basename(file)), 'utf8');
  const file = join('/rules', `${name}.mill`);
  const { plan, diagnostics } = compile({
    file,
    text: read(file),
    read: (path, from) => ({ file: join(dirname(from), path), text: read(path) }),
  });
  const [first] = diagnostics;
  if (plan === null || first !== undefined) throw new Error(`${file}: ${first?.code} ${first?.message}`);
  return plan;
}

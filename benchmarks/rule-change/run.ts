/**
 * What it takes to change one rule of many: each phase from text to plan, the comparison with the stored state, and the way
 * of a running job from stop to the first event under the changed rules. `npm run bench -- rule-change`; the method is in
 * ../README.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, writeResult } from '../machine.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { Cost, RuleChange } from './change-rule.ts';

const RULES = [1, 100, 1_000, 10_000];
const FILES = [0, 100]; // beside the main one
const WORKERS = [0, 1];
const PASSES = 3;
const EVENTS_PER_SECOND = 100;

type Measured = {
  readonly rules: number;
  readonly files: number;
  readonly workers: number;
  readonly nodes: number;
  readonly cold: Readonly<Record<string, CostSpread>>;
  readonly steps: Readonly<Record<string, CostSpread>>;
  readonly asked: Readonly<Record<string, CostSpread>>;
  readonly planBytes: number;
  readonly jobBytes: number;
};
type CostSpread = { readonly ms: Spread; readonly cpuMs: Spread };

const curve: Measured[] = [];
for (const rules of RULES) {
  for (const files of FILES) {
    if (files > rules) continue;
    for (const workers of WORKERS) curve.push(show(measure(rules, files, workers)));
  }
}
console.log(`\n${writeResult('rule-change', { machine: machine(), eventsPerSecond: EVENTS_PER_SECOND, curve })}`);

function measure(rules: number, files: number, workers: number): Measured {
  const passes = Array.from({ length: PASSES }, () => pass(rules, files, workers));
  const { nodes, planBytes, jobBytes } = passes[0]!;
  const spreads = (what: 'cold' | 'steps' | 'asked') => spreadsOf(passes.map(one => one[what]));
  const of = { cold: spreads('cold'), steps: spreads('steps'), asked: spreads('asked') };
  return { rules, files, workers, nodes, ...of, planBytes, jobBytes };
}

/** In a process of its own, for which V8 has compiled nothing. */
function pass(rules: number, files: number, workers: number): RuleChange {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-rule-change-'));
  try {
    const script = join(import.meta.dirname, 'change-rule.ts');
    const options = [rules, files, workers, EVENTS_PER_SECOND, folder].map(String);
    const child = spawnSync(process.execPath, ['--expose-gc', script, ...options], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function spreadsOf(passes: readonly Readonly<Record<string, Cost>>[]): Record<string, CostSpread> {
  const spread = (name: string, what: keyof Cost) => spreadOf(passes.map(costs => costs[name]![what]));
  return Object.fromEntries(
    Object.keys(passes[0]!).map(name => [name, { ms: spread(name, 'ms'), cpuMs: spread(name, 'cpuMs') }]),
  );
}

function show(measured: Measured): Measured {
  const { rules, files, workers, steps, jobBytes } = measured;
  console.log(`\n${rules} rules in ${files + 1} files, ${workers} workers: ${(jobBytes / 1e6).toFixed(0)} MB`);
  for (const [name, { ms, cpuMs }] of Object.entries(steps)) {
    const spread = `(${ms.least.toFixed(0)} … ${ms.greatest.toFixed(0)})`;
    console.log(
      `  ${name.padEnd(12)}${ms.median.toFixed(0).padStart(7)} ms ${spread.padEnd(18)} CPU ${cpuMs.median.toFixed(0)}`,
    );
  }
  return measured;
}

import type { Plan, TestCase } from '../../dsl/plan.ts';
import type { EngineCounters } from '../engine.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';
import { describeFailure } from './describe-failure.ts';
import { type Expectation, isMet, occurrencesOf } from './expectation.ts';
import { AS_RUN, type ScenarioMode } from './modes.ts';
import type { Output } from './output-record.ts';
import { playScenario } from './play-scenario.ts';
import type { TableRows } from './scenario-input.ts';

export type ScenarioOptions = {
  readonly plan: Plan;
  readonly test: TestCase;
  /** Default: as a run of a file. */
  readonly mode?: ScenarioMode;
  /** What tables have that the test does not feed. Default: nothing. */
  readonly tables?: TableRows;
  /** That rules may call beside those of the language. */
  readonly functions?: OwnFunctions | undefined;
};

/** One expectation that was not met, or a restart after which something came otherwise. */
export type ScenarioFailure = {
  readonly line: number;
  /** The step as written. */
  readonly text: string;
  /** What was expected and what happened instead, in the user's words. */
  readonly message: string;
};

export type ScenarioResult = {
  readonly test: TestCase;
  readonly mode: ScenarioMode;
  readonly failures: readonly ScenarioFailure[];
  /** All that the run gave, by rule or stream and key. */
  readonly outputs: ReadonlyMap<string, readonly Output[]>;
  readonly counters: EngineCounters;
  /** By pattern, as its node is called: the events that any row was bound to, bit by bit. */
  readonly reachedEvents: ReadonlyMap<string, number>;
};

/**
 * Runs a `test` block on its virtual clock and holds what came against what it expects (docs/language/tests.md).
 *
 * @example
 * const { plan, tests } = compile({ file: 'pumps.mill', text });
 * const { failures } = runScenario({ plan, test: tests[0] });
 */
export function runScenario({
  plan,
  test,
  mode = AS_RUN,
  tables = new Map(),
  functions,
}: ScenarioOptions): ScenarioResult {
  const { outputs, counters, reachedEvents } = playScenario({ plan, test, mode, tables, functions });
  const all = [...outputs.series.values()].flat();
  const failures = test.steps.flatMap(step => (step.kind === 'expect' ? check(step, all) : []));
  const contradictions = outputs.contradictions.map(what => contradiction(test, what));
  return { test, mode, failures: [...failures, ...contradictions], outputs: outputs.series, counters, reachedEvents };
}

function check(expectation: Expectation, outputs: readonly Output[]): ScenarioFailure[] {
  const occurrences = occurrencesOf(expectation.target, outputs);
  const met = occurrences.filter(occurrence => isMet(expectation, occurrence));
  if (met.length > 0 !== expectation.isNegated) return [];
  const { line, text } = expectation;
  const rejected = rejections(outputs);
  const message = describeFailure(expectation, expectation.isNegated ? met : occurrences);
  return [{ line, text, message: rejected === null ? message : `${message}; ${rejected}` }];
}

/** Often the reason why something else did not happen. */
function rejections(outputs: readonly Output[]): string | null {
  const rejected = outputs.filter(output => output.kind === 'rejected');
  if (rejected.length === 0) return null;
  return `${rejected.length} fed events were rejected: ${rejected[0]!.rejection.reason}`;
}

/** A fault of the engine, not of the test. */
function contradiction(test: TestCase, what: string): ScenarioFailure {
  const restart = test.steps.find(step => step.kind === 'restart');
  return { line: restart?.line ?? test.line, text: 'restart', message: `MR9001: after a restart, ${what}` };
}

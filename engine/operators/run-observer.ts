import type { MatchObserver, ObservedMatches } from '../pattern/match-observer.ts';
import type { RuleObserver } from './rule/rule-status.ts';

/** Sees from inside what becomes of one rule, and of the pattern that it reads; for explanations. */
export type RunObserver = {
  readonly rule: RuleObserver;
  readonly pattern: PatternObserver | null;
};

export type PatternObserver = {
  readonly node: string;
  /** What hears of its partial matches. */
  observe(of: ObservedMatches): MatchObserver;
};

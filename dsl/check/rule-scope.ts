import type { PatternMatches } from './pattern.ts';
import type { RuleStatement } from '../ast.ts';
import type { StreamSchema } from './schema.ts';
import type { RowNames } from './where.ts';

/** Where a rule's conditions stand, for those that can only be checked when all rules are known. */
export type RuleScope = {
  readonly statement: RuleStatement;
  /** Of the rows that it sees: the key is that of its alerts. */
  readonly schema: StreamSchema;
  readonly names: RowNames;
  /** Of a rule on a pattern: what is bound has names, too. */
  readonly matches: PatternMatches | null;
};

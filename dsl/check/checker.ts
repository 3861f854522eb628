import type { Expression as Syntax } from '../ast.ts';
import type { Report } from './report.ts';
import type { Checked, Scope } from './scope.ts';

/** What the parts of the expression checker hand to each other. */
export type Checker = {
  readonly scope: Scope;
  readonly report: Report;
  /** Whether the expression is an argument of an aggregate: there, another one needs a range of its own. */
  readonly isInAggregate: boolean;
  /** Null: what is wrong is reported, and nothing that uses the value is to be reported because of it. */
  check(syntax: Syntax): Checked | null;
  inAggregate(): Checker;
};

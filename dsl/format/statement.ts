import type { DeriveStatement, FromClause, InputClauses, JoinSide, RuleStatement, Statement, Window } from '../ast.ts';
import type { Span } from '../diagnostics.ts';

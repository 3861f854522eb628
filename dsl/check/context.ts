import type { Span } from '../diagnostics.ts';
import type { Words } from '../extensions.ts';
import type { Constants } from './constants.ts';
import type { Names } from './names.ts';
import type { Report } from './report.ts';
import type { RuleScope } from './rule-scope.ts';
import type { StreamSchema, TableSchema } from './schema.ts';

/** What the checks of all statements share. */
export type Context = {
  readonly names: Names;
  readonly constants: Constants;
  /** Of the streams that are in the program; undefined for those left out, whose users are left out too. */
  readonly schemas: Map<string, StreamSchema>;
  /** As of streams: undefined for those that are wrong. */
  readonly tables: Map<string, TableSchema>;
  /** Of the rules that are in the program. */
  readonly ruleScopes: Map<string, RuleScope>;
  readonly sources: Sources;
  readonly words: Words;
  readonly report: Report;
};

export interface Sources {
  textOf(span: Span): string;
  lineOf(span: Span): number; // from 1
}

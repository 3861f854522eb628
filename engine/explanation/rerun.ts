import type { Rejection, Scalar } from '../batch.ts';
import type { Connector, OutputRow } from '../connector.ts';
import type { AlertChange } from '../operator.ts';
import type { RuleStatus } from '../operators/rule/rule-status.ts';
import type { SourceAddress } from '../runtime/job-options.ts';
import { type JobWarning, runJob } from '../runtime/job.ts';
import { createNodePlatform } from '../runtime/node-platform.ts';
import type { Row } from './condition-parts.ts';
import { BEFORE_WHERE, EVIDENCE, type ExplainedRule } from './explained-rule.ts';

export type Key = Readonly<Record<string, Scalar>>;

/** What happened to one key of a rule over a stretch of its past. */
export type Evidence = {
  /** In order; a row's status is behind it. */
  readonly steps: readonly Step[];
  readonly changes: readonly AlertChange[];
  /** Rows that the rule's `where` leaves out, too; none where it has no such. */
  readonly beforeWhere: readonly { readonly atUs: number; readonly row: Row }[];
  readonly rejected: readonly Rejection[];
};

export type Step = RuleStatus & {
  /** Null: time moved on, and no row came. */
  readonly row: Row | null;
};

/** Runs the rule again, by itself. Errors: those of `runJob`. */
export async function rerun(
  { plan, rule, columns, where, whereColumns }: ExplainedRule,
  options: {
    readonly key: Key;
    readonly connectors: ReadonlyMap<string, Connector>;
    readonly sources: Readonly<Record<string, SourceAddress>>;
    readonly functions?: readonly string[];
    readonly onWarning?: (warning: JobWarning) => void;
    readonly signal: AbortSignal;
  },
): Promise<Evidence> {
  const { connectors, sources, functions = [], onWarning = () => {}, signal } = options;
  const key = keyText(options.key);
  const statuses: RuleStatus[] = [];
  const rows: OutputRow[] = [];
  const beforeWhere: OutputRow[] = [];
  const changes: AlertChange[] = [];
  const rejected: Rejection[] = [];
  const observer = {
    rule: {
      name: rule.name,
      observe: (of: Key, status: RuleStatus) => {
        if (keyText(of) === key) statuses.push(status);
      },
    },
    pattern: null,
  };
  await runJob({
    plan,
    connectors,
    sources,
    functions,
    platform: createNodePlatform({ observer }),
    rowStreams: where === null ? [EVIDENCE] : [EVIDENCE, BEFORE_WHERE],
    isDrained: true,
    onRows: batch => {
      const own = batch.rows.filter(row => keyText(row.key) === key);
      (batch.stream === EVIDENCE ? rows : beforeWhere).push(...own);
    },
    onAlert: change => {
      if (change.rule === rule.name && keyText(change.key) === key) changes.push(change);
    },
    onRejected: rejection => {
      if (rejection.key !== null && keyText(rejection.key) === key) rejected.push(rejection);
    },
    onWarning,
    signal,
  });
  let next = 0;
  const steps = statuses.map(status => ({ ...status, row: status.isRow ? readerOf(rows[next++]!, columns) : null }));
  return {
    steps,
    changes,
    beforeWhere: beforeWhere.map(row => ({ atUs: row.timeUs, row: readerOf(row, whereColumns) })),
    rejected,
  };
}

function readerOf({ key, values }: OutputRow, columns: ExplainedRule['columns']): Row {
  return column => {
    const field = columns.get(column)?.field ?? column;
    return values[field] ?? key[field] ?? null;
  };
}

/** Of a key, whatever the order of its fields is. */
export function keyText(key: Key): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import type { Plan } from '../../dsl/plan.ts';
import type { Rejection, Scalar } from '../batch.ts';
import type { Connector, OutputRow } from '../connector.ts';
import { assert } from '../errors.ts';
import type { AlertChange } from '../operator.ts';
import type { RuleStatus } from '../operators/rule/rule-status.ts';
import type { SourceAddress } from '../runtime/job-options.ts';
import { type JobWarning, runJob } from '../runtime/job.ts';
import { createNodePlatform } from '../runtime/node-platform.ts';
import type { Row } from './condition-parts.ts';
import type { ObservedMatches } from '../pattern/match-observer.ts';
import { PATTERN_ROWS } from './explained-pattern.ts';
import { BEFORE_WHERE, EVIDENCE, type ExplainedRule } from './explained-rule.ts';
import type { AskedChange } from './hidden-alert.ts';
import { PartialMatchRecord, type PartialMatchStory } from './partial-match-record.ts';
import { type PastAction, PastActions } from './past-actions.ts';
import { FurthestEnd, furthestOf, type PatternEvidence } from './pattern-evidence.ts';

export type Key = Readonly<Record<string, Scalar>>;

/** What happened to one key of a rule over a stretch of its past. */
export type Evidence = {
  /** In order; a row's status is behind it. */
  readonly steps: readonly Step[];
  readonly changes: readonly AlertChange[];
  /** Of rules whose alerts suppress those of the rule, whatever their key. */
  readonly asked: readonly AskedChange[];
  /** Rows that the rule's `where` leaves out, too; none where it has no such. */
  readonly beforeWhere: readonly { readonly atUs: number; readonly row: Row }[];
  readonly rejected: readonly Rejection[];
  /** Null: its rows are no matches. */
  readonly pattern: PatternEvidence | null;
};

/** What is asked about, in event time: what becomes of matches is told of this alone. */
export type AskedStretch = { readonly fromUs: number; readonly untilUs: number };

export type Step = RuleStatus & {
  /** Null: time moved on, and no row came. */
  readonly row: Row | null;
};

/** Runs the rule again, by itself. Errors: those of `runJob`. */
export async function rerun(
  { plan, rule, columns, where, whereColumns, pattern }: ExplainedRule,
  options: {
    readonly key: Key;
    /** What operators did to alerts of the plan's rules. */
    readonly actions?: readonly PastAction[];
    readonly asked?: AskedStretch;
    readonly connectors: ReadonlyMap<string, Connector>;
    readonly sources: Readonly<Record<string, SourceAddress>>;
    readonly functions?: readonly string[];
    readonly onWarning?: (warning: JobWarning) => void;
    readonly signal: AbortSignal;
  },
): Promise<Evidence> {
  const { connectors, sources, functions = [], onWarning = () => {}, signal, asked = EVER, actions = [] } = options;
  const key = keyText(options.key);
  const statuses: RuleStatus[] = [];
  const rows: OutputRow[] = [];
  const beforeWhere: OutputRow[] = [];
  const patternRows: OutputRow[] = [];
  const rowsOf = new Map([
    [EVIDENCE, rows],
    ...(where === null ? [] : [[BEFORE_WHERE, beforeWhere] as const]),
    ...(pattern === null ? [] : [[PATTERN_ROWS, patternRows] as const]),
  ]);
  const changes: AlertChange[] = [];
  const askedChanges: AskedChange[] = [];
  const suppressing = new Map(rule.suppress?.alerts.map(({ rule: id }) => [nameOf(plan, id), id]));
  const rejected: Rejection[] = [];
  const ended = pattern && new FurthestEnd(pattern.node, asked.fromUs);
  let record: PartialMatchRecord | undefined;
  const observer = {
    rule: {
      name: rule.name,
      observe: (of: Key, status: RuleStatus) => {
        if (keyText(of) === key) statuses.push(status);
      },
    },
    pattern: pattern && {
      node: pattern.node.id,
      observe: (of: ObservedMatches) => {
        const isAsked = (whose: Key) => keyText(whose) === key;
        const onEnded = (story: PartialMatchStory) => ended?.hear(story);
        return (record = new PartialMatchRecord(of, { node: pattern.node, isAsked, untilUs: asked.untilUs, onEnded }));
      },
    },
  };
  await runJob({
    plan,
    connectors,
    sources,
    inputs: [new PastActions(actions)],
    functions,
    platform: createNodePlatform({ observer }),
    rowStreams: [...rowsOf.keys()],
    isDrained: true,
    onRows: batch => {
      rowsOf.get(batch.stream)!.push(...batch.rows.filter(row => keyText(row.key) === key));
    },
    onAlert: change => {
      if (change.rule === rule.name && keyText(change.key) === key) changes.push(change);
      const ruleId = suppressing.get(change.rule);
      if (ruleId !== undefined) askedChanges.push({ ruleId, change });
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
    asked: askedChanges,
    beforeWhere: beforeWhere.map(row => ({ atUs: row.timeUs, row: readerOf(row, whereColumns) })),
    rejected,
    pattern: pattern && {
      rows: patternRows.map(row => ({ atUs: row.timeUs, row: readerOf(row, pattern.columns) })),
      waiting: furthestOf(record?.waiting() ?? []),
      ended: ended!.furthest,
      lastRow: ended!.lastRow,
      firstEvents: record?.firstEvents ?? [],
    },
  };
}

function nameOf({ nodes }: Plan, ruleId: string): string {
  const node = nodes.find(({ id }) => id === ruleId);
  assert(node?.kind === 'rule', 'what is asked of is a rule');
  return node.name;
}

const EVER: AskedStretch = { fromUs: -Infinity, untilUs: Infinity };

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

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
import { PATTERN_ROWS } from './explained-pattern.ts';
import { BEFORE_WHERE, EVIDENCE, type ExplainedRule } from './explained-rule.ts';
import type { AskedChange } from './hidden-alert.ts';
import { type PastAction, PastActions } from './past-actions.ts';
import { type AskedStretch, type PatternEvidence, WatchedPattern } from './pattern-evidence.ts';

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
  /** By source that has the key, the time of its last event, up to what is asked about. */
  readonly heardUs: ReadonlyMap<string, number>;
  /** Null: its rows are no matches. */
  readonly pattern: PatternEvidence | null;
};

export type Step = RuleStatus & {
  /** Null: time moved on, and no row came. */
  readonly row: Row | null;
};

/** Runs the rule again, by itself. Errors: those of `runJob`. */
export async function rerun(
  { plan, rule, columns, where, whereColumns, pattern, heard }: ExplainedRule,
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
  const isAsked = (of: Key) => keyText(of) === key;
  const watched = pattern && new WatchedPattern(pattern, { isAsked, asked });
  const heardUs = new Map<string, number>();
  const observer = {
    rule: {
      name: rule.name,
      observe: (of: Key, status: RuleStatus) => {
        if (isAsked(of)) statuses.push(status);
      },
    },
    pattern: watched && watched.observer,
  };
  await runJob({
    plan,
    connectors,
    sources,
    inputs: [new PastActions(actions)],
    functions,
    platform: createNodePlatform({ observer }),
    rowStreams: [...rowsOf.keys(), ...heard.map(({ id }) => id)],
    isDrained: true,
    onRows: batch => {
      const own = batch.rows.filter(row => isAsked(row.key));
      rowsOf.get(batch.stream)?.push(...own);
      const source = heard.find(({ id }) => id === batch.stream)?.input;
      if (source === undefined) return;
      for (const { timeUs } of own) {
        if (timeUs <= asked.untilUs) heardUs.set(source, Math.max(heardUs.get(source) ?? -Infinity, timeUs));
      }
    },
    onAlert: change => {
      if (change.rule === rule.name && isAsked(change.key)) changes.push(change);
      const ruleId = suppressing.get(change.rule);
      if (ruleId !== undefined) askedChanges.push({ ruleId, change });
    },
    onRejected: rejection => {
      if (rejection.key !== null && isAsked(rejection.key)) rejected.push(rejection);
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
    heardUs,
    pattern:
      watched && watched.evidence(patternRows.map(row => ({ atUs: row.timeUs, row: readerOf(row, pattern!.columns) }))),
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

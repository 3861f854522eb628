import type { Plan } from '../../dsl/plan.ts';
import type { Rejection, Scalar } from '../batch.ts';
import type { OutputRow, RowBatch } from '../connector.ts';
import { assert } from '../errors.ts';
import type { AlertChange } from '../operator.ts';
import type { RuleStatus } from '../operators/rule/rule-status.ts';
import type { RunObserver } from '../operators/run-observer.ts';
import type { Row } from './condition-parts.ts';
import { PATTERN_ROWS } from './explained-pattern.ts';
import { BEFORE_WHERE, EVIDENCE, type ExplainedColumn, type ExplainedRule } from './explained-rule.ts';
import type { AskedChange } from './hidden-alert.ts';
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

/** Sees a rule run by itself, and keeps what is of one key. */
export class Witness {
  readonly observer: RunObserver;
  readonly #explained: ExplainedRule;
  readonly #key: string;
  readonly #untilUs: number;
  readonly #statuses: RuleStatus[] = [];
  readonly #rows = new Map<string, OutputRow[]>(); // by stream
  readonly #heard: ReadonlyMap<string, string>; // sources, by the stream of their events
  readonly #heardUs = new Map<string, number>();
  readonly #changes: AlertChange[] = [];
  readonly #suppressing: ReadonlyMap<string, string>; // ids of rules, by their names
  readonly #asked: AskedChange[] = [];
  readonly #rejected: Rejection[] = [];
  readonly #pattern: WatchedPattern | null;

  constructor(explained: ExplainedRule, { key, asked }: { readonly key: Key; readonly asked: AskedStretch }) {
    const { rule, plan, pattern, where, heard } = explained;
    this.#explained = explained;
    this.#key = keyText(key);
    this.#untilUs = asked.untilUs;
    this.#rows.set(EVIDENCE, []);
    if (where !== null) this.#rows.set(BEFORE_WHERE, []);
    if (pattern !== null) this.#rows.set(PATTERN_ROWS, []);
    this.#heard = new Map(heard.map(({ id, input }) => [id, input]));
    this.#suppressing = new Map(rule.suppress?.alerts.map(({ rule: id }) => [nameOf(plan, id), id]));
    this.#pattern = pattern && new WatchedPattern(pattern, { isAsked: whose => this.#isAsked(whose), asked });
    const observe = (whose: Key, status: RuleStatus) => {
      if (this.#isAsked(whose)) this.#statuses.push(status);
    };
    this.observer = { rule: { name: rule.name, observe }, pattern: this.#pattern && this.#pattern.observer };
  }

  get rowStreams(): readonly string[] {
    return [...this.#rows.keys(), ...this.#heard.keys()];
  }

  hearRows({ stream, rows }: RowBatch): void {
    const own = rows.filter(row => this.#isAsked(row.key));
    this.#rows.get(stream)?.push(...own);
    const source = this.#heard.get(stream);
    if (source === undefined) return;
    for (const { timeUs } of own) {
      if (timeUs <= this.#untilUs) this.#heardUs.set(source, Math.max(this.#heardUs.get(source) ?? -Infinity, timeUs));
    }
  }

  hearAlert(change: AlertChange): void {
    if (change.rule === this.#explained.rule.name && this.#isAsked(change.key)) this.#changes.push(change);
    const ruleId = this.#suppressing.get(change.rule);
    if (ruleId !== undefined) this.#asked.push({ ruleId, change });
  }

  hearRejection(rejection: Rejection): void {
    if (rejection.key !== null && this.#isAsked(rejection.key)) this.#rejected.push(rejection);
  }

  evidence(): Evidence {
    const { columns, whereColumns, pattern } = this.#explained;
    const rows = this.#rows.get(EVIDENCE)!;
    let next = 0;
    return {
      steps: this.#statuses.map(status => ({
        ...status,
        row: status.isRow ? readerOf(rows[next++]!, columns) : null,
      })),
      changes: this.#changes,
      asked: this.#asked,
      beforeWhere: this.#seen(BEFORE_WHERE, whereColumns),
      rejected: this.#rejected,
      heardUs: this.#heardUs,
      pattern: this.#pattern && this.#pattern.evidence(this.#seen(PATTERN_ROWS, pattern!.columns)),
    };
  }

  #seen(stream: string, columns: Columns): readonly { readonly atUs: number; readonly row: Row }[] {
    return (this.#rows.get(stream) ?? []).map(row => ({ atUs: row.timeUs, row: readerOf(row, columns) }));
  }

  #isAsked(key: Key): boolean {
    return keyText(key) === this.#key;
  }
}

type Columns = ReadonlyMap<string, ExplainedColumn>;

function nameOf({ nodes }: Plan, ruleId: string): string {
  const node = nodes.find(({ id }) => id === ruleId);
  assert(node?.kind === 'rule', 'what is asked of is a rule');
  return node.name;
}

function readerOf({ key, values }: OutputRow, columns: Columns): Row {
  return column => {
    const field = columns.get(column)?.field ?? column;
    return values[field] ?? key[field] ?? null;
  };
}

/** Of a key, whatever the order of its fields is. */
function keyText(key: Key): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { hash } from 'node:crypto';
import type { Plan, PlanNode, RuleNode, SourceNode, Suppression } from '../dsl/plan.ts';
import { PlanIdentity } from './plan-change/plan-identity.ts';
import type { PlanReaders } from './runtime/workers/plan-readers.ts';

/**
 * Which version of a rule it is: 12 digits of a hash of what the rule says and of what its rows and columns mean, down to the
 * declarations of the streams and tables that it reads. Where streams are read from, names of nodes and what else is in the
 * plan do not matter. Cost: of what the rule reads and no rule before it did.
 */
export class RuleVersions {
  readonly #readers: PlanReaders;
  readonly #nodes: readonly PlanNode[];
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #identity = new PlanIdentity({ version: 1, nodes: [] }, { ids: HASHED, rowsOf }); // of what was asked for so far
  readonly #known = new Set<PlanNode>();

  constructor(plan: Plan, readers: PlanReaders) {
    this.#readers = readers;
    this.#nodes = plan.nodes;
    this.#placeOf = new Map(plan.nodes.map(({ id }, place) => [id, place]));
  }

  /** `nodes`: what `readBy` says. */
  versionOf(rule: RuleNode, nodes: readonly PlanNode[] = this.readBy(rule)): string {
    return textOf(this.#hashOf(rule, nodes, new Set()));
  }

  /** The rule, and all that it reads, in the plan's order. */
  readBy(rule: RuleNode): PlanNode[] {
    const places = [...this.#readers.withInputs([rule])].map(id => this.#placeOf.get(id)!);
    return places.sort((a, b) => a - b).map(place => this.#nodes[place]!);
  }

  /** `behind`: rules that read this one, or are suppressed by it; they may be asked of by it, too. */
  #hashOf(rule: RuleNode, nodes: readonly PlanNode[], behind: ReadonlySet<RuleNode>): number {
    const seen = new Set(behind).add(rule);
    const identity = this.#identityOf(nodes);
    const column = (name: string) => identity.columnOf(rule.input, name).identity;
    const { id: _, bound: _bound, suppress, input, levels, clear, values, quality, while: whileHolds, ...rest } = rule;
    return HASHED.of(
      identity.rowsOf(input),
      identity.keyOf(input),
      levels.map(level => ({ ...level, when: column(level.when) })),
      clear && { ...clear, when: column(clear.when) },
      whileHolds && { ...whileHolds, condition: column(whileHolds.condition) },
      values.map(({ column: name, ...value }) => ({ ...value, column: column(name) })),
      { ...quality, column: quality.column === null ? null : column(quality.column) },
      ...(suppress === undefined ? [] : [meaningOf(suppress, column)]),
      rest,
      nodes.flatMap(node => (node.kind === 'table' ? [tableOf(node)] : [])),
      nodes.flatMap(node =>
        node.kind === 'rule' && !seen.has(node) ? [this.#hashOf(node, this.readBy(node), seen)] : [],
      ),
    );
  }

  /** With these nodes among those that it knows. */
  #identityOf(nodes: readonly PlanNode[]): PlanIdentity {
    for (const node of nodes) {
      if (this.#known.has(node)) continue;
      this.#known.add(node);
      this.#identity.add(node);
    }
    return this.#identity;
  }
}

/** Columns as what they mean, whatever they are called; the states of alerts, which are no columns, by their rules. */
function meaningOf(
  { condition, columns, alerts }: Suppression,
  meaning: (column: string) => number,
): readonly unknown[] {
  const states = new Map(alerts.map(({ column, rule }) => [column, rule]));
  const shown = (column: string) => states.get(column) ?? meaning(column);
  const text = JSON.stringify(condition, (name, part: unknown) =>
    name === 'column' && typeof part === 'string' ? shown(part) : part,
  );
  return [text, columns.map(({ column }) => shown(column)), alerts.map(({ rule, key }) => [rule, key.map(shown)])];
}

/** Equal content, equal number, whoever asks: the first 6 bytes of a hash. A buffer of them takes twice as long as digits. */
const HASHED = {
  of: (...content: readonly unknown[]): number => Number(`0x${hash('sha256', JSON.stringify(content)).slice(0, 12)}`),
};

function textOf(number: number): string {
  return number.toString(16).padStart(12, '0');
}

/** All that shapes the events of a source but where they are read from. Fields count where they are read. */
function rowsOf(source: SourceNode): number {
  const { id, key, time, latenessUs, idleUs, staleUs, futureUs, expireUs, unique } = source;
  return HASHED.of('source', id, key, time, latenessUs, idleUs, staleUs ?? null, futureUs, expireUs, unique ?? null);
}

function tableOf({ id, key, fields, validFrom }: Extract<PlanNode, { kind: 'table' }>): number {
  return HASHED.of(
    'table',
    id,
    key,
    fields.map(({ isNeeded: _, ...field }) => field),
    validFrom,
  );
}

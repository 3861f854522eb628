import { type BoundRow, IDENTITY_COLUMNS, type Plan, type RuleNode } from '../../../dsl/plan.ts';
import type { BoundSlots, RuleDetails, RuleOrigin } from '../../operators/rule/rule-origin.ts';
import { RuleVersions } from '../../rule-version.ts';
import type { BuiltView } from './built-view.ts';
import { PlanReaders } from '../workers/plan-readers.ts';

/** What alerts of a plan's rules say of where they come from. */
export class RuleOrigins {
  readonly #plan: Plan;
  readonly #readers: PlanReaders;
  readonly #viewOf: (id: string) => BuiltView;
  #versions: RuleVersions | undefined;

  constructor(plan: Plan, readers: PlanReaders, viewOf: (id: string) => BuiltView) {
    this.#plan = plan;
    this.#readers = readers;
    this.#viewOf = viewOf;
  }

  of(rule: RuleNode): RuleOrigin {
    const { slots } = this.#viewOf(this.#viewOf(rule.input).frame.id);
    const { source, sequence, item } = IDENTITY_COLUMNS;
    const identity = [source, sequence, item].map(name => slots.get(name));
    let details: RuleDetails | undefined;
    return {
      stream: streamOf(rule, this.#readers),
      identity: identity.includes(undefined)
        ? null
        : { source: identity[0]!, sequence: identity[1]!, item: identity[2]! },
      bound: (rule.bound ?? []).map(row => boundSlots(row, this.#viewOf(rule.input).slots)),
      until: this.#isOfPanes(rule) ? slots.get('until')! : null,
      details: () => (details ??= this.#detailsOf(rule)),
    };
  }

  #isOfPanes(rule: RuleNode): boolean {
    const { id } = this.#viewOf(rule.input).frame;
    return this.#readers.wayTo(rule).some(node => node.id === id && node.kind.endsWith('-window'));
  }

  #detailsOf(rule: RuleNode): RuleDetails {
    this.#versions ??= new RuleVersions(this.#plan, this.#readers);
    const { frame } = this.#viewOf(rule.input);
    const nodes = this.#versions.readBy(rule);
    const rangesUs = nodes.flatMap(node => {
      if (node.kind !== 'range' || !('us' in node.range)) return [];
      return this.#viewOf(node.input).frame === frame ? [node.range.us] : [];
    });
    const version = this.#versions.versionOf(rule, nodes);
    return { version, rangesUs: [...new Set(rangesUs)].sort((a, b) => b - a) };
  }
}

function boundSlots({ stream, time, identity }: BoundRow, slots: BuiltView['slots']): BoundSlots {
  const slot = (column: string) => slots.get(column)!; // as: the plan is valid
  if (identity === null) return { stream, time: slot(time), identity };
  const { source, sequence, item } = identity;
  return { stream, time: slot(time), identity: { source: slot(source), sequence: slot(sequence), item: slot(item) } };
}

/** The nearest one that has a name, or what the rows are instead. */
function streamOf(rule: RuleNode, readers: PlanReaders): string {
  for (const at of readers.wayTo(rule)) {
    if (at.kind === 'alerts') return 'alerts';
    if (at.kind === 'side') return `${at.side}(${at.input})`;
    if (at.kind === 'silence') return `silence of ${at.input}`;
    if (at.kind === 'match') return 'match';
    if (!at.id.includes('#')) return at.id;
  }
  return rule.input;
}

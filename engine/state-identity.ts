import type { Plan, PlanNode, RuleNode, SourceNode } from '../dsl/plan.ts';
import { findChange } from './plan-change/find-change.ts';
import { namesOfTaken } from './plan-change/names-of-taken.ts';
import { pairSources, readsTheSame } from './plan-change/pair-sources.ts';
import { Identities } from './plan-change/plan-identity.ts';
import { PlanSide } from './plan-change/plan-side.ts';
import { ruleChange, sourceChange } from './plan-change/own-change.ts';
import { hasState, isOfRows, type RowsNode, type StateChange, type StatefulNode } from './plan-change/state-change.ts';
import { namesOfParts, sameFields, type StateShape } from './plan-change/state-shape.ts';

export type StateMatch = {
  /** Of every node of the next plan that has state, by id, in the plan's order. */
  readonly nodes: ReadonlyMap<string, NodeMatch>;
  /** By source of the next plan: the stored one whose position it reads on from. The others begin anew. */
  readonly positions: ReadonlyMap<string, string>;
  /** Stored nodes whose state nobody takes over; `replacedBy` has their name, and starts empty. */
  readonly gone: readonly { readonly id: string; readonly replacedBy: string | null }[];
};

export type NodeMatch = KeptState | EmptyState;

export type KeptState = {
  readonly id: string;
  readonly kept: true;
  /** The stored node whose state it takes over; others may take it over as well. */
  readonly from: string;
  /** The stored source or rekey whose keys that state is by. Only a rule may come from another than its input does. */
  readonly fromTable: string;
  /**
   * From the names of the parts of its state to the stored names. Of a window: its aggregates, of a range: the arguments
   * of its aggregates; all of them are there. Of a source and a rekey: the columns of waiting rows, of a rule: the values
   * that an alert carries; those that are not there are null until a row brings them. Of a source also what `unique`
   * remembers (taken-parts.ts): all of it, or it starts empty.
   */
  readonly columns: ReadonlyMap<string, string>;
};

export type EmptyState = { readonly id: string; readonly kept: false; readonly change: StateChange };

/**
 * Which state of a stored plan the nodes of the next one take over. State belongs to what a node means, not to its name
 * or place: the way of its rows from the source, and how its values come about, with all conditions and declarations on
 * that way. Settings of time (`lateness`, `idle`, `future`, `expire`) may change. A rule's state is about its alerts, so
 * it belongs to the rule's name, its key and the severities of its levels, whatever its conditions are. A source is known
 * by its name, or else by what it reads. Meaning: docs/language/plan-changes.md. Cost: linear in the plans.
 */
export function matchState(stored: Plan, next: Plan): StateMatch {
  return new Matching(stored, next).match();
}

class Matching {
  readonly #stored: PlanSide;
  readonly #next: PlanSide;
  readonly #pairs: ReadonlyMap<string, SourceNode>; // by source of the next plan
  readonly #storedByMeaning: ReadonlyMap<number, readonly RowsNode[]>;

  constructor(stored: Plan, next: Plan) {
    const ids = new Identities();
    this.#pairs = pairSources(stored, next);
    this.#stored = new PlanSide(stored, { ids, rowsOf: source => ids.of('stored', source.id) });
    this.#next = new PlanSide(next, { ids, rowsOf: source => this.#rowsOf(source, ids) });
    this.#storedByMeaning = Map.groupBy(stored.nodes.filter(isOfRows), node => this.#stored.shapeOf(node).identity);
  }

  match(): StateMatch {
    const nodes = new Map(this.#next.plan.nodes.filter(hasState).map(node => [node.id, this.#matchOf(node)]));
    return { nodes, positions: this.#positions(), gone: this.#gone(nodes) };
  }

  /** What means the same as something that is taken over is not lost. */
  #gone(nodes: StateMatch['nodes']): StateMatch['gone'] {
    const meaningOf = (node: PlanNode) => (isOfRows(node) ? this.#stored.shapeOf(node).identity : node.id);
    const kept = [...nodes.values()].flatMap(match => (match.kept ? [this.#stored.nodes.get(match.from)!] : []));
    const taken = new Set(kept.map(meaningOf));
    return this.#stored.plan.nodes
      .filter(node => hasState(node) && !taken.has(meaningOf(node)))
      .map(({ id }) => ({ id, replacedBy: nodes.get(id)?.kept === false ? id : null }));
  }

  /** The rows of a source are those of its partner, unless it starts empty. */
  #rowsOf(source: SourceNode, ids: Identities): number {
    const partner = this.#pairs.get(source.id);
    const isKept = partner !== undefined && sourceChange(partner, source) === null;
    return isKept ? ids.of('stored', partner.id) : ids.of('next', source.id);
  }

  #matchOf(node: StatefulNode): NodeMatch {
    if (node.kind === 'source') return this.#matchOfSource(node);
    return node.kind === 'rule' ? this.#matchOfRule(node) : this.#matchOfRows(node);
  }

  #matchOfSource(node: SourceNode): NodeMatch {
    const partner = this.#pairs.get(node.id);
    if (partner === undefined) return empty(node, { kind: 'new' });
    const change = sourceChange(partner, node);
    if (change !== null) return empty(node, change);
    const waiting = namesOfParts(this.#next.waitingOf(node), this.#stored.waitingOf(partner));
    const taken = namesOfTaken({ stored: this.#stored.sideOf(partner), next: this.#next.sideOf(node) });
    return this.#kept(node, partner, new Map([...waiting, ...taken]));
  }

  #matchOfRule(node: RuleNode): NodeMatch {
    const partner = this.#stored.ruleNamed(node.name);
    if (partner === undefined) return empty(node, { kind: 'new' });
    const keys = { stored: this.#stored.keyOf(partner), next: this.#next.keyOf(node) };
    const change = ruleChange(partner, node, keys);
    if (change !== null) return empty(node, change);
    return this.#kept(node, partner, sameFields(partner.values, node.values));
  }

  #matchOfRows(node: RowsNode): NodeMatch {
    const shape = this.#next.shapeOf(node);
    const found = this.#storedByMeaning.get(shape.identity) ?? [];
    const candidates = found.toSorted((a, b) => Number(b.id === node.id) - Number(a.id === node.id));
    const partner = candidates.find(candidate => hasAllParts(shape, this.#stored.shapeOf(candidate)));
    if (partner !== undefined) {
      return this.#kept(node, partner, namesOfParts(shape, this.#stored.shapeOf(partner)));
    }
    const before = candidates[0] ?? this.#stored.nodes.get(node.id);
    if (before === undefined || !isOfRows(before)) return empty(node, { kind: 'new' });
    const there = namesOfParts(shape, this.#stored.shapeOf(before));
    const missing = [...shape.parts.keys()].filter(name => !there.has(name));
    return empty(node, findChange({ stored: before, next: node, missing }, { stored: this.#stored, next: this.#next }));
  }

  #kept(node: StatefulNode, partner: StatefulNode, columns: ReadonlyMap<string, string>): KeptState {
    return { id: node.id, kept: true, from: partner.id, fromTable: this.#stored.tableOf(partner), columns };
  }

  #positions(): ReadonlyMap<string, string> {
    const sources = this.#next.plan.nodes.filter(node => node.kind === 'source');
    return new Map(
      sources.flatMap(source => {
        const partner = this.#pairs.get(source.id);
        return partner !== undefined && readsTheSame(partner, source) ? [[source.id, partner.id] as const] : [];
      }),
    );
  }
}

function empty(node: StatefulNode, change: StateChange): EmptyState {
  return { id: node.id, kept: false, change };
}

function hasAllParts(shape: StateShape, stored: StateShape): boolean {
  return shape.waiting !== null || namesOfParts(shape, stored).size === shape.parts.size;
}

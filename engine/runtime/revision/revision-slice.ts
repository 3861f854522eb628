import type { Plan, PlanNode, RekeyNode, RuleNode, SourceField, SourceNode, WindowNode } from '../../../dsl/plan.ts';
import { quietRules } from './quiet-rules.ts';
import { revisedBy } from './revised-by.ts';
import { neededFields } from '../../batch.ts';
import { PlanReaders } from '../workers/plan-readers.ts';

/**
 * What late events revise: one window over the events of a source, and all that is behind it, for one key at a time
 * (docs/decisions/0054).
 */
export type RevisionSlice = {
  /** The id of its node. */
  readonly window: string;
  readonly source: SourceNode;
  /** The fields of the source by which the window goes: values of these are a key of what is computed again. */
  readonly key: readonly SourceField[];
  /** What makes sites of the source's keys; null: it goes by those. */
  readonly rekey: RekeyNode | null;
  /** An event may be so far behind its key's watermark. */
  readonly reviseUs: number;
  /** The window, what is in front of it and what is behind it: a source whose events are all in order, with that key. */
  readonly plan: Plan;
  /** Nodes with state that late events change, but for rules. */
  readonly operators: readonly string[];
  readonly rules: readonly RuleNode[];
  /** Of the series whose rows they change. */
  readonly stores: readonly string[];
  readonly reach: RevisionReach;
};

/** How far from an event rows may be that depend on it. */
export type RevisionReach = {
  /** The sizes of aligned panes, one behind the other. */
  readonly lookUs: number;
  /** Where no event came for so long no session is open; 0: there are no sessions. */
  readonly gapUs: number;
  readonly sessions: number;
  /** Ranges look back so far at rows, one behind the other: so much more is read than rows change. */
  readonly rangeUs: number;
  /** For so long rules behind it remember what is over: after that, an alert that fires is all that they know of before. 0: there are no rules. */
  readonly alertUs: number;
};

/** Of each revised window of a plan that can be: a plan from outside may say so of others, whose late events stay late. */
export function revisionSlices(plan: Plan): readonly RevisionSlice[] {
  const revised = plan.nodes.filter(isRevised);
  if (revised.length === 0) return [];
  const readers = new PlanReaders(plan);
  return revised
    .flatMap(window => sliceOf(plan, window, readers) ?? [])
    .filter(slice => slice.plan.nodes.every(node => isComputedAgain(node, slice)) && isStored(plan, slice.source))
    .filter(slice => slice.rekey === null || slice.rules.length === 0);
}

const COMPUTED_AGAIN: ReadonlySet<PlanNode['kind']> = new Set([
  'source',
  'filter',
  'select',
  'compute',
  'tumbling-window',
  'hopping-window',
  'session-window',
  'rule',
  'store',
]);

/** Who looks back at rows does so over a time, and at rows of the window: those in front of it are others' as well. */
function isComputedAgain(node: PlanNode, { operators }: RevisionSlice): boolean {
  if (node.kind !== 'range') return COMPUTED_AGAIN.has(node.kind);
  return 'us' in node.range && operators.includes(node.id);
}

function isStored({ nodes }: Plan, source: SourceNode): boolean {
  return nodes.some(node => node.kind === 'store' && node.input === source.id);
}

export type RevisedWindow = WindowNode & { readonly reviseUs: number };

export function isRevised(node: PlanNode): node is RevisedWindow {
  return 'reviseUs' in node && node.reviseUs !== undefined;
}

function sliceOf(plan: Plan, window: RevisedWindow, readers: PlanReaders): RevisionSlice | null {
  const of = revisedBy(window, readers);
  if (of === null) return null;
  const { source, rekey, by } = of;
  const behind = nodesBehind(window, plan, readers);
  const needed = readers.withInputs(behind);
  const nodes = plan.nodes.filter(({ id }) => needed.has(id));
  return {
    window: window.id,
    source,
    key: by.map(name => source.fields.find(field => field.name === name)!),
    rekey,
    reviseUs: window.reviseUs,
    plan: {
      ...plan,
      nodes: nodes.flatMap((node): readonly PlanNode[] => {
        if (node === source) return [inOrder(source, by)];
        if (node === rekey) return []; // the source has its key
        if (node.kind === 'rule') return [inEventTime(node), ...quietRules(node)];
        return [rekey !== null && 'input' in node && node.input === rekey.id ? { ...node, input: rekey.input } : node];
      }),
    },
    operators: behind.flatMap(({ id, kind }) => (kind === 'rule' ? [] : [id])),
    rules: behind.filter(node => node.kind === 'rule'),
    stores: behind.flatMap(node => (node.kind === 'store' ? [node.id] : [])),
    reach: reachOf(behind),
  };
}

/** The window and all that reads it, in the plan's order; what leads outside alone is not computed again. */
function nodesBehind(window: PlanNode, { nodes }: Plan, readers: PlanReaders): PlanNode[] {
  const found = new Set<PlanNode>();
  const add = (node: PlanNode): void => {
    if (node.kind === 'route' || node.kind === 'alerts' || found.has(node)) return;
    found.add(node);
    readers.readersOf(node).forEach(add);
  };
  add(window);
  return nodes.filter(node => found.has(node));
}

/** Its batches have the same columns; each event is handled as it comes, and time moves by events alone. */
function inOrder(source: SourceNode, key: readonly string[]): SourceNode {
  const needed = new Set(neededFields(source));
  const { unique: _, staleUs: __, ...rest } = source;
  const fields = source.fields.map(field => ({ ...field, isNeeded: needed.has(field) }));
  return { ...rest, key, fields, latenessUs: 0, idleUs: null, expireUs: null };
}

/** What the arrival clock does to its alerts is not what rows do. */
function inEventTime({ escalate: _, ...rule }: RuleNode): RuleNode {
  return rule;
}

function reachOf(nodes: readonly PlanNode[]): RevisionReach {
  let lookUs = 0;
  let gapUs = 0;
  let sessions = 0;
  let rangeUs = 0;
  for (const node of nodes) {
    if (node.kind === 'range' && 'us' in node.range) rangeUs += node.range.us;
    if (node.kind === 'session-window') {
      gapUs = Math.max(gapUs, lookUs + node.gapUs); // rows of panes in front of it have their start as time
      sessions++;
    } else if (node.kind === 'tumbling-window' || node.kind === 'hopping-window') {
      lookUs += node.sizeUs + (node.zone === undefined ? 0 : LONGEST_SHIFT_US);
    }
  }
  const rules = nodes.filter(node => node.kind === 'rule');
  const alertUs = rules.length === 0 ? 0 : lookUs + gapUs + rangeUs + Math.max(...rules.map(rememberedUs));
  return { lookUs, gapUs, sessions, rangeUs, alertUs };
}

function rememberedUs({ levels, clear, clearAfterUs, while: condition, cooldownUs }: RuleNode): number {
  const ofLevels = Math.max(...levels.map(({ forUs, gapUs }) => forUs + (gapUs ?? 0)));
  return ofLevels + (clear?.forUs ?? 0) + (clearAfterUs ?? 0) + (condition?.settleUs ?? 0) + cooldownUs;
}

/** A day of a zone may be longer than 24 hours. */
const LONGEST_SHIFT_US = 86_400_000_000;

import { describeDetector, describeDuration } from '../../dsl/describe-expression.ts';
import { describeUnique } from '../../dsl/describe-unique.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import { TAKEN } from '../state/taken-parts.ts';
import type { KeptState, StateMatch } from '../state-identity.ts';
import { aggregateText, describeChange, readableColumn } from './describe-change.ts';
import { type FillObstacle, type FillPlan, fillPlan, type NodeFill } from './fill-plan.ts';
import { hasState, type StatefulNode } from './state-change.ts';

/** What becomes of one piece of state, in the words of who wrote the rules. */
export type StateLine = {
  /** `filled`: it starts with what stored series say. */
  readonly state: 'kept' | 'filled' | 'empty' | 'gone';
  readonly kind: string;
  readonly name: string;
  /** Why it is empty or gone; of what is kept, what is to be known about it. */
  readonly reason: string | null;
};

/** What the next plan takes over of what is stored, in its order; what nobody takes over at the end. */
export function stateLines(
  match: StateMatch,
  { stored, next }: { readonly stored: Plan; readonly next: Plan },
  fill: Pick<FillPlan, 'nodes'> = fillPlan(match, { stored, next }),
): readonly StateLine[] {
  const nodes = { stored: nodesOf(stored), next: nodesOf(next) };
  const lines: StateLine[] = [];
  for (const [id, found] of match.nodes) {
    const node = nodes.next.get(id)!;
    if (found.kept) {
      const notes = notesOf({ match: found, node, from: nodes.stored.get(found.from)! }, match.positions);
      lines.push({ state: 'kept', ...titleOf(node), reason: notes.length === 0 ? null : notes.join('; ') });
    } else {
      const range = node.kind === 'range' ? node.range : null;
      lines.push(lineOfEmpty(node, describeChange(found.change, range), fill.nodes.get(id)));
    }
  }
  for (const { id, replacedBy } of match.gone) {
    if (replacedBy !== null) continue; // told as empty
    lines.push({ state: 'gone', ...titleOf(nodes.stored.get(id)!), reason: 'these rules have no use for it' });
  }
  return lines;
}

function lineOfEmpty(node: StatefulNode, change: string, fill: NodeFill | undefined): StateLine {
  const title = titleOf(node);
  if (fill === undefined) return { state: 'empty', ...title, reason: change };
  if (fill.kind === 'filled') return { state: 'filled', ...title, reason: `${change}; ${filledText(fill)}` };
  const obstacle = obstacleText(fill.obstacle);
  if (obstacle === null || fill.warmUs === 0 || node.kind === 'rule')
    return { state: 'empty', ...title, reason: change };
  return { state: 'empty', ...title, reason: `${change}; ${obstacle}, so it is warm after ${wholeUnits(fill.warmUs)}` };
}

function filledText({ streams, backUs, keepUs }: Extract<NodeFill, { readonly kind: 'filled' }>): string {
  const from = `filled from the last ${wholeUnits(keepUs ?? backUs)} of ${streams.join(' and ')}`;
  return keepUs === null ? from : `${from}, which is kept no longer: warm after ${wholeUnits(backUs - keepUs)} more`;
}

/** Null: there is nothing that could be done about it. */
function obstacleText(obstacle: FillObstacle): string | null {
  switch (obstacle.kind) {
    case 'own':
    case 'new-stream':
      return null;
    case 'not-stored':
      return `${obstacle.stream} is not stored`;
    case 'field':
      return `${obstacle.stream} is stored with another ${obstacle.field}`;
  }
}

/** Of some hours or more, lateness and the like do not matter. */
function wholeUnits(us: number): string {
  const unitUs = [DAY_US, HOUR_US, MINUTE_US, SECOND_US].find(each => us >= 2 * each) ?? 1;
  return describeDuration(Math.round(us / unitUs) * unitUs);
}

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;

type Kept = { readonly match: KeptState; readonly node: StatefulNode; readonly from: StatefulNode };

function notesOf({ match, node, from }: Kept, positions: StateMatch['positions']): string[] {
  const notes: string[] = [];
  const { name } = titleOf(node);
  const before = titleOf(from).name;
  if (name !== before && node.kind !== 'range') notes.push(`it was ${before}`);
  if (node.kind === 'source' && from.kind === 'source') {
    if (!positions.has(node.id)) notes.push(`it reads ${addressOf(node)} from its start; it read ${addressOf(from)}`);
    const waiting = from.latenessUs === 0 ? [] : node.fields.filter(field => field.isNeeded);
    notes.push(...missingText(waiting, match), ...uniqueText(from, node, match));
  }
  if (node.kind === 'rekey' || node.kind === 'interval-join' || node.kind === 'latest-join')
    notes.push(...missingText(node.fields, match));
  if (node.kind === 'merge')
    notes.push(
      ...missingText(
        node.inputs.flatMap(({ columns }) => columns),
        match,
      ),
    );
  return notes;
}

/** Rows that wait were read for the stored plan. */
function missingText(fields: readonly { readonly name: string }[], { columns }: KeptState): string[] {
  const missing = fields.filter(({ name }) => !columns.has(name)).map(({ name }) => readableColumn(name));
  return missing.length === 0 ? [] : [`in rows that wait now, ${missing.join(', ')} is null`];
}

/** What becomes of the events that later ones may repeat. */
function uniqueText(from: SourceNode, node: SourceNode, { columns }: KeptState): string[] {
  const stored = from.unique && `\`${describeUnique(from.key, from.unique)}\``;
  const next = node.unique && `\`${describeUnique(node.key, node.unique)}\``;
  if (next === undefined) return stored === undefined ? [] : [`what it remembers for ${stored} is let go of`];
  if (!columns.has(TAKEN)) {
    const before = stored === undefined || stored === next ? '' : `; it was ${stored}`;
    return [`nothing is remembered yet for ${next}${before}`];
  }
  const { withinUs } = from.unique!;
  return withinUs < node.unique!.withinUs ? [`\`unique\` remembers the last ${describeDuration(withinUs)} only`] : [];
}

function titleOf(node: StatefulNode): { readonly kind: string; readonly name: string } {
  switch (node.kind) {
    case 'source':
      return { kind: 'stream', name: node.id };
    case 'rule':
      return { kind: 'rule', name: node.name };
    case 'alerts':
      return { kind: 'alerts', name: node.rules.map(rule => rule.replace('rule:', '')).join(', ') };
    case 'side':
      return { kind: 'side', name: `${node.side}(${node.input})` };
    case 'rekey':
      return { kind: 'grouping', name: ownerOf(node.id) };
    case 'interval-join':
    case 'latest-join':
      return { kind: 'join', name: ownerOf(node.id) };
    case 'merge':
      return { kind: 'merge', name: node.inputs.map(({ input }) => ownerOf(input)).join(' and ') };
    case 'silence':
      return { kind: 'silence', name: ownerOf(node.id) };
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'state-window':
    case 'count-window':
      return { kind: 'window', name: ownerOf(node.id) };
    case 'match':
      return { kind: 'pattern', name: ownerOf(node.id) };
    case 'range': {
      const aggregates = node.aggregates.map(aggregate => aggregateText(aggregate, node.range)).join(', ');
      return { kind: 'range', name: `${aggregates} of ${ownerOf(node.input)}` };
    }
    case 'detector':
      return { kind: 'detector', name: `${describeDetector(node)} of ${ownerOf(node.input)}` };
    case 'history':
      return { kind: 'history', name: `${readableColumn(node.id)} of ${ownerOf(node.input)}` };
  }
}

/** The stream or rule that a node was made for. */
function ownerOf(id: string): string {
  return id.replace(/#.*$/s, '').replace(/^rule:/, 'rule ');
}

function addressOf({ connector, address }: SourceNode): string {
  return `${connector} ${JSON.stringify(address)}`;
}

function nodesOf(plan: Plan): ReadonlyMap<string, StatefulNode> {
  return new Map(plan.nodes.flatMap(node => (hasState(node) ? [[node.id, node] as const] : [])));
}

import { describeDuration, describeExpression } from './describe-expression.ts';
import { type Automaton, automatonOf, DONE, MATCH, OVER, START } from './pattern-automaton.ts';
import type { MatchNode, Plan } from './plan.ts';

/** What a pattern waits for, state by state, and what bounds it: lines for people. */
export function explainPattern(node: MatchNode): string[] {
  const rows = rowsOf(
    automatonOf(node, event => eventText(node, event)),
    '',
  );
  const width = Math.max(...rows.map(({ from }) => from.length));
  const states = rows.map(({ from, text }) => `${from.padEnd(width)}  ${text}`);
  if (node.withinUs === null) return states; // no match waits for anything
  const most = node.maxPartial.toLocaleString('en-US');
  return [...states, `at most ${most} partial matches a key, each for less than ${describeDuration(node.withinUs)}`];
}

/** The patterns of a plan as diagrams for Mermaid, each under its node's name. */
export function patternDiagrams(plan: Plan): string {
  const nodes = plan.nodes.filter(node => node.kind === 'match');
  return nodes.map(node => `%% ${node.id}\n${diagramOf(node)}`).join('\n');
}

function diagramOf(node: MatchNode): string {
  const automaton = automatonOf(node, event => eventText(node, event));
  return `${['stateDiagram-v2', ...diagramLines(automaton, '')].join('\n  ')}\n`;
}

/** An event with its condition, as far as names of columns show it. */
function eventText({ events }: MatchNode, event: number): string {
  const { name, when, condition } = events[event]!;
  const conditions = [when && readable(when), condition && describeExpression(condition, readable)];
  const text = conditions.filter(part => part !== null).join(' and ');
  return text === '' ? name : `${name} where ${text}`;
}

/** A column's own part: behind the view that it was first made for. */
function readable(column: string): string {
  return column.slice(column.lastIndexOf('#') + 1);
}

type Row = { readonly from: string; readonly text: string };

function rowsOf({ transitions, regions }: Automaton, indent: string): Row[] {
  const rows: Row[] = [];
  const shown = new Set<string>();
  for (const { from, to, when } of transitions) {
    const inside = shown.has(from) ? undefined : regions.get(from);
    shown.add(from);
    rows.push(...(inside ?? []).flatMap(region => rowsOf(region, `${indent}${from}: `)));
    rows.push({ from: `${indent}${from}`, text: `${when} → ${to}` });
  }
  return rows;
}

/** `region`: tells the starts and ends of what goes on side by side apart. */
function diagramLines({ transitions, regions }: Automaton, region: string): string[] {
  const lines: string[] = [];
  for (const [state, inside] of regions) {
    const parts = inside.map((part, i) => diagramLines(part, `${state}_${i}_`).map(line => `  ${line}`));
    lines.push(
      `state ${idOf(state, region)} {`,
      ...parts.flatMap((part, i) => (i === 0 ? part : ['  --', ...part])),
      '}',
    );
  }
  for (const { from, to, when } of transitions) {
    if (from === 'any') continue;
    lines.push(`${idOf(from, region)} --> ${idOf(to, region)}: ${when.replaceAll(/[:;#]/g, ' ')}`);
  }
  const everywhere = transitions.filter(({ from }) => from === 'any');
  if (everywhere.length === 0) return lines;
  const notes = everywhere.map(({ to, when }) => `${when.replaceAll(/[:;#]/g, ' ')} → ${to}`);
  lines.push(
    `${OVER} --> [*]`,
    `${MATCH} --> [*]`,
    `note right of ${OVER}`,
    ...notes.map(note => `  ${note}`),
    'end note',
  );
  return lines;
}

function idOf(state: string, region: string): string {
  if (state === START || state === DONE) return '[*]';
  return state === MATCH || state === OVER ? state : `s${region}${state}`;
}

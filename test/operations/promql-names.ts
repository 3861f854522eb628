import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { METRICS } from '../../apps/server/metrics/metrics-table.ts';

/** That Prometheus adds to what it scrapes, or has of its own. */
const SCRAPE_LABELS = ['job', 'instance'];
const LABELS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['up', SCRAPE_LABELS],
  ...METRICS.map(({ name, kind, labels }): [string, readonly string[]] => [
    kind === 'counter' ? `${name}_total` : name,
    [...labels, ...SCRAPE_LABELS],
  ]),
]);

/** What is wrong with an expression: its syntax, and names of metrics and labels that a server does not have. */
export function wrongNames(expression: string): string[] {
  const wrong: string[] = [];
  const tree = parser.parse(expression);
  const textOf = ({ from, to }: SyntaxNode) => expression.slice(from, to);
  const metrics: string[] = [];
  const labels: string[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type.isError) wrong.push(`syntax: ${expression.slice(0, node.from)} ⚠ ${expression.slice(node.from)}`);
    if (node.name === 'VectorSelector') checkSelector(node, { textOf, metrics, wrong });
    if (node.name === 'GroupingLabels') {
      for (let child = node.firstChild; child !== null; child = child.nextSibling) {
        if (child.name === 'LabelName') labels.push(textOf(child));
      }
    }
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };
  visit(tree.topNode);
  if (metrics.length === 0) wrong.push('it names no metric');
  const known = metrics.flatMap(name => LABELS_OF.get(name) ?? []);
  for (const label of labels) if (!known.includes(label)) wrong.push(`no label ${label} in ${metrics.join(', ')}`);
  return wrong;
}

/** The metrics that an expression names. */
export function metricsIn(expression: string): string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ node }) => {
      const name = node.name === 'VectorSelector' ? node.getChild('Identifier') : null;
      if (name !== null) names.push(expression.slice(name.from, name.to));
    },
  });
  return names;
}

function checkSelector(
  selector: SyntaxNode,
  found: { readonly textOf: (node: SyntaxNode) => string; readonly metrics: string[]; readonly wrong: string[] },
): void {
  const { textOf, metrics, wrong } = found;
  const name = selector.getChild('Identifier');
  if (name === null) return void wrong.push(`no name in ${textOf(selector)}`);
  const metric = textOf(name);
  metrics.push(metric);
  const labels = LABELS_OF.get(metric);
  if (labels === undefined) return void wrong.push(`no metric ${metric}`);
  for (const matcher of selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
    const label = textOf(matcher.getChild('LabelName')!);
    if (!labels.includes(label)) wrong.push(`no label ${label} in ${metric}`);
  }
}

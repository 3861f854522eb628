import type { MeasuredCurve, MeasuredVariant, Series } from '../measure-curve.ts';
import { of, stepText, valueText } from '../show-curve.ts';
import { workersOnPaper } from './workers-on-paper.ts';
import type { Scaling } from './write-page.ts';

/** The tables as Markdown. */
export function pageText({ machine, curves, faults }: Scaling): string {
  return `# How Millrace scales

Written by \`npm run bench -- scaling\`; [docs/performance.md](../../docs/performance.md#scaling) says how it is measured. Slopes are exponents: what
grows as n^1 takes twice as much of twice as many; n log n is about n^1.1 here, log n n^0.1. In parentheses the slope of the last three
points, where what is constant weighs least. The largest step is the steepest one between two points.

${faults.length === 0 ? 'Nothing grows faster than n log n, and no curve has a cliff.' : `What grows faster than it should, or has a cliff:\n\n${faults.map(fault => `- ${fault}`).join('\n')}`}

${curves.map(section).join('\n\n')}

## Machine

${Object.entries(machine)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}
`;
}

function section(curve: MeasuredCurve): string {
  const measures = curve.variants[0]!.series;
  const tables = measures.map((measure, i) => `**${measure.title}**\n\n${tableOf(curve, i)}`);
  const paper = curve.name === 'workers' ? [workersOnPaper(curve)] : [];
  return [
    `## ${curve.title}`,
    `![${curve.title}](../../docs/pictures/scaling-${curve.name}.svg)`,
    ...tables,
    ...paper,
    ...stops(curve),
  ].join('\n\n');
}

function tableOf({ variants, of: what }: MeasuredCurve, measure: number): string {
  const longest = variants
    .map(variant => variant.series[measure]!.points)
    .reduce((a, b) => (b.length > a.length ? b : a));
  return [
    `| ${what} | ${longest.map(({ shown }) => shown).join(' | ')} | slope | largest step |`,
    `|---|${longest.map(() => '---:|').join('')}---:|---|`,
    ...variants.map(variant => rowOf(variant, variant.series[measure]!, longest.length)),
  ].join('\n');
}

function rowOf({ title }: MeasuredVariant, series: Series, columns: number): string {
  const { points, fit, unit } = series;
  const cells = Array.from({ length: columns }, (_, i) => {
    const point = points[i];
    return point === undefined ? '–' : valueText(point.value.median, unit);
  });
  const growth =
    fit === null ? '– | –' : `${of(fit.slope)} (${of(fit.lastSlope)}) | ${stepText(series, fit.largestStep)}`;
  return `| ${title} | ${cells.join(' | ')} | ${growth} |`;
}

function stops({ variants }: MeasuredCurve): string[] {
  const lines = variants.flatMap(({ title, stopped }) => (stopped === null ? [] : [`- ${title}: ${stopped}`]));
  return lines.length === 0 ? [] : [`Not measured further:\n\n${lines.join('\n')}`];
}

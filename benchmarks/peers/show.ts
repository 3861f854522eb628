import { inMillions } from '../throughput/measure-query.ts';
import { ENTRANTS } from './entrant.ts';
import type { Measured } from './measure-question.ts';
import type { MeasuredQuestion } from './result.ts';

export function showQuestion({ question, title, memory, json }: MeasuredQuestion): string {
  const part = (name: string, all: readonly Measured[]): string[] =>
    all.length === 0 ? [] : [`  ${name}`, ...all.map(showMeasured)];
  return [`\n${question}: ${title}`, ...part('from memory', memory), ...part('from JSON', json)].join('\n');
}

function showMeasured(measured: Measured): string {
  const name = titleOf(measured).padEnd(22);
  if ('cannot' in measured) return `    ${name} cannot: ${measured.cannot}`;
  const { eventsPerSecond, eventsPerProcessorSecond, ratio, events, outputs, passes } = measured;
  const rates = [eventsPerSecond, eventsPerProcessorSecond]
    .map(rate => inMillions(rate.median).padStart(9))
    .join('/s ');
  const { median, least, greatest } = ratio;
  const times = `   Millrace has ${median.toFixed(2).padStart(6)} × (${least.toFixed(2)} … ${greatest.toFixed(2)})`;
  return `    ${name}${rates}/CPU s${times}   ${outputs} of ${inMillions(events)}, ${passes} passes`;
}

export function titleOf({ entrant, entrance }: Measured): string {
  const { title } = ENTRANTS.find(({ name }) => name === entrant)!;
  return entrance === 'own-json' ? `${title}, own JSON` : title;
}

export function geometricMeans(questions: readonly MeasuredQuestion[]): string {
  const lines = (['memory', 'json'] as const).map(entrance => {
    const all = Map.groupBy(
      questions.flatMap(question => question[entrance]),
      titleOf,
    );
    return `  ${entrance}: ${[...all].map(([title, measured]) => `${title} ${geometricMean(measured).toFixed(2)}`).join(', ')}`;
  });
  return `\nMillrace to each, geometric mean\n${lines.join('\n')}`;
}

/** Of our rates to its, over the questions that it can answer. */
export function geometricMean(all: readonly Measured[]): number {
  const ratios = all.flatMap(measured => ('ratio' in measured ? [measured.ratio.median] : []));
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

import type { Entrant } from '../entrant.ts';
import { ENTRANTS } from '../entrant.ts';
import type { Measured } from '../measure-question.ts';
import { QUESTIONS } from '../questions.ts';
import type { MeasuredQuestion, Peers } from '../result.ts';
import { geometricMean } from '../show.ts';

const OTHERS = ENTRANTS.filter(({ name }) => name !== 'rules');

/** Our rates, and how many times those of each other they are; what the README quotes. No links, since it stands in two folders. */
export function compactTable({ questions, store }: Peers): string {
  const { ours, timesQuicker, timesProcessorTime, telegraf } = store;
  const line = (name: string, cells: readonly string[]): string => `| ${name} | ${cells.join(' | ')} |`;
  return `${[
    line('', ['Millrace', ...OTHERS.map(({ title }) => `× ${title}`)]),
    line('---', ['---:', ...OTHERS.map(() => '---:')]),
    ...questions.map(question => line(titleOf(question), cellsOf(question.memory))),
    line('geometric mean, from memory', ['', ...OTHERS.map(({ name }) => meanOf(questions, 'memory', name))]),
    line('geometric mean, from JSON', ['', ...OTHERS.map(({ name }) => meanOf(questions, 'json', name))]),
  ].join('\n')}

Million events a second of one thread, and how many times the rate of each other that is; – where it cannot answer. From JetStream into QuestDB,
raw and 1-minute series: ${Math.round(ours.rowsPerSecond.median / 1_000)},000 rows a second, ${times(timesQuicker.median)} times the rate of ${telegraf}, which stores the raw series, with ${timesProcessorTime.median.toFixed(2)} of its processor time.
`;
}

function titleOf({ question }: MeasuredQuestion): string {
  return `${question}: ${QUESTIONS.get(question)!.words}`;
}

function cellsOf(measured: readonly Measured[]): string[] {
  const of = (name: Entrant['name']): Measured | undefined => measured.find(({ entrant }) => entrant === name);
  const ours = of('rules');
  const rate =
    ours !== undefined && 'eventsPerSecond' in ours ? (ours.eventsPerSecond.median / 1e6).toPrecision(3) : '–';
  return [
    `**${rate}**`,
    ...OTHERS.map(({ name }) => {
      const theirs = of(name);
      return theirs !== undefined && 'ratio' in theirs ? times(theirs.ratio.median) : '–';
    }),
  ];
}

/** Of those who have several ways from JSON, the quicker one counts in each question. */
function meanOf(questions: readonly MeasuredQuestion[], entrance: 'memory' | 'json', name: Entrant['name']): string {
  const quickest = questions.flatMap(question => {
    const all = question[entrance].filter(({ entrant }) => entrant === name);
    const ratios = all.flatMap(measured => ('ratio' in measured ? [measured] : []));
    return ratios.toSorted((a, b) => a.ratio.median - b.ratio.median).slice(0, 1);
  });
  const mean = geometricMean(quickest);
  return Number.isNaN(mean) ? '–' : `**${times(mean)}**`;
}

/** Two digits, and a hundred and more as a whole number. */
function times(ratio: number): string {
  return ratio >= 100 ? String(Math.round(ratio)) : ratio.toPrecision(2);
}

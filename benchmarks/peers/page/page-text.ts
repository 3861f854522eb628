import type { Measured } from '../measure-question.ts';
import { PASSES } from '../measure-question.ts';
import { QUESTIONS } from '../questions.ts';
import type { MeasuredQuestion, Peers } from '../result.ts';
import { geometricMean, titleOf } from '../show.ts';
import type { MeasuredPasses } from '../store/measure-store.ts';

/** The tables as Markdown, with all that is needed to measure them again; `pictures` is their folder as seen from the page. */
export function pageText(peers: Peers, pictures: string): string {
  return `# Millrace beside others

Written by \`npm run bench -- peers\`; [docs/performance.md](../../docs/performance.md) says how it is measured and what makes the
difference. Million events a second on one thread, medians of three passes in turn (in one run of ${peers.minutes} minutes); in parentheses how many times the rate
Millrace has. All engines gave the same outputs before a rate was measured.

## From memory

${tableOf(peers.questions, 'memory')}

![Events a second from memory, by question and engine](${pictures}/peers-memory.svg)

## From JSON

${tableOf(peers.questions, 'json')}

![Events a second from JSON bytes, by question and engine](${pictures}/peers-json.svg)

## Questions

${peers.questions.map(({ question, title }) => `- **${question}**, ${QUESTIONS.get(question)!.words}: \`${title}\``).join('\n')}

${fewerEvents(peers.questions)}

## JetStream → QuestDB

${storeTable(peers)}

## Machine

${Object.entries(peers.machine)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}

${Object.values(peers.engines)
  .map(({ version, commandLine }) => `- ${version}: \`${commandLine}\``)
  .join('\n')}
- ${peers.store.telegraf}
`;
}

function tableOf(all: readonly MeasuredQuestion[], entrance: 'memory' | 'json'): string {
  const questions = all.filter(question => question[entrance].length > 0);
  const titles = [...new Set(questions.flatMap(question => question[entrance].map(titleOf)))];
  const rows = questions.map(question => {
    const cells = titles.map(title => cellOf(question[entrance].find(measured => titleOf(measured) === title)));
    return `| ${question.question} | ${cells.join(' | ')} |`;
  });
  const means = titles.map(title => {
    return geometricMean(
      questions.flatMap(question => question[entrance].filter(measured => titleOf(measured) === title)),
    );
  });
  return [
    `| | ${titles.join(' | ')} |`,
    `|---|${titles.map(() => '---:|').join('')}`,
    ...rows,
    `| Millrace to each, geometric mean | ${means.map(mean => (Number.isNaN(mean) ? '–' : mean.toFixed(2))).join(' | ')} |`,
  ].join('\n');
}

function cellOf(measured: Measured | undefined): string {
  if (measured === undefined || 'cannot' in measured) return '–';
  const rate = (measured.eventsPerSecond.median / 1e6).toPrecision(3);
  return measured.entrant === 'rules' ? `**${rate}**` : `${rate} (${measured.ratio.median.toPrecision(3)})`;
}

/** What stands in the tables of a part of the stream only, or of fewer passes, and what does not, by engine. */
function fewerEvents(questions: readonly MeasuredQuestion[]): string {
  const notes = questions.flatMap(question =>
    (['memory', 'json'] as const).flatMap(entrance => {
      const all = question[entrance];
      const most = Math.max(...all.map(measured => ('events' in measured ? measured.events : 0)));
      return all.flatMap(measured => {
        const [title, name] = [titleOf(measured), `${question.question} from ${NAMES[entrance]}`];
        if ('cannot' in measured) return [{ title, said: `cannot (${measured.cannot})`, name }];
        const { events, passes } = measured;
        return [
          ...(events < most ? [{ title, said: `${events.toLocaleString('en')} events`, name }] : []),
          ...(passes < PASSES ? [{ title, said: `${passes} passes`, name }] : []),
        ];
      });
    }),
  );
  const lines = [...Map.groupBy(notes, ({ title }) => title)].map(([title, those]) => {
    const parts = [...Map.groupBy(those, ({ said }) => said)];
    return `- ${title}: ${parts.map(([said, of]) => `${said}: ${of.map(({ name }) => name).join(', ')}`).join(' · ')}`;
  });
  return lines.length === 0
    ? ''
    : `A pass takes about a second, so what is slower has fewer events:\n\n${lines.join('\n')}`;
}

function storeTable({ store }: Peers): string {
  const row = (name: string, { rowsPerSecond, processorSecondsPerMillion }: MeasuredPasses): string =>
    `| ${name} | ${Math.round(rowsPerSecond.median / 1_000)}k | ${processorSecondsPerMillion.median.toFixed(1)} s |`;
  return [
    'A million messages of one event; processor time is that of all threads of the process, from the first quarter of the rows on.',
    '',
    '| | rows a second | processor time a million rows |',
    '|---|---:|---:|',
    row('Millrace, the raw series and one of a minute', store.ours),
    row(`${store.telegraf}, the raw series`, store.theirs),
    '',
    `${store.timesQuicker.median.toFixed(2)} times the rate, ${store.timesProcessorTime.median.toFixed(2)} of the processor time.`,
  ].join('\n');
}

const NAMES = { memory: 'memory', json: 'JSON' } as const;

/**
 * Ours beside Esper, Siddhi and Flink on the same questions, and beside Telegraf on the way into QuestDB, in one run.
 * `npm run bench -- peers`; `-- peers --only esper --query Q1` for one. The method is in ../../docs/performance.md.
 */
import { parseArgs } from 'node:util';
import { machine, writeResult } from '../machine.ts';
import type { Entrance } from './answer.ts';
import { EngineProcess } from './engine-process.ts';
import { ENTRANTS, type Entrant } from './entrant.ts';
import { installJavaPeers, type JavaPeers } from './install-java-peers.ts';
import { type Contestant, type Measured, measureQuestion } from './measure-question.ts';
import { writePage } from './page/write-page.ts';
import { QUESTIONS } from './questions.ts';
import type { MeasuredQuestion, Peers } from './result.ts';
import { geometricMeans, showQuestion } from './show.ts';
import { measureStore } from './store/measure-store.ts';
import { showStore } from './store/show-store.ts';

const OWN = ['rules', 'hand-loop'];
const PASSES = 3;
/** A hundred bytes each, as objects of both languages, beside which nothing else would fit into the caches either. */
const JSON_EVENTS = 1_000_000;
const MEMORY_EVENTS = 5_000_000;
const STORE_EVENTS = 1_000_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string' }, // peers, or `telegraf`
    query: { type: 'string' },
    'max-events': { type: 'string', default: String(MEMORY_EVENTS) }, // a few: to see whether all still works
  },
});
const only = values.only?.split(',');
const asked = values.query?.split(',');
const unknown = [
  ...(only ?? []).filter(name => name !== 'telegraf' && !ENTRANTS.some(entrant => entrant.name === name)),
  ...(asked ?? []).filter(name => !QUESTIONS.has(name)),
];
if (unknown.length > 0) {
  const known = [...ENTRANTS.map(({ name }) => name), 'telegraf', ...QUESTIONS.keys()];
  console.error(`error: no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}

const entrants = ENTRANTS.filter(({ name }) => OWN.includes(name) || (only?.includes(name) ?? true));
const questions: MeasuredQuestion[] = [];
const engines: Record<string, { readonly version: string; readonly commandLine: string }> = {};
if (only === undefined || only.some(name => name !== 'telegraf')) {
  const peers = await installJavaPeers();
  for (const question of asked ?? QUESTIONS.keys()) questions.push(await measure(question, peers));
  console.log(geometricMeans(questions));
}
const store =
  asked === undefined && (only?.includes('telegraf') ?? true)
    ? await measureStore(Math.min(STORE_EVENTS, Number(values['max-events'])))
    : null;
if (store !== null) console.log(showStore(store));
const isWhole = only === undefined && asked === undefined && values['max-events'] === String(MEMORY_EVENTS);
if (isWhole && store !== null) {
  const result: Peers = { machine: machine(), engines, questions, store };
  console.log(`\n${writeResult('peers', result)}\n${writePage(result)}`);
}

/** With processes of its own, so that no question runs on what was compiled for another. */
async function measure(question: string, peers: JavaPeers): Promise<MeasuredQuestion> {
  const processes = new Map<Entrant, EngineProcess>();
  try {
    for (const entrant of entrants) {
      const process = await EngineProcess.start(entrant.commandLine(peers));
      processes.set(entrant, process);
      engines[entrant.name] = { version: process.version, commandLine: shown(process.commandLine) };
    }
    const memory = await contest(question, processes, ['memory']);
    const json = await contest(question, processes, ['json', 'own-json']);
    const measured = { question, title: QUESTIONS.get(question)!.title, memory, json };
    console.log(showQuestion(measured));
    return measured;
  } finally {
    for (const process of processes.values()) process.stop();
  }
}

function contest(
  question: string,
  processes: ReadonlyMap<Entrant, EngineProcess>,
  entrances: readonly Entrance[],
): Promise<readonly Measured[]> {
  const contestants: Contestant[] = [...processes].flatMap(([entrant, process]) =>
    entrances.filter(each => entrant.entrances.includes(each)).map(entrance => ({ entrant, entrance, process })),
  );
  const most = entrances.includes('memory') ? MEMORY_EVENTS : JSON_EVENTS;
  return measureQuestion(contestants, {
    question,
    passes: PASSES,
    maxEvents: Math.min(most, Number(values['max-events'])),
  });
}

/** Without what differs from machine to machine. */
function shown(commandLine: readonly string[]): string {
  return commandLine.map(word => word.replace(/^.*\/(?=[^/]+(?:\/\*)?$)/, '')).join(' ');
}

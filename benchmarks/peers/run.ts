/**
 * Ours beside Esper, Siddhi and Flink on the same questions, and beside Telegraf on the way into QuestDB, in one run.
 * `npm run bench -- peers`; `-- peers --only esper --query Q1` for one. The method is in ../../docs/performance.md.
 */
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../scripts/services/guarded.js';
import { machine } from '../machine.ts';
import type { Entrance } from './answer.ts';
import { EngineProcess } from './engine-process.ts';
import { ENTRANTS, type Entrant } from './entrant.ts';
import { installJavaPeers, type JavaPeers } from './install-java-peers.ts';
import { type Contestant, type Measured, measureQuestion } from './measure-question.ts';
import { writePages } from './page/write-pages.ts';
import { PUMP_EVENTS, READINGS_VARIABLE, writeReadings } from './pump-station/readings.ts';
import { PUMP_STATION, QUESTIONS } from './questions.ts';
import type { MeasuredQuestion, MeasuredStore } from './result.ts';
import { MEMORY_EVENTS, type Settings, settingsOf } from './settings.ts';
import { geometricMeans, showQuestion } from './show.ts';
import { measureStore } from './store/measure-store.ts';
import { showStore } from './store/show-store.ts';

/** From memory, and as much from JSON: eleven questions and the store are less than half an hour then. */
const BUDGET_SECONDS = 70;
/** A hundred bytes each, as objects of both languages, beside which nothing else would fit into the caches either. */
const JSON_EVENTS = 1_000_000;
const STORE_EVENTS = 1_000_000;

const startMs = performance.now();
const settings = readSettings();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    console.error('\nended before all was measured; nothing was written');
    process.exit(code); // the guard ends engines and servers, and removes their folders
  });
}
const engines: Record<string, { readonly version: string; readonly commandLine: string }> = {};
try {
  const questions = await measureQuestions();
  const store = settings.hasStore ? await measureStorePath() : null;
  finish(questions, store);
} catch (error) {
  console.error(`\nerror: ${error instanceof Error ? error.message : error}\nnothing was written`);
  process.exitCode = 1;
}

function readSettings(): Settings {
  try {
    return settingsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exit(2);
  }
}

async function measureQuestions(): Promise<readonly MeasuredQuestion[]> {
  if (settings.questions.length === 0) return [];
  const peers = await installJavaPeers();
  const questions: MeasuredQuestion[] = [];
  for (const [index, question] of settings.questions.entries()) {
    const questionMs = performance.now();
    questions.push(await measure(question, peers));
    const seconds = Math.round((performance.now() - questionMs) / 1_000);
    console.log(`${showQuestion(questions.at(-1)!)}\n  ${index + 1} of ${settings.questions.length}, in ${seconds} s`);
  }
  console.log(geometricMeans(questions));
  return questions;
}

/** With processes of its own, so that no question runs on what was compiled for another. */
async function measure(question: string, peers: JavaPeers): Promise<MeasuredQuestion> {
  const processes = new Map<Entrant, EngineProcess>();
  const isPumpStation = question === PUMP_STATION;
  const folder = isPumpStation ? makeTemporaryFolder('peers') : null;
  try {
    const environment = folder === null ? {} : { [READINGS_VARIABLE]: join(folder, 'readings') };
    if (folder !== null) writeReadings(environment[READINGS_VARIABLE]!, Math.min(PUMP_EVENTS, settings.maxEvents));
    for (const entrant of ENTRANTS.filter(({ name, isPeer }) => !isPeer || settings.peers.includes(name))) {
      const process = await EngineProcess.start(entrant.title, entrant.commandLine(peers), environment);
      processes.set(entrant, process);
      engines[entrant.name] = { version: process.version, commandLine: shown(process.commandLine) };
    }
    const memory = await contest(question, processes, ['memory']);
    const json = isPumpStation ? [] : await contest(question, processes, ['json', 'own-json']);
    return { question, title: QUESTIONS.get(question)!.query.title, memory, json };
  } finally {
    for (const process of processes.values()) process.stop();
    if (folder !== null) removeTemporaryFolder(folder);
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
  const most = entrances.includes('memory') ? (question === PUMP_STATION ? PUMP_EVENTS : MEMORY_EVENTS) : JSON_EVENTS;
  return measureQuestion(contestants, {
    question,
    maxEvents: Math.min(most, settings.maxEvents),
    budgetSeconds: BUDGET_SECONDS,
  });
}

async function measureStorePath(): Promise<MeasuredStore> {
  const store = await measureStore(Math.min(STORE_EVENTS, settings.maxEvents));
  console.log(showStore(store));
  return store;
}

function finish(questions: readonly MeasuredQuestion[], store: MeasuredStore | null): void {
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
  const hasAllEvents = settings.maxEvents >= MEMORY_EVENTS;
  if (!hasAllEvents) console.log('\nWith so few events the rates are those of a start.');
  if (store === null || (settings.folder === null && !(settings.isComplete && hasAllEvents))) {
    console.log(`\n${minutes} minutes; a part of it, so nothing was written`);
    return;
  }
  const result = { machine: machine(), minutes: Number(minutes), engines, questions, store };
  console.log(`\n${minutes} minutes; written:\n${writePages(result, settings.folder).join('\n')}`);
}

/** Without what differs from machine to machine. */
function shown(commandLine: readonly string[]): string {
  return commandLine.map(word => word.replace(/^.*\/(?=[^/]+(?:\/\*)?$)/, '')).join(' ');
}

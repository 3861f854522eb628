/** Ours as a process that takes the commands which the peers take (../answer.ts): `node process.ts rules` or `hand-loop`. */
import { createInterface } from 'node:readline';
import { goldenStream, type GoldenStream } from '../../golden-stream.ts';
import { newestUs } from '../../throughput/passes.ts';
import type { Answer, Entrance } from '../answer.ts';
import { jsonMessages, roundedStream } from '../json-messages.ts';
import { READINGS_VARIABLE, readReadings } from '../pump-station/readings.ts';
import { PUMP_STATION, QUESTIONS } from '../questions.ts';
import type { InputEvents } from './contestant.ts';
import { handLoop } from './hand-loop.ts';
import { rules } from './rules.ts';

const contestant = { rules, 'hand-loop': handLoop }[process.argv[2]!]!;
let made: { readonly events: InputEvents; readonly count: number } | null = null;

console.log(JSON.stringify({ version: contestant.version }));
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, question, entrance, count] = line.split(' ') as [string, string, Entrance, string]; // as: engine-process.ts writes it
  console.log(JSON.stringify(answer({ kind, question, entrance, count: Number(count) })));
}

function answer(command: {
  readonly kind: string;
  readonly question: string;
  readonly entrance: Entrance;
  readonly count: number;
}): Answer {
  if (command.entrance === 'own-json') return { cannot: 'its JSON is its own' };
  const { query } = QUESTIONS.get(command.question)!;
  const events = eventsOf({ ...command, entrance: command.entrance });
  if (command.kind === 'check') {
    const { count, sums } = contestant.sum(query, events);
    return { outputs: count, nanoseconds: 0, processorNanoseconds: 0, sums };
  }
  const { milliseconds, processorMicroseconds, outputs } = contestant.pass(query, events);
  return {
    outputs,
    nanoseconds: milliseconds * 1e6,
    processorNanoseconds: processorMicroseconds * 1e3,
    sums: [],
  };
}

/** Made anew only for another kind or number; a process has one question. */
function eventsOf({
  question,
  entrance,
  count,
}: {
  readonly question: string;
  readonly entrance: 'memory' | 'json';
  readonly count: number;
}): InputEvents {
  if (made?.count !== count || made.events.entrance !== entrance) {
    made = {
      events: entrance === 'memory' ? { entrance, stream: streamOf(question, count) } : messagesOf(count),
      count,
    };
  }
  return made.events;
}

function streamOf(question: string, count: number): GoldenStream {
  return question === PUMP_STATION ? readReadings(process.env[READINGS_VARIABLE]!, count) : goldenStream(count);
}

function messagesOf(count: number): InputEvents {
  const stream: GoldenStream = roundedStream(count);
  return { entrance: 'json', messages: jsonMessages(stream), newestUs: newestUs(stream) };
}

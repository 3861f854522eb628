import { createMessageDecoder, type MessageCodec } from '../../connectors/codecs/message-decoder.ts';
import { compile } from '../../dsl/compile.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { GoldenStream } from '../golden-stream.ts';
import { READINGS } from '../readings-file.ts';
import { type Spread, spreadOf } from '../spread.ts';
import {
  asCbor,
  asJson,
  asJsonLines,
  asMessagePack,
  asWideJson,
  type Reading,
  readingsOf,
} from './reading-messages.ts';

export type MeasuredMessages = {
  readonly eventsPerSecond: Spread;
  /** To `JSON.parse` of the same events as JSON, from the same kind of buffers, in passes side by side. */
  readonly ratio: Spread;
};

/** The same events in one kind of messages. */
export type Messages = {
  readonly codec: MessageCodec;
  readonly rules: string;
  readonly payloads: readonly Buffer[];
  readonly subjects: readonly string[];
  /** What a bare JSON.parse reads of it. */
  readonly json: readonly Buffer[];
};

const READINGS_BY_SUBJECT = READINGS.replace('key device: symbol', 'key device: symbol = subject[2]');

/** Messages → columns, against a bare JSON.parse that keeps nothing. */
export function measureMessages(stream: GoldenStream, passes: number): Record<string, MeasuredMessages> {
  const kinds = Object.entries(messagesOf(stream));
  return Object.fromEntries(kinds.map(([name, messages]) => [name, measured(messages, stream.events, passes)]));
}

export function messagesOf(stream: GoldenStream): Readonly<Record<string, Messages>> {
  const readings = readingsOf(stream);
  const hundreds = inHundreds(readings);
  const subjects = readings.map(({ device }) => `plant.${device}`);
  const json = readings.map(asJson);
  const of = (codec: MessageCodec, payloads: readonly Buffer[], options: Partial<Messages> = {}): Messages => {
    return { codec, rules: READINGS, payloads, subjects, json: payloads, ...options };
  };
  return {
    json: of('json', json),
    'json, key in the subject': of('json', json, { rules: READINGS_BY_SUBJECT }),
    'json, a list of a hundred': of('json', hundreds.map(asJson)),
    'json, a hundred lines': of('ndjson', hundreds.map(asJsonLines), { json: hundreds.map(asJson) }),
    'json, 6 of 25 members declared': of('json', readings.map(asWideJson)),
    msgpack: of('msgpack', readings.map(asMessagePack), { json }),
    cbor: of('cbor', readings.map(asCbor), { json }),
  };
}

function measured(messages: Messages, events: number, passes: number): MeasuredMessages {
  const seconds: number[] = [];
  const bare: number[] = [];
  for (let pass = 0; pass < WARM_UP_PASSES + passes; pass++) {
    bare.push(barePass(messages));
    seconds.push(decoderPass(messages, events));
  }
  return {
    eventsPerSecond: spreadOf(seconds.map(each => events / each).slice(WARM_UP_PASSES)),
    ratio: spreadOf(seconds.map((each, pass) => bare[pass]! / each).slice(WARM_UP_PASSES)),
  };
}

function barePass({ json }: Messages): number {
  let sum = 0;
  const startMs = performance.now();
  for (const message of json) sum += statusOf(JSON.parse(message.toString()));
  const seconds = (performance.now() - startMs) / 1_000;
  if (sum === 0) throw new Error('nothing was parsed');
  return seconds;
}

function statusOf(parsed: Reading | readonly Reading[]): number {
  return 'status' in parsed ? parsed.status : parsed[0]!.status;
}

/** Seconds that a new decoder takes for all of them. */
export function decoderPass({ rules, codec, payloads, subjects }: Messages, expected: number): number {
  const builder = new BatchBuilder(sourceOf(rules), new SymbolTable());
  const decoder = createMessageDecoder({ codec, builder });
  let events = 0;
  const startMs = performance.now();
  for (let index = 0; index < payloads.length; index++) {
    if (!builder.hasRoom) {
      events += builder.build().length;
      builder.limit({ maxEvents: BATCH_EVENTS });
    }
    builder.arrivalUs = index;
    decoder.take(payloads[index]!, { sequence: index, subject: subjects[index]! });
  }
  events += builder.build().length;
  const seconds = (performance.now() - startMs) / 1_000;
  if (events !== expected) throw new Error(`${codec}: ${events} events of ${expected}`);
  return seconds;
}

/** All of its fields are needed. */
function sourceOf(rules: string): SourceNode {
  const all = 'rule all on s { high when temperature + vibration + pressure + status > 1000 }';
  const { plan, diagnostics } = compile({ file: 'messages.mill', text: rules + all });
  const source = plan?.nodes.find(node => node.kind === 'source');
  if (source === undefined) throw new Error(JSON.stringify(diagnostics));
  return source;
}

function inHundreds(readings: readonly Reading[]): Reading[][] {
  return Array.from({ length: Math.ceil(readings.length / 100) }, (_, i) => readings.slice(i * 100, (i + 1) * 100));
}

const WARM_UP_PASSES = 3;
/** As a job reads them. */
const BATCH_EVENTS = 4_096;

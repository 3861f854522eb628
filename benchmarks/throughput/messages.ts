import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import { createMessageDecoder, type MessageCodec } from '../../connectors/codecs/message-decoder.ts';
import { compile } from '../../dsl/compile.ts';
import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { GoldenStream } from '../golden-stream.ts';
import { READINGS } from '../readings-file.ts';
import { type Spread, spreadOf } from '../spread.ts';

export type MeasuredMessages = {
  readonly eventsPerSecond: Spread;
  /** To `JSON.parse` of the same events as JSON, from the same kind of buffers, in passes side by side. */
  readonly ratio: Spread;
};

const READINGS_BY_SUBJECT = READINGS.replace('key device: symbol', 'key device: symbol = subject[2]');

/** Messages of one event each → columns, against a bare JSON.parse that keeps nothing. */
export function measureMessages(stream: GoldenStream, passes: number) {
  const readings = readingsOf(stream);
  const json = readings.map(reading => Buffer.from(JSON.stringify(reading)));
  const subjects = readings.map(({ device }) => `plant.${device}`);
  const measure = (codec: MessageCodec, rules: string, messages: readonly Buffer[]): MeasuredMessages => {
    const seconds: number[] = [];
    const bare: number[] = [];
    for (let pass = 0; pass < WARM_UP_PASSES + passes; pass++) {
      bare.push(barePass(json));
      seconds.push(decoderPass({ codec, rules, messages, subjects }));
    }
    return {
      eventsPerSecond: spreadOf(seconds.map(each => json.length / each).slice(WARM_UP_PASSES)),
      ratio: spreadOf(seconds.map((each, pass) => bare[pass]! / each).slice(WARM_UP_PASSES)),
    };
  };
  return {
    json: measure('json', READINGS, json),
    'json, key in the subject': measure('json', READINGS_BY_SUBJECT, json),
    msgpack: measure(
      'msgpack',
      READINGS,
      readings.map(reading => Buffer.from(encodeMessagePack(reading))),
    ),
    cbor: measure(
      'cbor',
      READINGS,
      readings.map(reading => Buffer.from(encodeCbor(reading))),
    ),
  };
}

/** As benchmarks/readings-file.ts writes them. */
function readingsOf(stream: GoldenStream) {
  return stream.batches.flatMap(({ length, timeUs, device, temperature, status }) =>
    Array.from({ length }, (_, i) => ({
      ts: timeUs[i]! / 1_000,
      device: `d${device[i]}`,
      temperature: Number(temperature[i]!.toFixed(2)),
      vibration: (i % 97) / 10,
      pressure: 1 + (i % 41) / 10,
      status: status[i]!,
    })),
  );
}

function barePass(messages: readonly Buffer[]): number {
  let sum = 0;
  const startMs = performance.now();
  for (const message of messages) sum += JSON.parse(message.toString()).status;
  const seconds = (performance.now() - startMs) / 1_000;
  if (sum === 0) throw new Error('nothing was parsed');
  return seconds;
}

function decoderPass(options: {
  readonly codec: MessageCodec;
  readonly rules: string;
  readonly messages: readonly Buffer[];
  readonly subjects: readonly string[];
}): number {
  const { messages, subjects, codec } = options;
  const builder = new BatchBuilder(sourceOf(options.rules), new SymbolTable());
  const decoder = createMessageDecoder({ codec, builder });
  let events = 0;
  const startMs = performance.now();
  for (let index = 0; index < messages.length; index++) {
    if (index % BATCH_EVENTS === 0) {
      events += builder.build().length;
      builder.limit({ maxEvents: BATCH_EVENTS });
    }
    builder.arrivalUs = index;
    decoder.take(messages[index]!, { sequence: index, subject: subjects[index]! });
  }
  events += builder.build().length;
  const seconds = (performance.now() - startMs) / 1_000;
  if (events !== messages.length) throw new Error(`${codec}: ${events} events of ${messages.length}`);
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

const WARM_UP_PASSES = 3;
/** As a job reads them. */
const BATCH_EVENTS = 4_096;

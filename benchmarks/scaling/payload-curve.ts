import { createMessageDecoder } from '../../connectors/codecs/message-decoder.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Curve, Values } from './curve.ts';
import { BATCH_EVENTS, planOf } from './engine-load.ts';
import { Stopwatch } from '../stopwatch.ts';

const RULES = `stream s from memory "s" json { key device: symbol  temperature: float  note: string  time ts as ms }
rule all on s { high when temperature > 1000 and note is not null }`;
/** Beyond the caches, as what is read from a socket is. */
const ALL_BYTES = 32e6;
const MOST_MESSAGES = 50_000;

type Message = (index: number, bytes: number) => object;

const MESSAGES: Readonly<Record<string, Message>> = {
  members: (index, bytes) => ({ ...reading(index), ...membersOf(index, bytes) }),
  nested: (index, bytes) => ({ ...reading(index), more: { deep: { list: numbersOf(index, bytes) } } }),
  text: (index, bytes) => ({ ...reading(index), raw: textOf(index, bytes) }),
  note: (index, bytes) => ({ ...reading(index), note: textOf(index, bytes) }),
  list: (index, bytes) => Array.from({ length: Math.max(1, Math.floor(bytes / 75)) }, (_, i) => reading(index + i)),
};

export const payloadCurve: Curve = {
  name: 'payload',
  title: 'Bytes of a JSON message, decoded into columns',
  of: 'bytes',
  points: [100, 1e3, 1e4, 1e5, 1e6],
  passes: 2,
  variants: [
    { name: 'members', title: 'numbers that no stream declares' },
    { name: 'nested', title: 'a list of numbers, deep in it, that none declares' },
    { name: 'text', title: 'a long text that none declares' },
    { name: 'note', title: 'a long text that is declared' },
    { name: 'list', title: 'a list of events' },
  ],
  measures: [{ name: 'message', title: 'Time a message', unit: 'ns', bound: 'n log n' }],
  measure,
  show: x => (x < 1e3 ? `${x} B` : x < 1e6 ? `${x / 1e3} kB` : `${x / 1e6} MB`),
};

function measure(variant: string, bytes: number): Values {
  const count = Math.min(MOST_MESSAGES, Math.ceil(ALL_BYTES / bytes));
  const payloads = Array.from({ length: count }, (_, i) => Buffer.from(JSON.stringify(MESSAGES[variant]!(i, bytes))));
  const source = planOf(RULES).nodes.find(node => node.kind === 'source')!;
  const builder = new BatchBuilder(source, new SymbolTable());
  const decoder = createMessageDecoder({ codec: 'json', builder });
  let sequence = 0;
  const decode = (seconds: number): number => {
    const stopwatch = Stopwatch.start();
    let messages = 0;
    do {
      for (const payload of payloads) {
        if (!builder.hasRoom) {
          builder.build();
          builder.limit({ maxEvents: BATCH_EVENTS });
        }
        builder.arrivalUs = ++sequence;
        decoder.take(payload, { sequence, subject: 's' });
      }
      messages += payloads.length;
    } while (stopwatch.stop().cpuMs < seconds * 1_000);
    if (builder.build().rejected.length > 0) throw new Error('a message is refused');
    return (stopwatch.stop().cpuMs * 1e6) / messages;
  };
  decode(0.4);
  return { message: decode(0.5) };
}

function reading(index: number): object {
  return { ts: 1_700_000_000_000 + index, device: `d${index % 1_000}`, temperature: (index % 600) / 10 };
}

function membersOf(index: number, bytes: number): object {
  const members = Math.max(0, Math.floor((bytes - 60) / 20));
  return Object.fromEntries(Array.from({ length: members }, (_, i) => [`member_${i}`, (index + i) / 7]));
}

function numbersOf(index: number, bytes: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((bytes - 90) / 8)) }, (_, i) => ((index + i) % 997) / 8);
}

function textOf(index: number, bytes: number): string {
  return `${index} as it was logged, `.repeat(Math.ceil(bytes / 22)).slice(0, Math.max(0, bytes - 70));
}

import type { Plan } from '../../dsl/plan.ts';
import { createColumn, type EventBatch, neededFields, SymbolTable } from '../../engine/batch.ts';
import { mulberry32 } from '../golden-stream.ts';

export const KEYS = 1_000;
const READINGS = 1_200; // of a key
/** Behind this share of the stream every detector says something. */
export const WARM_SHARE = 0.5;
const BATCH_EVENTS = 4_096; // as a job reads them
const START_US = 1_700_000_000_000_000;
const DAY = 600; // readings

/** Readings of machines, of each one a second; made once. Machine i is symbol i, so that a loop by hand may index by it. */
export type ReadingStream = {
  readonly pattern: string;
  readonly symbols: SymbolTable;
  readonly batches: readonly ReadingBatch[];
};

export type ReadingBatch = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly machine: Uint32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
};

export const DECLARATION = 'stream s from memory "s" { key machine: symbol  x: float  y: float  time ts as ms }\n';

type Value = (options: { readonly reading: number; readonly key: number; readonly random: () => number }) => number;

/** Level, spread and shape of what is measured decide which ways through a detector are taken. */
const PATTERNS: Readonly<Record<string, Value>> = {
  noise: ({ key, random }) => key + gauss(random),
  'wave and drift': ({ reading, key, random }) =>
    50 + 10 * Math.sin((2 * Math.PI * (reading + key)) / DAY) + reading / 200 + gauss(random) / 2,
  // A set point that stands still, and moves now and then.
  steps: ({ reading, key }) => 20 + (Math.floor((reading + 7 * key) / 150) % 5),
  // A spike in a hundred, and a fault that lasts.
  faults: ({ reading, key, random }) =>
    gauss(random) + (random() < 0.01 ? 15 : 0) + ((reading + key) % READINGS > 0.9 * READINGS ? 6 : 0),
};

export function readingStreams(): ReadingStream[] {
  return Object.entries(PATTERNS).map(([pattern, value]) => {
    const symbols = new SymbolTable();
    for (let key = 0; key < KEYS; key++) symbols.idOf(`m${key}`);
    const random = mulberry32(42);
    const batches: ReadingBatch[] = [];
    for (let first = 0; first < KEYS * READINGS; first += BATCH_EVENTS) {
      const length = Math.min(BATCH_EVENTS, KEYS * READINGS - first);
      const x = Float64Array.from({ length }, (_, i) => {
        return value({ reading: Math.floor((first + i) / KEYS), key: (first + i) % KEYS, random });
      });
      batches.push({
        length,
        timeUs: Float64Array.from({ length }, (_, i) => START_US + (first + i) * (1e6 / KEYS)),
        machine: Uint32Array.from({ length }, (_, i) => (first + i) % KEYS),
        x,
        y: x.map(each => each / 2 + gauss(random)),
      });
    }
    return { pattern, symbols, batches };
  });
}

/** Batches as the engine takes them, of the columns that the plan needs. They share their arrays with the stream, whose events are in order. */
export function engineBatches(stream: ReadingStream, plan: Plan): EventBatch[] {
  const source = plan.nodes.find(node => node.kind === 'source')!;
  return stream.batches.map(batch => ({
    stream: source.id,
    length: batch.length,
    timeUs: batch.timeUs,
    arrivalUs: batch.timeUs,
    // as: the stream's fields are named and typed as the batch's arrays
    columns: neededFields(source).map(({ name, type }) =>
      Object.assign(createColumn(type, 0), { values: batch[name as 'machine' | 'x' | 'y'] }),
    ),
    rejected: [],
  }));
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

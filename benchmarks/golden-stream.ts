import { createColumn, type EventBatch, neededFields, SymbolTable } from '../engine/batch.ts';
import type { Plan } from '../dsl/plan.ts';

export const DEVICES = 1_000;
/** As a job reads them (engine/runtime/job.ts). */
const BATCH_EVENTS = 4_096;
const START_US = 1_700_000_000_000_000;

/** The stream of ../shared/golden/README.md as columns, made once and cut into batches. */
export type GoldenStream = {
  readonly events: number;
  readonly symbols: SymbolTable;
  readonly batches: readonly GoldenBatch[];
};

/** Device i is symbol i, so that a hand-written loop may index by it. */
export type GoldenBatch = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array;
  readonly device: Uint32Array;
  readonly temperature: Float64Array;
  readonly vibration: Float64Array;
  readonly status: Float64Array;
};

/** Its declaration in the rule language. */
export function declaration(latenessText = ''): string {
  return `stream s from memory "s" {
  key device: symbol  temperature: float  vibration: float  pressure: float  status: int
  time ts as ms  ${latenessText}
}
`;
}

export function goldenStream(events: number): GoldenStream {
  const symbols = new SymbolTable();
  for (let device = 0; device < DEVICES; device++) symbols.idOf(`d${device}`);
  const random = mulberry32(42);
  const batches: GoldenBatch[] = [];
  for (let first = 0; first < events; first += BATCH_EVENTS) {
    batches.push(goldenBatch(first, Math.min(BATCH_EVENTS, events - first), random));
  }
  return { events, symbols, batches };
}

/**
 * Batches as the engine takes them, of the columns that the plan needs. They share their arrays with the stream: its
 * events are in order and on time, so the engine, which owns its batches, finds nothing in them to change.
 */
export function engineBatches(stream: GoldenStream, plan: Plan): EventBatch[] {
  const source = plan.nodes.find(node => node.kind === 'source')!;
  return stream.batches.map(batch => ({
    stream: source.id,
    length: batch.length,
    timeUs: batch.timeUs,
    arrivalUs: batch.arrivalUs,
    columns: neededFields(source).map(({ name, type }) => {
      // as: the stream's fields are named and typed as the batch's arrays
      return Object.assign(createColumn(type, 0), { values: batch[name as keyof GoldenBatch] });
    }),
    rejected: [],
  }));
}

function goldenBatch(first: number, length: number, random: () => number): GoldenBatch {
  const batch: GoldenBatch = {
    length,
    timeUs: new Float64Array(length),
    arrivalUs: new Float64Array(length),
    device: new Uint32Array(length),
    temperature: new Float64Array(length),
    vibration: new Float64Array(length),
    status: new Float64Array(length),
  };
  for (let row = 0; row < length; row++) {
    const i = first + row;
    const u1 = random();
    const u2 = random();
    random(); // pressure
    const u4 = random();
    batch.timeUs[row] = START_US + i * 1_000;
    batch.arrivalUs[row] = batch.timeUs[row]!;
    batch.device[row] = i % DEVICES;
    batch.temperature[row] = 20 + 60 * u1 + (u4 < 0.01 ? 40 : 0);
    batch.vibration[row] = 10 * u2;
    batch.status[row] = i % 7 === 0 ? 1 : 0;
  }
  return batch;
}

export function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

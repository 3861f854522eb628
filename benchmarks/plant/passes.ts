import { compile } from '../../dsl/compile.ts';
import type { Plan, TableNode } from '../../dsl/plan.ts';
import { createColumn, type EventBatch, neededFields, SymbolTable } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';
import type { InputEntry } from '../../engine/recorded-input.ts';
import { contentOf } from '../../engine/state/table-change.ts';
import { mulberry32 } from '../golden-stream.ts';

const BATCH_EVENTS = 4_096;
const START_US = 1_700_000_000_000_000;
const PERIOD_US = 10_000_000;
const LIMIT = 110; // as the rule without a table has it

/** Readings of devices, one after the other, of each one in ten seconds; made once. Arrivals are recorded. */
export type PlantStream = {
  readonly events: number;
  readonly symbols: SymbolTable;
  readonly batches: readonly { readonly length: number; readonly columns: PlantColumns }[];
};

type PlantColumns = {
  readonly timeUs: Float64Array;
  readonly device: Uint32Array;
  readonly temperature: Float64Array;
};

export type Pass = {
  readonly seconds: number;
  /** By rule. */
  readonly alerts: ReadonlyMap<string, number>;
};

export function plantStream({ keys, events }: { readonly keys: number; readonly events: number }): PlantStream {
  const symbols = new SymbolTable();
  const devices = Uint32Array.from({ length: keys }, (_, device) => symbols.idOf(`d${device}`));
  const random = mulberry32(42);
  const batches = [];
  for (let first = 0; first < events; first += BATCH_EVENTS) {
    const length = Math.min(BATCH_EVENTS, events - first);
    const timeUs = Float64Array.from({ length }, (_, i) => START_US + (first + i) * (PERIOD_US / keys));
    const device = Uint32Array.from({ length }, (_, i) => devices[(first + i) % keys]!);
    const temperature = Float64Array.from({ length }, () => 20 + 60 * random() + (random() < 0.01 ? 40 : 0));
    batches.push({ length, columns: { timeUs, device, temperature } });
  }
  return { events, symbols, batches };
}

export function planOf(rules: string): Plan {
  const stream = 'stream s from memory "s" { key device: symbol  temperature: float  time ts as ms  idle 30s }\n';
  const { plan, diagnostics } = compile({ file: 'plant.mill', text: stream + rules });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** A new engine over the whole stream. Its tables are there before the clock starts. */
export function pass(plan: Plan, stream: PlantStream, tableRows: number): Pass {
  const alerts = new Map<string, number>();
  const { symbols } = stream;
  const engine = new Engine(plan, {
    symbols,
    arrivalClocks: { s: 'recorded' },
    onAlert: ({ rule }) => alerts.set(rule, (alerts.get(rule) ?? 0) + 1),
  });
  const table = plan.nodes.find(node => node.kind === 'table');
  if (table !== undefined) engine.hear([tableEntry(table, tableRows)]);
  const batches = engineBatches(plan, stream);
  const startMs = performance.now();
  for (const batch of batches) engine.push(batch);
  const seconds = (performance.now() - startMs) / 1_000;
  return { seconds, alerts };
}

function tableEntry(node: TableNode, rows: number): InputEntry {
  const changes = Array.from({ length: rows }, (_, device) => {
    const values = { device: `d${device}`, limit: LIMIT, commissioned: true };
    const row = node.fields.map(({ name }) => values[name as keyof typeof values]); // as: these are its fields
    return { key: [values.device], validFromUs: -Infinity, row, isTakenOut: false };
  });
  return { sequence: 1, input: node.id, arrivalUs: -Infinity, ahead: {}, ...contentOf(node, changes) };
}

function engineBatches(plan: Plan, stream: PlantStream): EventBatch[] {
  const fields = neededFields(plan.nodes.find(node => node.kind === 'source')!);
  return stream.batches.map(({ length, columns }) => ({
    stream: 's',
    length,
    timeUs: columns.timeUs,
    arrivalUs: columns.timeUs,
    // as: the stream's fields are named and typed as its columns
    columns: fields.map(({ name, type }) =>
      Object.assign(createColumn(type, 0), { values: columns[name as keyof PlantColumns] }),
    ),
    rejected: [],
  }));
}

import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createFileConnector } from '../../connectors/file/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import { readScalar, SymbolTable } from '../../engine/batch.ts';
import type { ColumnarRows, Connector, RowPart, Series, SeriesReader } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import type { Arriving } from './telemetry.ts';

/** Runs a plan live from memory, with its series in a DuckDB file, and ends when all has arrived. */
export async function runLive(
  plan: Plan,
  { events, store }: { readonly events: readonly Arriving[]; readonly store: string },
): Promise<readonly AlertChange[]> {
  const memory = new MemoryConnector({ arrivalClock: 'recorded', capacity: Infinity });
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const channelOf = new Map(sources.map(({ id, address }) => [id, memory.channel(address)]));
  const changes: AlertChange[] = [];
  const running = runJob({
    plan,
    connectors: new Map<string, Connector>([
      ['memory', memory],
      ['file', createFileConnector(new NodeDisk())],
    ]),
    store: createDuckDbConnector({ path: store }),
    isRouteShown: () => true,
    onAlert: change => changes.push(change),
    signal: new AbortController().signal,
  });
  for (const { stream, event, arrivalUs } of events) await channelOf.get(stream)!.push([event], { arrivalUs });
  const endUs = events.at(-1)!.arrivalUs;
  for (const channel of channelOf.values()) await channel.tick(endUs);
  await Promise.race([running, untilTaken([...channelOf.values()])]);
  for (const channel of channelOf.values()) channel.end();
  await running;
  return changes;
}

async function untilTaken(channels: readonly { readonly size: number }[]): Promise<void> {
  while (channels.some(({ size }) => size > 0)) await new Promise(resolve => setTimeout(resolve, 5));
}

/** The rows of a stored series as plain text, by (time, key); the last one of each counts. */
export async function storedRows(reader: SeriesReader, name: string): Promise<readonly string[]> {
  const series = await reader.find(name);
  if (series === null) return [];
  const symbols = new SymbolTable();
  const rows = new RowsByIdentity(series);
  for await (const part of reader.read({ series, symbols, fromUs: -Infinity, toUs: Infinity, pageRows: 10_000 })) {
    rows.add({ parts: [part], symbols });
  }
  return rows.texts;
}

/** Rows as a store keeps them. */
export class RowsByIdentity {
  readonly #series: Series;
  readonly #texts = new Map<string, string>();

  constructor(series: Series) {
    this.#series = series;
  }

  add({ parts, symbols }: ColumnarRows): void {
    for (const part of parts) for (let row = 0; row < part.length; row++) this.#put(part, row, symbols);
  }

  get texts(): readonly string[] {
    return [...this.#texts.values()].sort();
  }

  #put({ timeUs, key, columns, own }: RowPart, row: number, symbols: SymbolTable): void {
    const read = (all: RowPart['columns']) => all.map(column => shown(readScalar(column, row, symbols)));
    const identity = JSON.stringify([timeUs[row], read(key)]);
    const names = this.#series.fields.map(({ name }) => name);
    const values = Object.fromEntries(
      read(columns)
        .map((value, c) => [names[c], value] as const)
        .sort(),
    );
    const [revision = 0] = own === undefined ? [] : read(own);
    this.#texts.set(identity, JSON.stringify([timeUs[row], read(key), values, revision]));
  }
}

/** To the bit. */
function shown(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : null; // as stores have it
}

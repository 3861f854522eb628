import { type Column, type EventBatch, readScalar, type Scalar, SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Connector, Position, Source, SourceOptions } from '../../engine/connector.ts';

type SourceNode = SourceOptions['source'];
type SourceField = SourceNode['fields'][number];

/** A field read from the column or member of its own name. */
export function field(name: string, type: SourceField['type'], options: Partial<SourceField> = {}): SourceField {
  return {
    name,
    type,
    isNeeded: true,
    from: { kind: 'path', path: [name] },
    isNumberFromText: false,
    scaling: [],
    range: null,
    default: null,
    ...options,
  };
}

/** A stream of motors, keyed by device, with the time in `ts`. */
export function motorNode(options: Partial<SourceNode> = {}): SourceNode {
  return {
    kind: 'source',
    id: 'motor',
    connector: 'file',
    address: 'motor.csv',
    directory: '.',
    codec: null,
    key: ['device'],
    fields: [field('device', 'symbol'), field('temp', 'float')],
    time: { from: { kind: 'path', path: ['ts'] }, format: 'ms' },
    latenessUs: 0,
    idleUs: null,
    futureUs: null,
    expireUs: null,
    ...options,
  };
}

export type ReadRow = { readonly timeUs: number; readonly [field: string]: Scalar };
export type ReadRejection = { readonly code: string; readonly reason: string; readonly raw: string };

/** A source and what it needs to be read by tests. */
export type OpenedSource = {
  readonly source: Source;
  readonly names: readonly string[];
  readonly symbols: SymbolTable;
};

/** As of a stream that is stored. */
const IDENTITY: readonly SourceField[] = (['source', 'sequence', 'item'] as const).map(part =>
  field(`#${part}`, part === 'source' ? 'symbol' : 'int', { from: { kind: 'identity', part } }),
);

export async function openSource(
  connector: Connector,
  declared: SourceNode,
  options: Partial<Pick<SourceOptions, 'position' | 'speed' | 'isFollowed' | 'nowUs'>> = {},
): Promise<OpenedSource> {
  const symbols = new SymbolTable();
  const node = { ...declared, fields: [...declared.fields, ...IDENTITY] };
  const source = await connector.openSource!({
    source: node,
    directory: node.directory,
    builder: new BatchBuilder(node, symbols),
    position: null,
    speed: 'max',
    isFollowed: false,
    nowUs: () => 0,
    ...options,
  });
  return { source, names: neededNames(declared), symbols };
}

export type ReadResult = {
  readonly rows: ReadRow[];
  readonly rejected: ReadRejection[];
  /** Which events the rows and the rejections are. */
  readonly identities: { readonly rows: string[]; readonly rejected: string[] };
  /** After each batch: its position, and the rows and rejections up to it. */
  readonly marks: { readonly position: Position; readonly rows: number; readonly rejected: number }[];
};

/** Reads up to the end, or until the signal aborts. */
export async function readAll(
  { source, names, symbols }: OpenedSource,
  options: { readonly maxEvents?: number; readonly signal?: AbortSignal } = {},
): Promise<ReadResult> {
  const { maxEvents = 1000, signal = new AbortController().signal } = options;
  const result: ReadResult = { rows: [], rejected: [], identities: { rows: [], rejected: [] }, marks: [] };
  while (!signal.aborted) {
    const read = await source.read({ maxEvents, signal });
    if (read.kind === 'end') break;
    if (read.kind === 'tick') continue;
    result.rows.push(...rowsOf(read.batch, names, symbols));
    result.rejected.push(...read.batch.rejected.map(({ code, reason, raw }) => ({ code, reason, raw })));
    result.identities.rows.push(...identitiesOf(read.batch, symbols));
    result.identities.rejected.push(...read.batch.rejected.map(({ identity }) => Object.values(identity!).join()));
    result.marks.push({ position: read.position, rows: result.rows.length, rejected: result.rejected.length });
  }
  return result;
}

export function rowsOf(batch: EventBatch, names: readonly string[], symbols: SymbolTable): ReadRow[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    timeUs: batch.timeUs[row]!,
    ...Object.fromEntries(names.map((name, index) => [name, readScalar(batch.columns[index] as Column, row, symbols)])),
  }));
}

function identitiesOf(batch: EventBatch, symbols: SymbolTable): string[] {
  const columns = batch.columns.slice(-IDENTITY.length);
  return Array.from({ length: batch.length }, (_, row) =>
    columns.map(column => readScalar(column, row, symbols)).join(),
  );
}

function neededNames(node: SourceNode): string[] {
  return node.fields.filter(({ name, isNeeded }) => isNeeded || node.key.includes(name)).map(({ name }) => name);
}

import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Fault } from '../../engine/batch/field-buffer.ts';
import type { Source, SourceOptions } from '../../engine/connector.ts';
import { Instant } from '../codecs/instant.ts';
import { openFileSource } from './file-source.ts';
import type { InspectedFile } from './format.ts';
import { openParquetSource } from './parquet-source.ts';

/**
 * Stands where a decoder expects a builder, and gives what it finds as it is, instead of checking it against a schema: a
 * row for each event, with a value for each field. What is no event at all is told, and is no row.
 */
export abstract class RawRows extends BatchBuilder {
  #values: unknown[] = [];
  #size = 0;

  constructor(source: SourceNode) {
    super(source, new SymbolTable());
  }

  /** Text of a table of texts, values as JSON.parse gives them, Instants where they are points in time; null: none. */
  protected abstract takeRow(values: readonly unknown[]): void;
  protected abstract takeUnreadable(fault: Fault & { readonly raw: string; readonly place?: string }): void;

  override get size(): number {
    return this.#size;
  }

  override setMissing(slot: number): void {
    this.#values[slot] = null;
  }

  override setBytes(slot: number, bytes: Buffer, from: number, to: number): void {
    this.#values[slot] = from === to ? null : bytes.toString('utf8', from, to);
  }

  override setNumber(slot: number, value: number): void {
    this.#values[slot] = value;
  }

  override setValue(slot: number, value: unknown): void {
    this.#values[slot] = value ?? null;
  }

  override setInstant(slot: number, us: number): void {
    this.#values[slot] = new Instant(us);
  }

  override commit(): boolean {
    this.#size++;
    const values = this.#values;
    this.#values = [];
    this.takeRow(values);
    return true;
  }

  override reject(fault: Fault & { readonly raw: string; readonly place?: string }): void {
    this.#size++;
    this.takeUnreadable(fault);
  }

  override build(): ReturnType<BatchBuilder['build']> {
    this.#size = 0;
    return super.build();
  }
}

/** Reads the file from its beginning into `rows`. */
export async function openRows(rows: RawRows, file: InspectedFile): Promise<Source> {
  const { source } = rows;
  const { directory } = source;
  const options: SourceOptions = {
    ...{ source, directory, builder: rows, position: null, speed: 'max', isFollowed: false },
    nowUs: () => 0,
  };
  const { format } = file;
  return await (format === 'parquet' ? openParquetSource(options, file) : openFileSource(options, { ...file, format }));
}

/** A stream of all these columns or paths, for reading a file that nobody has declared. */
export function undeclaredSource(address: string, paths: readonly (readonly (string | number)[])[]): SourceNode {
  return {
    kind: 'source',
    id: 'sample',
    connector: 'file',
    address,
    directory: '.',
    codec: null,
    key: [],
    fields: paths.map(path => ({
      name: path.join('.'),
      type: 'string',
      unit: '',
      isNeeded: false,
      from: { kind: 'path', path },
      isNumberFromText: false,
      scaling: [],
      range: null,
      default: null,
    })),
    time: null,
    latenessUs: 0,
    idleUs: null,
    futureUs: null,
    expireUs: null,
  };
}

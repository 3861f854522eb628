import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createJournalConnector } from '../../connectors/journal/index.ts';
import type { JournalOptions } from '../../connectors/journal/journal-options.ts';
import { JournalWriter, type JournalWriterOptions } from '../../connectors/journal/journal-writer.ts';
import type { Position, SourceRead } from '../../engine/connector.ts';
import type { Disk, DiskFile } from '../../engine/disk.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { ProcessLock } from '../../engine/runtime/process-lock.ts';
import { motorNode, type OpenedSource, openSource, type ReadRow, rowsOf } from './sources.ts';

/** A folder for journals, removed after the test. */
export function journalsFolder(disk: Disk = new NodeDisk()): JournalOptions {
  const root = mkdtempSync(join(tmpdir(), 'millrace-journal-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return journalsAt(root, disk);
}

export function journalsAt(root: string, disk: Disk = new NodeDisk()): JournalOptions {
  return { disk, root, takeLock: path => ProcessLock.take(path), sleep };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** A writer of the journal `motor` whose clock stands still, so that no ticks come. */
export async function openWriter(
  journals: JournalOptions,
  options: Partial<JournalWriterOptions> = {},
): Promise<JournalWriter> {
  const writer = await JournalWriter.open({ ...journals, name: 'motor', nowUs: () => 5_000_000, ...options });
  onTestFinished(() => writer.close().catch(() => {}));
  return writer;
}

/** Messages of the motor stream, the nth at n ms. */
export function messages(from: number, to: number): Uint8Array[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

export function message(n: number): Uint8Array {
  return Buffer.from(JSON.stringify({ ts: n, device: `m${n % 3}`, temp: n }));
}

export async function openReader(
  journals: JournalOptions,
  options: { readonly position?: Position | null; readonly stream?: string } = {},
): Promise<OpenedSource> {
  const { position = null, stream = 'motor' } = options;
  const node = motorNode({ id: stream, connector: 'journal', address: 'motor' });
  const opened = await openSource(createJournalConnector(journals), node, { position });
  onTestFinished(() => opened.source.close());
  return opened;
}

export type JournalContent = {
  readonly rows: ReadRow[];
  readonly rejected: string[];
  readonly ticks: number[];
  readonly arrivalUs: number[];
  readonly reads: SourceRead[];
};

/** What is there now, as `--once` would read it. */
export async function readJournal({ source, names, symbols }: OpenedSource, maxEvents = 1000): Promise<JournalContent> {
  const content: JournalContent = { rows: [], rejected: [], ticks: [], arrivalUs: [], reads: [] };
  const { signal } = new AbortController();
  while (await source.hasMore!()) {
    const read = await source.read({ maxEvents, signal });
    content.reads.push(read);
    if (read.kind === 'tick') content.ticks.push(read.arrivalUs);
    if (read.kind !== 'batch') continue;
    content.rows.push(...rowsOf(read.batch, names, symbols));
    content.arrivalUs.push(...read.batch.arrivalUs);
    content.rejected.push(...read.batch.rejected.map(({ code, reason }) => `${code} ${reason}`));
  }
  return content;
}

/** The numbers of the messages, as `message` made them. */
export function numbersOf({ rows }: Pick<JournalContent, 'rows'>): number[] {
  return rows.map(row => Number(row['temp']));
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);
}

export function segmentsOf({ root }: JournalOptions): string[] {
  const folder = join(root, 'motor');
  return readdirSync(folder)
    .filter(name => name.endsWith('.log'))
    .sort()
    .map(name => join(folder, name));
}

/** For tests that open a journal thousands of times, and pull no plug. */
export class UnsyncedDisk extends NodeDisk {
  override async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    const file = await super.open(path, mode);
    file.sync = async () => {};
    return file;
  }

  override async syncFolder(): Promise<void> {}
}

/** A disk on which calls fail as `fault` says. */
export class FaultyDisk extends NodeDisk {
  fault: (call: 'write' | 'sync' | 'truncate', path: string) => string | null = () => null;

  override async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    const file = await super.open(path, mode);
    const check = (call: 'write' | 'sync' | 'truncate'): void => {
      const code = this.fault(call, path);
      if (code !== null) throw Object.assign(new Error(`${code}: ${call}`), { code });
    };
    return {
      read: (into, position) => file.read(into, position),
      write: async (bytes, position) => {
        // A disk that is full takes a part.
        await file.write(bytes.subarray(0, bytes.length >> 1), position);
        check('write');
        await file.write(bytes, position);
      },
      truncate: async sizeBytes => {
        check('truncate');
        await file.truncate(sizeBytes);
      },
      sync: async () => {
        check('sync');
        await file.sync();
      },
      size: () => file.size(),
      identity: () => file.identity(),
      close: () => file.close(),
    };
  }
}

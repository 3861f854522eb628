import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { readError } from '../../connectors/file/format.ts';
import { JournalWriter } from '../../connectors/journal/journal-writer.ts';
import { MillraceError } from '../../engine/errors.ts';
import { writeCodedMessage } from './coded-message.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type IngestOutput, IngestJson, IngestText } from './ingest-output.ts';
import { journalsIn, sleep } from './journals.ts';
import { LineQueue } from './line-queue.ts';
import { inputBytes, MessageLines } from './message-lines.ts';
import { onInterrupt } from './on-interrupt.ts';
import { readSettings } from '../settings/settings.ts';

export function addIngestCommand(program: Command): void {
  program
    .command('ingest')
    .description('write lines into a journal, one message each, from which `run` reads them')
    .argument('<journal>', 'its name, as in `from journal "motor"`')
    .argument('[file...]', 'files of lines; `-` or none: standard input')
    .option('--json', 'one JSON object for each sync: what it names is durable')
    .action(async (name: string, files: string[], options: { readonly json?: true }) => {
      process.exitCode = await ingest(name, files.length === 0 ? ['-'] : files, options);
    });
}

async function ingest(name: string, files: readonly string[], options: { readonly json?: true }): Promise<ExitCode> {
  const { directory, maxBytes, maxAgeUs } = readSettings().journal;
  for (const file of files) await requireReadable(file);
  const interrupt = onInterrupt();
  const output = options.json === true ? new IngestJson() : new IngestText();
  const nowUs = () => Date.now() * 1000;
  const writer = await JournalWriter.open({ ...journalsIn(directory), name, maxBytes, maxAgeUs, nowUs });
  try {
    const queue = new LineQueue({ takeBytes: Math.min(APPEND_BYTES, maxBytes / 8) });
    const failed = new AbortController();
    const writing = writeLines({ queue, writer, output, signal: interrupt.signal }).catch(error => {
      failed.abort();
      throw error;
    });
    const reading = readLines({ files, queue, output, signal: AbortSignal.any([interrupt.signal, failed.signal]) });
    // Both come to their end, whatever happens to one: what was read before a failure is written.
    const ends = await Promise.allSettled([writing, reading]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await writer.close();
    output.summary();
  }
  return interrupt.exitCode() ?? EXIT.ok;
}

async function readLines(options: {
  readonly files: readonly string[];
  readonly queue: LineQueue;
  readonly output: IngestOutput;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { files, queue, output, signal } = options;
  try {
    for (const file of files) {
      const lines = new MessageLines(line => output.tooLong(file === '-' ? 'standard input' : file, line));
      for await (const bytes of inputBytes(file, signal)) await queue.put(lines.take(bytes));
      if (signal.aborted) return; // the beginning of a line is no message
      await queue.put(lines.finish());
    }
  } finally {
    queue.end();
  }
}

async function writeLines(options: {
  readonly queue: LineQueue;
  readonly writer: JournalWriter;
  readonly output: IngestOutput;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { queue, writer, output, signal } = options;
  try {
    for (let lines = await queue.take(); lines !== null; lines = await queue.take()) {
      const sequence = await append(writer, lines, signal);
      output.synced({ sequence, messages: lines.length });
    }
  } finally {
    queue.end();
  }
}

/** Waits for as long as the journal is full or the disk fails, and says so; ended then, what was read is not written. */
async function append(writer: JournalWriter, lines: readonly Buffer[], signal: AbortSignal): Promise<number> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
    try {
      return await writer.append(lines);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.retry === 'never' || signal.aborted) throw error;
      if (waitMs === FIRST_RETRY_MS) {
        const { code, message, hint } = error;
        writeCodedMessage({ severity: 'warning', code, message: `${message}; waiting`, hint });
      }
      await sleep(waitMs, signal);
    }
  }
}

/** Before anything is written. */
async function requireReadable(file: string): Promise<void> {
  if (file === '-') return;
  try {
    const handle = await open(file, 'r');
    const isFolder = (await handle.stat()).isDirectory();
    await handle.close();
    if (isFolder) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  } catch (error) {
    throw await readError(error, file, file);
  }
}

const APPEND_BYTES = 2 ** 20;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

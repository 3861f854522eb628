import { RecordReader } from '../../../connectors/file/records.ts';
import { CommandLineError } from '../command-line-error.ts';

/** An object of a file of JSON. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The objects of a file of JSON, each with its place in it. Errors: MR5001 …, MR7040 a line is no object. */
export async function* recordsOf(
  file: string,
): AsyncGenerator<{ readonly content: JsonRecord; readonly place: string }> {
  const reader = await RecordReader.open({ path: file, columns: null, time: null, shiftUs: 0 });
  const { signal } = new AbortController();
  try {
    for (let read = await reader.read(signal); read !== null; read = await reader.read(signal)) {
      if (read.unreadable.length > 0) throw notJson(file);
      for (const { content, place } of read.records) yield { content: membersOf(content), place };
    }
  } finally {
    await reader.close();
  }
}

/** None, of what is no object. */
export function membersOf(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function notJson(file: string): CommandLineError {
  return new CommandLineError(
    'MR7040',
    `${file} is not NDJSON`,
    'it is what a route `to file "x.ndjson"` or `run --json` writes',
  );
}

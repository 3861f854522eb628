import { createReadStream } from 'node:fs';
import { MAX_PAYLOAD_BYTES } from '../../connectors/journal/record-format.ts';

/** Lines of one input without their ends; blank ones are skipped, and those that are too long are told of. */
export class MessageLines {
  readonly #onTooLong: (line: number) => void;
  #parts: Buffer[] = []; // of a line whose end has not come
  #partBytes = 0;
  #line = 1;

  constructor(onTooLong: (line: number) => void) {
    this.#onTooLong = onTooLong;
  }

  /** The lines that end in these bytes. */
  take(bytes: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      this.#endLine(lines);
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
    return lines;
  }

  /** The last line, which may have no end. */
  finish(): Buffer[] {
    const lines: Buffer[] = [];
    if (this.#partBytes > 0) this.#endLine(lines);
    return lines;
  }

  /** Of a line that is too long only the length is kept. */
  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes <= MAX_PAYLOAD_BYTES + 1) this.#parts.push(part);
    else this.#parts = [];
  }

  #endLine(lines: Buffer[]): void {
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    if (this.#partBytes > MAX_PAYLOAD_BYTES + 1 || end > MAX_PAYLOAD_BYTES) this.#onTooLong(this.#line);
    else if (!isBlank(line)) lines.push(line.subarray(0, end));
    this.#parts = [];
    this.#partBytes = 0;
    this.#line++;
  }
}

function isBlank(line: Buffer): boolean {
  return line.every(byte => byte <= BLANK);
}

/** The bytes of a file, or of standard input; they end when the signal aborts. */
export async function* inputBytes(file: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const stop = (): unknown => stream.destroy();
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of stream) yield chunk as Buffer; // no encoding is set
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const CHUNK_BYTES = 1024 * 1024;
const BLANK = 0x20; // and all controls
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

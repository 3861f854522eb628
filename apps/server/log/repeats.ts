import type { LogLevel, LogLine } from './log-line.ts';

/** So long after a line, the next one says how often the same has come since; then less often. */
const QUIET_MS = [60_000, 600_000, 3_600_000] as const;
/** What has not come for so long is told at once when it comes again. */
const FORGOTTEN_AFTER_MS = 600_000;
const MAX_CODES = 500;
const MAX_SUBJECTS_PER_CODE = 20;
const OTHER = 'other';

export type CodedLine = LogLine & { readonly code: string };

/**
 * Each failure once, and then counted: a failure is a code and what it is of. Of a code with many subjects, those behind the
 * first are one. Memory is bounded, and so are lines: a flood of anything is a handful of them.
 */
export class Repeats {
  readonly #write: (line: LogLine) => void;
  readonly #codes = new Map<string, OfCode>(); // by level and code

  constructor(write: (line: LogLine) => void) {
    this.#write = write;
  }

  /** How often each code came, told or not. */
  get counts(): readonly Counted[] {
    return [...this.#codes.values()].map(({ level, code, count }) => ({ level, code, count }));
  }

  /** One that is no failure. */
  tell(line: LogLine): void {
    this.#write(line);
  }

  take(line: CodedLine, nowMs: number): void {
    const ofCode = this.#ofCode(line);
    ofCode.count++;
    const { subjects } = ofCode;
    const subject = line.subject ?? line.message.replaceAll(/\b\d[\d.,:]*\b/g, '#');
    const name = subjects.has(subject) || subjects.size < MAX_SUBJECTS_PER_CODE ? subject : OTHER;
    const known = subjects.get(name);
    if (known !== undefined) {
      known.line = line;
      known.lastMs = nowMs;
      known.repeated++;
      return;
    }
    subjects.set(name, { line, lastMs: nowMs, repeated: 0, told: 1, quietUntilMs: nowMs + QUIET_MS[0] });
    this.#write(line);
  }

  /** Tells what has repeated and is due; called every few seconds. */
  tellDue(nowMs: number): void {
    for (const { subjects } of this.#codes.values()) {
      for (const [subject, known] of subjects) {
        if (known.repeated > 0 && known.quietUntilMs <= nowMs) this.#tell(known, nowMs);
        else if (known.repeated === 0 && known.lastMs + FORGOTTEN_AFTER_MS <= nowMs) subjects.delete(subject);
      }
    }
  }

  /** Tells all that was not told. */
  tellAll(nowMs: number): void {
    for (const { subjects } of this.#codes.values()) {
      for (const known of subjects.values()) if (known.repeated > 0) this.#tell(known, nowMs);
    }
  }

  #tell(known: Known, nowMs: number): void {
    const { line, repeated } = known;
    known.repeated = 0;
    known.quietUntilMs = nowMs + QUIET_MS[Math.min(known.told++, QUIET_MS.length - 1)]!;
    this.#write({ ...line, repeated });
  }

  #ofCode({ level, code }: CodedLine): OfCode {
    const isKnown = this.#codes.has(`${level} ${code}`) || this.#codes.size < MAX_CODES;
    const name = `${level} ${isKnown ? code : OTHER}`;
    let ofCode = this.#codes.get(name);
    if (ofCode === undefined) {
      ofCode = { level, code: isKnown ? code : OTHER, count: 0, subjects: new Map() };
      this.#codes.set(name, ofCode);
    }
    return ofCode;
  }
}

export type Counted = { readonly level: LogLevel; readonly code: string; readonly count: number };

type OfCode = { readonly level: LogLevel; readonly code: string; count: number; readonly subjects: Map<string, Known> };

type Known = {
  line: CodedLine; // the newest
  lastMs: number;
  /** Since it was told. */
  repeated: number;
  told: number;
  quietUntilMs: number;
};

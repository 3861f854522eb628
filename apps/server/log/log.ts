import { type Logger, pino } from 'pino';
import type { Colours } from '../../cli/terminal.ts';
import type { Log, LogLine } from './log-line.ts';
import { type CodedLine, type Counted, Repeats } from './repeats.ts';
import { fitForLog } from './secrets.ts';
import { terminalLine } from './terminal-line.ts';

const LOOK_EVERY_MS = 5_000;

export type ServerLog = {
  readonly log: Log;
  /** How often each code was to be logged, whether it was or was counted. */
  readonly counts: () => readonly Counted[];
  /** Tells what was only counted so far. */
  readonly close: () => void;
};

/**
 * One JSON object a line, with `time`, `level`, `message` and, of failures, `code`; on a terminal lines for people. Failures
 * are written once and then counted (Repeats), and no line holds a secret (fitForLog).
 */
export function createLog(options: {
  readonly write: (text: string) => void;
  /** Of a terminal; null: JSON. */
  readonly colours: Colours | null;
  /** Default: this machine's. */
  readonly nowMs?: () => number;
}): ServerLog {
  const { colours, write, nowMs = Date.now } = options;
  const toJson = colours === null ? jsonLogger(write, nowMs) : null;
  const repeats = new Repeats(line => {
    const fit = fitForLog(line) as LogLine; // as: the same fields
    if (toJson === null) return write(terminalLine(fit, { time: new Date(nowMs()), colours: colours! }));
    const { level, message, subject: _, ...fields } = fit;
    toJson[level](fields, message);
  });
  const timer = setInterval(() => repeats.tellDue(nowMs()), LOOK_EVERY_MS);
  timer.unref();
  return {
    log: line => (isCoded(line) ? repeats.take(line, nowMs()) : repeats.tell(line)),
    counts: () => repeats.counts,
    close: () => {
      clearInterval(timer);
      repeats.tellAll(nowMs());
    },
  };
}

function isCoded(line: LogLine): line is CodedLine {
  return line.code !== undefined;
}

function jsonLogger(write: (text: string) => void, nowMs: () => number): Logger {
  return pino(
    {
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: level => ({ level }) },
    },
    { write },
  );
}

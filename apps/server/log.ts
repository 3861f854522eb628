/** A line for who runs the service. */
export type LogLine = {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly code?: string;
  readonly hint?: string | undefined;
  readonly [field: string]: unknown;
};

export type Log = (line: LogLine) => void;

/** One JSON object a line. */
export function createLog(write: (text: string) => void): Log {
  return line => write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

/** A line for who runs the service. Names of fields are `snake_case`, as in what HTTP answers. */
export type LogLine = {
  readonly level: LogLevel;
  readonly message: string;
  /** Of a failure or a warning: the same one is written once, and then counted. */
  readonly code?: string;
  /** What the failure is of, where one code may be of several things. Default: the message, whatever numbers are in it. */
  readonly subject?: string;
  readonly hint?: string | undefined;
  readonly [field: string]: unknown;
};

export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (line: LogLine) => void;

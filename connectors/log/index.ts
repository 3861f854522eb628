import type { Scalar } from '../../engine/batch.ts';
import type { Connector, Sink, SinkInput } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { isoTime, outputLines, scalarJson } from '../codecs/output-lines.ts';

export type LogOptions = {
  /** Receives whole lines, each with its end; the program says where they go. */
  readonly write: (lines: string) => void;
  /** Lines of JSON (connectors/codecs/output-lines.ts) instead of lines for people. */
  readonly isJson: boolean;
};

/** `route … to log`: one line an alert's change or a row. */
export function createLogConnector(options: LogOptions): Connector {
  return { name: 'log', openSink: async () => new LogSink(options) };
}

class LogSink implements Sink {
  readonly maxInFlight = 1;
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  async write(input: SinkInput): Promise<void> {
    const lines = this.#options.isJson ? outputLines(input) : plainLines(input);
    if (lines !== '') this.#options.write(lines);
  }

  async position(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}
}

function plainLines(input: SinkInput): string {
  if (input.kind === 'alerts') return input.changes.map(change => `${plainAlertLine(change)}\n`).join('');
  const { stream, rows } = input.batch;
  return rows.map(row => `${isoTime(row.timeUs)}  ${stream}  ${assignments({ ...row.key, ...row.values })}\n`).join('');
}

/** `2013-07-04T00:00:00.000Z  high      raised   overheating  device=m1  Motor m1 is at 86 degC` */
function plainAlertLine(change: AlertChange): string {
  const { timeUs, level, rule, key, message } = change;
  const parts = [isoTime(timeUs), level.padEnd(8), change.change.padEnd(7), rule, assignments(key), message];
  // What a device sends may hold anything, but a line stays a line.
  return parts
    .filter(part => part !== '')
    .join('  ')
    .replaceAll(CONTROLS, ' ');
}

function assignments(members: Readonly<Record<string, Scalar>>): string {
  return Object.keys(members)
    .map(name => `${name}=${typeof members[name] === 'string' ? members[name] : scalarJson(members[name]!)}`)
    .join(' ')
    .replaceAll(CONTROLS, ' ');
}

const CONTROLS = /\p{Cc}/gu;
